"""The page "See it act": flows beside points, the step size, the parasitic mode, random paths over their bands."""

import re

import pytest

from tests.odenets.explorer.site import expect, settled


def act_card(page, name):
    return page.locator(f"#page-act [data-card={name}]")


def drawn(page, name):
    """The paths of a chart that is drawn."""
    lines = act_card(page, name).locator("svg path[d]:not([d=''])")
    expect(lines.first).to_be_attached()
    return [path.get_attribute("d") for path in lines.all()]


def changed(page, name, before):
    """Waits until a picture is another one: the old one stands until the new one is there."""
    for _ in range(200):
        if (now := drawn(page, name)) and now != before:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the picture {name} stayed as it was")


def test_a_problem_is_integrated_beside_its_flows_and_h_is_a_slider(visit):
    page = visit("#entry=rk4_classic&page=act")
    head = act_card(page, "acting")
    before = drawn(page, "act-phase")
    slider = head.get_by_role("slider", name="step size h")
    said = slider.get_attribute("aria-valuetext")
    slider.press("ArrowRight")
    slider.press("PageUp")
    expect(slider).not_to_have_attribute("aria-valuetext", said)
    changed(page, "act-phase", before)
    page.wait_for_function("() => location.hash.includes('act.h=')")


@pytest.mark.parametrize("problem", [4, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2, 3))])
def test_each_problem_has_its_picture(visit, problem):
    page = visit("#entry=lm2&page=act")
    drawn(page, "act-phase")
    choice = act_card(page, "acting").get_by_label("problem")
    value = choice.locator("option").nth(problem).get_attribute("value")
    choice.select_option(value)
    page.wait_for_function("(said) => location.hash.includes(said)", arg=f"act.problem={value}")
    settled(page)
    drawn(page, "act-phase")
    drawn(page, "act-error")


def test_below_minus_one_the_parasitic_mode_grows(visit):
    """lm2's parasitic root is -k: at k = -1.1 it grows by 1.1 a step, and the page says so."""
    page = visit("#entry=lm2&k=-11/10&page=act&act.start=disturbed")
    drawn(page, "act-parasites")
    text = act_card(page, "act-parasites").inner_text()
    assert "grow" in text or "1.1" in text
    stable = visit("#entry=lm2&k=-1/2&page=act&act.start=disturbed")
    drawn(stable, "act-parasites")
    assert act_card(stable, "act-parasites").inner_text() != text


def test_random_paths_lie_over_the_bands_of_their_limit(visit):
    page = visit("#entry=stochastic_depth&page=act")
    card = act_card(page, "act-paths")
    expect(card).to_be_visible()
    before = drawn(page, "act-paths")
    assert len(before) >= 5
    card.get_by_role("button", name="Draw again").click()
    page.wait_for_function("() => /act.seed=/.test(location.hash)")
    changed(page, "act-paths", before)


def test_a_wrong_step_is_a_sentence_and_the_picture_stays(visit):
    page = visit("#entry=euler&page=act")
    before = drawn(page, "act-phase")
    act_card(page, "acting").get_by_label("step size h", exact=True).fill("1/0")
    expect(act_card(page, "acting").locator(".card-status")).to_contain_text(re.compile("1/0"))
    assert drawn(page, "act-phase") == before
