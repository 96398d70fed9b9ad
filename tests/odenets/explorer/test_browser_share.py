"""Sharing: the address is the whole state, and a snapshot shows the same without a server or a network."""

import re

import pytest

from tests.odenets.explorer.site import expect, panel, seen, settled

STATES = [
    "#entry=lm2&k=-1/3&order=3&star=true&plane=-1,0,5",
    "#entry=gauss&structure.stages=3&theme=dark",
    "#entry=euler&entry=rk4_classic&active=1&page=compare",
    "#text=0%20|%20;%201/2%20|%201/2%20;%20|%200%201",
    "#entry=lm2&page=act&act.h=0.05",
]


@pytest.mark.parametrize("fragment", [STATES[0], *(pytest.param(one, marks=pytest.mark.slow) for one in STATES[1:])])
def test_an_address_that_is_pasted_shows_the_same(visit, fragment):
    """The page writes its own address; opened anew that gives the same page, and the same address."""
    page = visit(fragment)
    shown = seen(page)
    written = page.evaluate("() => location.hash")
    other = visit(written)
    assert seen(other) == shown
    assert other.evaluate("() => location.hash") == written
    for part in re.findall(r"(?:entry|k|order|page|star|active|theme|act\.h)=[^&]+", fragment):
        assert part in written


def test_reload_back_and_forward_keep_the_state(visit):
    page = visit("#entry=lm2&k=-1/2")
    page.reload()
    expect(page.get_by_label("k, exact value")).to_have_value("-1/2")
    page.goto(page.url.split("#")[0] + "#entry=rk4_classic")  # pasted into the bar of the same page
    expect(panel(page, "tableau").locator("caption")).to_contain_text("rk4_classic")
    page.go_back()
    expect(panel(page, "tableau").locator("caption")).to_contain_text("lm2")


def test_a_broken_address_gives_a_sentence_and_never_a_blank_page(visit):
    for fragment in ("#entry=nobody", "#table={broken", "#page=nowhere", "#k=1/0&entry=lm2", "#%E0%A4%A"):
        page = visit(fragment)
        expect(page.locator("#trouble, .card-status").filter(has_text=re.compile(r"\S")).first).to_be_attached()
        expect(page.locator("h1")).to_be_visible()
        expect(page.get_by_role("tab", name="Design")).to_be_visible()


@pytest.fixture
def snapshot(visit, tmp_path):
    def take(page):
        page.get_by_role("button", name="Share").click()
        with page.expect_download() as found:
            page.get_by_role("button", name="Snapshot of this page").click()
        path = tmp_path / "snapshot.html"
        found.value.save_as(path)
        page.keyboard.press("Escape")
        return path

    return take


@pytest.mark.parametrize(
    "fragment",
    ["#entry=lm2&k=-1/3", pytest.param("#entry=euler&entry=rk4_classic&page=compare", marks=pytest.mark.slow)],
)
def test_a_snapshot_shows_the_same_with_the_network_off(visit, driven, snapshot, fragment):
    page = visit(fragment)
    shown = seen(page)
    path = snapshot(page)
    context = driven.new_context(viewport={"width": 1280, "height": 900}, offline=True, reduced_motion="reduce")
    troubles, asked = [], []
    copy = context.new_page()
    copy.on("pageerror", lambda error: troubles.append(str(error)))
    copy.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    copy.on("request", lambda request: asked.append(request.url))
    copy.goto(path.as_uri())
    assert seen(copy) == shown
    svg = panel(copy, "region").locator("svg[role=img]").first
    window = svg.get_attribute("aria-label")
    svg.press("+")  # the region is computed in the browser: it still zooms
    expect(svg).not_to_have_attribute("aria-label", window)
    context.close()
    assert not troubles and [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_snapshot_says_what_it_cannot(visit, driven, snapshot):
    page = visit("#entry=lm2")
    path = snapshot(page)
    context = driven.new_context(offline=True)
    copy = context.new_page()
    copy.goto(path.as_uri())
    settled(copy)
    panel(copy, "modified").get_by_label("to order").select_option("7")
    expect(panel(copy, "modified").locator(".card-status")).to_contain_text("odenets explore")
    context.close()
