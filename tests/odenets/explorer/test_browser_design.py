"""Designing in the browser: choosing, typing in each form, what a wrong entry does, parameters that are moved."""

import re

import pytest

import schemes
from schemes.forms import from_data
from tests.odenets.explorer.site import expect, panel, settled

HEUN = "u[n+1] = u[n] + 1/2*h*f(u[n]) + 1/2*h*f(u[n] + h*f(u[n]))"


def type_cells(page, table, rows):
    for i, row in enumerate(rows, 1):
        for j, value in enumerate(row, 1):
            if value is not None:
                page.locator(f'input.cell[data-table="{table}"][data-row="{i}"][data-column="{j}"]').fill(value)


def form(page, name):
    """Opens one of the forms in which a scheme is typed."""
    panel(page, "editing").get_by_role("tab", name=name, exact=True).click()


def formula(page):
    return panel(page, "formula").locator(".formula-lines")


def copied(page, card, button):
    panel(page, card).get_by_role("button", name=button).click()
    return page.evaluate("navigator.clipboard.readText()")


def test_a_scheme_is_found_by_words_and_arrow_keys(visit):
    page = visit()
    box = page.get_by_role("combobox", name="Search the catalogue")
    expect(panel(page, "choosing").locator(".search-count")).to_contain_text("of")
    box.fill("rk4 class")
    first = page.locator(".results [role=option]").first
    expect(first).to_contain_text("rk4_classic")
    box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == first.get_attribute("id")
    box.press("Enter")
    expect(panel(page, "tableau").locator("caption")).to_contain_text("rk4_classic")
    expect(panel(page, "formula").locator(".formula-line")).to_have_count(4)
    assert "entry=rk4_classic" in page.url


def test_filters_leave_what_they_say(visit):
    page = visit()
    card = panel(page, "choosing")
    count = card.locator(".search-count")
    expect(count).to_contain_text(f"{len(schemes.names())} of {len(schemes.names())}")
    card.locator("summary").click()
    card.get_by_label("order at least").select_option("10")
    card.get_by_label("explicit").check()
    found = int(count.text_content().split()[0])
    assert 0 < found < 30
    page.get_by_role("combobox", name="Search the catalogue").click()
    facts = card.locator(".result-facts").all_text_contents()
    assert len(facts) == found and all(int(re.search(r"order (\d+)", text)[1]) >= 10 for text in facts)


def test_a_tableau_is_typed(visit):
    page = visit()
    form(page, "Tableau")
    type_cells(page, "A", [[], ["2/3"]])
    type_cells(page, "b", [["1/4", "3/4"]])
    expect(panel(page, "tableau")).to_contain_text("mine")
    expect(panel(page, "certificate").locator("[data-fact=order] dd")).to_have_text("2")  # Ralston's
    assert "2/3" in copied(page, "formula", "Copy text")


def test_a_multistep_scheme_is_typed(visit):
    page = visit()
    form(page, "α β")
    type_cells(page, "alpha", [["0", "-1", "1"]])
    type_cells(page, "beta", [["-1/2", "3/2", "0"]])
    panel(page, "editing").get_by_role("button", name="Show it").click()
    expect(panel(page, "certificate").locator("[data-fact=order] dd")).to_have_text("2")
    alpha, beta = (["0", "-1", "1"], ["-1/2", "3/2", "0"])
    scheme = from_data({"name": "mine", "tolerance": "0", "multistep": {"alpha": alpha, "beta": beta}})
    assert copied(page, "formula", "Copy text") == "\n".join(schemes.formula_lines(scheme))


def test_four_matrices_are_typed(visit):
    page = visit("#entry=lm2")
    form(page, "A U B V")
    type_cells(page, "B", [["3/2"], ["0"]])
    type_cells(page, "V", [["1/2", "1/2"], ["1", "0"]])  # last: with k gone all of it is there
    expect(formula(page)).not_to_contain_text("k")
    assert copied(page, "formula", "Copy text") == "u[n+1] = 1/2 u[n] + 1/2 u[n-1] + 3/2 h f(u[n])"


