"""For everybody: no serious finding of axe on any page, theme or width; keys alone are enough; nothing jumps."""

import itertools
import json

import pytest

from tests.odenets.explorer.running import recorded
from tests.odenets.explorer.site import THEMES, WIDTHS, expect, panel, seen, settled

PAGES = {
    "design": "#entry=lm2&k=-1/2",
    "compare": "#entry=rk4_classic&entry=lm2&entry=euler&page=compare",
    "act": "#entry=lm2&page=act",
    "runs": "#entry=lm2&page=runs",
}


@pytest.fixture(scope="module")
def one_run(records_folder, address):
    return recorded(records_folder, epochs=3, status="done", name="seen")


LOOKS = list(itertools.product(PAGES, WIDTHS, THEMES))
QUICK = [("design", "phone", "light"), ("compare", "desk", "dark"), ("act", "desk", "light"), ("runs", "phone", "dark")]


@pytest.mark.parametrize(
    ("name", "width", "theme"),
    [pytest.param(*look, marks=[] if look in QUICK else pytest.mark.slow) for look in LOOKS],
)
def test_axe_finds_nothing_serious(visit, one_run, name, width, theme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    fragment = f"{PAGES[name]}&runs.open={one_run}" if name == "runs" else PAGES[name]
    page = visit(fragment, width=width, theme=theme)
    seen(page)  # at rest: what waits is faded
    found = axe.run(page).response["violations"]
    told = [(one["id"], [node["html"][:150] for node in one["nodes"]][:3]) for one in found
            if one["impact"] in ("serious", "critical")]  # fmt: skip
    assert not told, json.dumps(told, indent=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the screen"


def test_the_page_is_walked_by_keys_alone(visit):
    """Tab reaches every control once, in the order of the page, each with a visible focus and a name."""
    page = visit("#entry=lm2")
    settled(page)
    seen = []
    for _ in range(150):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => {
            const at = document.activeElement;
            if (at === document.body) return null;
            const style = getComputedStyle(at);
            const box = at.getBoundingClientRect();
            return { name: at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent.trim() ?? "",
              ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, area: box.width * box.height,
              tag: at.tagName };
        }""")
        if found is None:
            break
        seen.append(found)
    assert 25 < len(seen) < 150
    assert seen[0]["name"] == "Skip to the content"
    assert [one for one in seen if not one["name"]] == []
    assert [one for one in seen if not one["ring"] or one["area"] == 0] == []
    names = [one["name"] for one in seen]
    wanted = ("Design", "Search the catalogue", "k", "Edit this scheme", "Copy LaTeX", "to order")
    places = [next(i for i, name in enumerate(names) if name.startswith(one) or one in name) for one in wanted]
    assert len(set(places)) == len(wanted)


def test_tabs_follow_the_arrows(visit):
    page = visit("#entry=lm2")
    page.get_by_role("tab", name="Design").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Compare")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel(page, "comparing")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Runs")).to_be_focused()


def test_keys_for_search_and_help(visit):
    page = visit("#entry=lm2")
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search the catalogue")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_cells_are_walked_by_arrows(visit):
    page = visit("#entry=lm2")
    cell = page.locator('input.cell[data-table="A"][data-row="2"][data-column="1"]')
    cell.press("ArrowDown")
    expect(page.locator('input.cell[data-table="b"][data-column="1"]')).to_be_focused()


def test_a_parameter_that_moves_moves_nothing_else(visit):
    """While k is dragged no card changes its place, nor the first four when another scheme comes."""
    page = visit("#entry=lm2&k=-1/2")
    tops = "() => [...document.querySelectorAll('#page-design > *')].map((card) => card.offsetTop)"
    seen(page)
    before = page.evaluate(tops)
    for _ in range(6):
        page.get_by_role("slider", name="k").press("ArrowRight")
    seen(page)
    assert page.evaluate(tops) == before
    box = page.get_by_role("combobox", name="Search the catalogue")
    box.fill("rk4_classic")
    box.press("Enter")
    expect(panel(page, "tableau").locator("caption")).to_contain_text("rk4_classic")
    seen(page)
    assert page.evaluate(tops)[:4] == before[:4]
