"""The page of runs: table, sort, filter, curves, the animation, a run in progress, the command of a training."""

import re
import time

import pytest

from odenets.explorer.running.planning import ALLOWED, USUAL
from odenets.records import ParameterValue, Records
from tests.odenets.explorer.running import ABOUT, ENVIRONMENT, LM2, recorded
from tests.odenets.explorer.site import expect

MOST = 3 * 60_000  # ms


@pytest.fixture(scope="module")
def runs(records_folder, address):
    """Three runs that are done, the newest last."""
    names = {"alpha": 4, "beta": 3, "gamma": 2}
    return [recorded(records_folder, epochs=n, status="done", name=name) for name, n in names.items()]


def names(page):
    return page.locator("[data-run] .run-name").all_text_contents()


def test_the_table_is_sorted_and_filtered(visit, runs):
    page = visit("#page=runs")
    for run in runs:
        expect(page.locator(f"[data-run='{run}']")).to_be_attached()
    head = page.locator("th", has=page.get_by_role("button", name="run", exact=False)).first
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", re.compile("ascending|descending"))
    assert names(page) in (sorted(names(page)), sorted(names(page), reverse=True))
    page.get_by_label("Filter", exact=True).fill("beta")
    expect(page.locator("[data-run]")).to_have_count(1)
    page.wait_for_function("() => location.hash.includes('beta')")


def test_runs_that_come_late_move_nothing(visit, records_folder, runs):
    for n in range(12):
        recorded(records_folder, epochs=1, status="done", name=f"late-{n}")
    page = visit("#page=runs")
    page.route("**/runs.json*", lambda route: (time.sleep(0.7), route.continue_()))
    page.reload()  # what moves is told when the visit ends
    expect(page.locator("[data-run]").nth(12)).to_be_attached()
    expect(page.locator("[data-card=run-facts] h3")).to_be_attached()


def test_curves_are_overlaid_and_the_coefficients_are_animated(visit, runs):
    page = visit(f"#page=runs&runs.selected={runs[0]},{runs[1]}&runs.open={runs[0]}")
    assert page.get_by_role("checkbox", checked=True).count() == 2
    card = page.locator("[data-card=coefficients]")
    slider = card.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", "epoch 4 of 4")
    picture = card.locator("svg").first
    before = picture.inner_html()
    slider.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "epoch 0 of 4")
    assert picture.inner_html() != before
    card.get_by_role("button", name="play").click()
    expect(slider).not_to_have_attribute("aria-valuetext", "epoch 0 of 4")


def test_a_run_in_progress_updates_by_itself(visit, records_folder, runs):
    with Records(records_folder) as records:
        live = records.create(LM2 | ABOUT, ENVIRONMENT, "live")
        records.log(live, 0, {"test_error": 90.0, "train_loss": 2.0})
        page = visit(f"#page=runs&runs.open={live}")
        row = page.locator(f"[data-run='{live}']")
        expect(row).to_contain_text("running")
        before = row.inner_text()
        for epoch in (1, 2, 3):
            learned = [ParameterValue(0, step, "k", 0, -0.1 * epoch) for step in (1, 2)]
            records.log(live, epoch, {"test_error": 50.0 - epoch, "train_loss": 1.0}, learned)
        page.wait_for_function("([row, text]) => row.innerText !== text", arg=[row.element_handle(), before])
        slider = page.locator("[data-card=coefficients]").get_by_role("slider")
        expect(slider).to_have_attribute("aria-valuetext", "epoch 3 of 3")
        records.finish(live, "done", {"epochs": 3, "test_error": 47.0, "seconds": 1.0, "parameters": 7})
        expect(row).to_contain_text("done")


def test_the_command_of_a_training_is_shown_before_it_starts(visit):
    page = visit("#entry=lm2&page=runs")
    card = page.locator("[data-card=training]")
    expect(card.locator("code")).to_contain_text("odenets train lm2")
    for name, allowed in ALLOWED.items():
        field = card.get_by_label(name.capitalize(), exact=True)
        expect(field).to_have_value(str(USUAL[name]))
        assert [field.get_attribute(end) for end in ("min", "max", "step")] == [
            str(x) for x in (allowed[0], allowed[-1], allowed.step)
        ]
    card.get_by_label("Depth").fill("8")
    expect(card.locator("code")).to_contain_text("--depth 8")
    expect(card.get_by_role("button", name="Start training")).to_be_enabled()


@pytest.mark.slow
def test_a_training_is_started_and_shows_its_progress(visit):
    page = visit("#entry=lm2&page=runs&runs.depth=8&runs.epochs=1")
    card = page.locator("[data-card=training]")
    start = card.get_by_role("button", name="Start training")
    expect(start).to_be_enabled()
    start.click()
    expect(card.get_by_role("progressbar")).to_be_visible()
    expect(card.get_by_role("status").filter(has_text="is trained")).to_be_visible(timeout=MOST)
    expect(page.locator("[data-run].open")).to_contain_text("done")
