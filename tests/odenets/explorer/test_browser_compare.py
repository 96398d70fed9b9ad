"""Comparing in the browser: schemes are added, moved and removed; facts and the best of them; regions overlaid."""

import pytest

from tests.odenets.explorer.site import expect, panel, settled

SIX = (
    "#entry=rk4_classic&entry=lm2&k=-1/2&entry=ab4&entry=gauss&structure.stages=2&entry=ssprk3&entry=euler&page=compare"
)


def row(page, fact):
    """The cells of a fact, the best of them and the others."""
    cells = panel(page, "comparing").locator(f"tr[data-fact={fact}] td")
    marks = [cell.locator("strong").count() == 1 for cell in cells.all()]
    return [cell.inner_text().removesuffix("best").strip() for cell in cells.all()], marks


@pytest.fixture
def six(visit):
    page = visit(SIX)
    page.wait_for_function("() => !document.querySelector('[data-panel=comparing] table').textContent.includes('…')")
    return page


def test_six_schemes_are_compared_with_the_best_of_each_row_marked(six):
    assert six.locator(".comparison thead th").count() == 7
    orders, best = row(six, "order")
    assert orders == ["4", "1", "4", "4", "3", "1"]
    assert best == [True, False, True, True, False, False]  # ties all
    assert row(six, "evaluations")[1] == [False, True, True, False, False, True]  # fewer is better
    assert row(six, "symmetric_order")[1] == [False, False, False, True, False, False]  # ∞
    assert row(six, "a_stable")[1] == [False, False, False, True, False, False]
    assert not any(row(six, "undone")[1])  # neither is better
    assert six.locator(".comparison .best .only-read").first.inner_text().strip() == "best"  # not by colour alone


def test_a_seventh_is_refused_by_a_sentence(six):
    assert six.get_by_role("button", name="Add a copy of").is_disabled()
    box = six.get_by_role("combobox", name="Add a scheme")
    box.fill("midpoint")
    box.press("Enter")
    expect(panel(six, "comparing").locator(".card-status")).to_contain_text("holds 6 schemes")
    assert six.locator(".comparison thead th").count() == 7


def test_the_regions_are_overlaid_with_a_legend(six):
    six.wait_for_function("""() => {
        const paths = [...document.querySelectorAll("#page-compare [data-panel=region] svg g > path[d]:not([d=''])")];
        const colours = new Set(paths.map((path) => path.getAttribute("stroke")));
        return [0, 1, 2, 3, 4, 5].every((place) => colours.has(`var(--series-${place})`));
    }""")
    assert "lm2 (k = -1/2)" in panel(six, "region").inner_text()


def test_schemes_are_added_moved_opened_and_removed(visit):
    page = visit("#entry=euler&page=compare")
    heads = page.locator(".comparison thead .scheme")
    box = page.get_by_role("combobox", name="Add a scheme")
    expect(panel(page, "comparing").locator(".search-count")).to_contain_text("of")
    for name in ("rk4_classic", "ssprk3"):
        box.fill(name)
        box.press("Enter")
    assert heads.all_text_contents()[:2] == ["euler", "rk4_classic"]
    page.get_by_role("button", name="move rk4_classic left").press("Enter")
    expect(heads.first).to_have_text("rk4_classic")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "move rk4_classic right"  # it cannot go further left: the other arrow
    page.get_by_role("button", name="remove euler", exact=True).click()
    expect(heads).to_have_count(2)
    page.wait_for_function("() => !location.hash.includes('entry=euler')")
    page.get_by_role("button", name="open rk4_classic").click()
    expect(panel(page, "tableau").locator("caption")).to_contain_text("rk4_classic")


def test_a_comparison_fits_a_phone(visit):
    page = visit(SIX, width="phone", theme="dark")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    table = panel(page, "comparing").locator(".card-body")
    assert table.evaluate("(box) => box.scrollWidth > box.clientWidth")  # it scrolls inside
    assert table.get_attribute("tabindex") == "0"  # by keys, too
