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


def test_what_a_scheme_has_not_is_not_copied_from_the_one_before(visit):
    page = visit("#entry=lm2")
    page.get_by_role("combobox", name="Search the catalogue").fill("backward_euler")
    page.get_by_role("option").first.click()
    source = panel(page, "source")
    expect(source.locator(".card-status")).to_contain_text("implicit")
    for name in ("Copy", "Download"):
        expect(source.get_by_role("button", name=name, exact=True)).to_be_disabled()


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


def test_a_wiring_that_is_not_shown_is_not_saved_under_another_name(visit):
    page = visit("#entry=lm2")
    wiring = panel(page, "wiring")
    page.get_by_role("combobox", name="Search the catalogue").fill("backward_euler")
    page.get_by_role("option").first.click()
    expect(wiring.locator(".notice")).to_contain_text("implicit")
    saved = []
    page.on("download", lambda given: saved.append(given))
    wiring.locator("summary").click()
    wiring.get_by_role("button", name="SVG").click()
    page.wait_for_timeout(300)
    assert not saved


def test_a_tableau_is_typed(visit):
    page = visit()
    form(page, "Tableau")
    type_cells(page, "A", [[], ["2/3"]])
    type_cells(page, "b", [["1/4", "3/4"]])
    expect(panel(page, "tableau")).to_contain_text("mine")
    expect(panel(page, "certificate").locator("[data-fact=order] dd")).to_have_text("2")  # Ralston's
    assert "2/3" in copied(page, "formula", "Copy text")


def test_a_wide_wiring_is_scrolled_by_the_keyboard(visit):
    page = visit("#entry=dopri8")
    expect(panel(page, "wiring").locator(".scrolls")).to_have_attribute("tabindex", "0")


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


def test_another_structure_is_not_said_to_have_the_usual_order(visit):
    page = visit("#entry=gauss&structure.stages=3")
    expect(panel(page, "choosing").locator(".chosen-says")).not_to_contain_text("2 stages")
    page.get_by_label("stages", exact=True).fill("2")
    page.get_by_label("stages", exact=True).press("Enter")
    expect(panel(page, "choosing").locator(".chosen-says")).to_contain_text("order 4, 2 stages")


def test_four_matrices_are_typed(visit):
    page = visit("#entry=lm2")
    form(page, "A U B V")
    type_cells(page, "B", [["3/2"], ["0"]])
    type_cells(page, "V", [["1/2", "1/2"], ["1", "0"]])  # last: with k gone all of it is there
    expect(formula(page)).not_to_contain_text("k")
    assert copied(page, "formula", "Copy text") == "u[n+1] = 1/2 u[n] + 1/2 u[n-1] + 3/2 h f(u[n])"


def test_a_region_says_at_which_value_of_a_free_parameter_it_is_drawn(visit):
    page = visit("#entry=lm2")
    expect(panel(page, "region").locator("figcaption")).to_contain_text("Drawn at k = −1/20.")
    page = visit("#entry=lm2&k=-1/2")
    expect(panel(page, "region").locator("figcaption")).not_to_contain_text("Drawn at")


def test_a_formula_is_typed(visit):
    page = visit()
    form(page, "Formula")
    panel(page, "editing").locator("textarea").fill(HEUN)
    expect(panel(page, "certificate").locator("[data-fact=order] dd")).to_have_text("2")
    assert schemes.equivalent(schemes.parse(copied(page, "formula", "Copy text")), schemes.parse(HEUN))


def test_one_stage_is_one_stage(visit):
    page = visit()
    form(page, "A U B V")
    expect(panel(page, "editing").locator(".sizes")).to_contain_text("1 stage+")


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


def test_a_fraction_of_many_digits_does_not_widen_the_page(visit):
    page = visit("#entry=dopri8")
    table = panel(page, "tableau").locator("table")
    expect(table.locator("caption")).to_contain_text("rounded")
    assert table.evaluate("table => table.offsetWidth") < 2000
    assert "0.041747491" in panel(page, "formula").inner_text()
    assert formula(page).evaluate("lines => lines.scrollWidth <= lines.parentElement.clientWidth")


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