def test_a_formula_is_typed(visit):
    page = visit()
    form(page, "Formula")
    panel(page, "editing").locator("textarea").fill(HEUN)
    expect(panel(page, "certificate").locator("[data-fact=order] dd")).to_have_text("2")
    assert schemes.equivalent(schemes.parse(copied(page, "formula", "Copy text")), schemes.parse(HEUN))


def test_a_wrong_cell_is_marked_with_the_librarys_sentence_and_the_old_views_stay(visit):
    page = visit()
    form(page, "Tableau")
    type_cells(page, "b", [["1/2", "1/2"]])
    type_cells(page, "A", [[], ["1"]])
    expect(panel(page, "tableau")).to_contain_text("mine")
    settled(page)
    before = panel(page, "tableau").locator("table").inner_html()
    cell = page.locator('input.cell[data-table="A"][data-row="2"][data-column="1"]')
    cell.fill("1/")
    expect(cell).to_have_attribute("aria-invalid", "true")
    with pytest.raises(schemes.SchemeError) as refusal:
        from_data({"name": "mine", "runge_kutta": {"A": [["0", "0"], ["1/", "0"]], "b": ["1/2", "1/2"]}})
    said = page.locator(f"#{cell.get_attribute('aria-describedby')}")
    expect(said).to_have_text(str(refusal.value))
    assert panel(page, "tableau").locator("table").inner_html() == before
    cell.fill("1/3")
    expect(cell).not_to_have_attribute("aria-invalid", "true")
    expect(said).to_have_text("")


def test_a_wrong_formula_is_marked_at_its_place(visit):
    page = visit()
    form(page, "Formula")
    area = panel(page, "editing").locator("textarea")
    area.fill("u[n+1] = u[n] + h*f(u[n]")
    expect(area).to_have_attribute("aria-invalid", "true")
    with pytest.raises(schemes.SchemeError) as refusal:
        schemes.parse("u[n+1] = u[n] + h*f(u[n]")
    expect(page.locator(f"#{area.get_attribute('aria-describedby')}")).to_have_text(str(refusal.value))
    expect(formula(page)).to_contain_text("k")  # lm2 still


@pytest.mark.parametrize("k", ["-1/2", pytest.param("1/4", marks=pytest.mark.slow)])
def test_the_slider_moves_the_ellipse_and_the_roots(visit, k):
    """lm2's region is ((x + 1 - k)/(1 - k))² + (y/(1 + k))² ≤ 1, its roots are 1 and -k."""
    page = visit("#entry=lm2")
    edge = panel(page, "region").locator("svg g path[d]:not([d=''])").first
    before = edge.get_attribute("d")
    field = page.get_by_label("k, exact value")
    field.fill(k)
    page.wait_for_function("([edge, before]) => edge.getAttribute('d') !== before", arg=[edge.element_handle(), before])
    expect(panel(page, "roots").locator("svg[role=img]")).to_have_attribute("aria-label", re.compile(r"k = " + k))
    settled(page)
    value = float(eval_fraction(k))
    box = edge.bounding_box()
    assert box["width"] / box["height"] == pytest.approx((1 - value) / (1 + value), rel=0.03)
    other = {"-1/2": "1/2", "1/4": "-1/4"}[k]
    assert other in panel(page, "roots").locator("svg[role=img]").get_attribute("aria-label")
    assert f"k={k}" in page.url


def eval_fraction(text):
    numerator, denominator = text.split("/")
    return int(numerator) / int(denominator)


def test_a_slider_is_moved_by_keys_and_freed(visit):
    page = visit("#entry=lm2&k=-1/2")
    slider = page.get_by_role("slider", name="k")
    expect(slider).to_have_attribute("aria-valuetext", "-1/2")
    slider.press("ArrowRight")
    expect(slider).not_to_have_attribute("aria-valuetext", "-1/2")
    moved = slider.get_attribute("aria-valuetext")
    expect(page.get_by_label("k, exact value")).to_have_value(moved)
    page.get_by_role("button", name="k free").click()
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^free"))
    expect(formula(page)).to_contain_text("k")
