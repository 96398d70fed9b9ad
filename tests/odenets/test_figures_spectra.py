"""Pictures of block spectra, from rows of results: windows, regions, words; growth by depth."""

import json
from fractions import Fraction

import numpy as np
import pytest

from analysis.k_theory import ellipse
from odenets.figures_spectra import block_spectra, growth_by_depth, table_in
from schemes import dumps, get
from tests.analysis.figures import assert_repeatable, assert_texts_are_clear, by_gid, rendered, texts, words

CROSSES = "it crosses shapes, from 16 × 32 × 32 to 32 × 16 × 16: a map between two spaces has no eigenvalues"


def row(stage, step, k=None, k_before=None, values=(-1 + 1j, -1 - 1j, 0.5)):
    """A step with these eigenvalues at two images, and half of them before training."""

    def table(k):
        return json.loads(dumps(get("euler") if k is None else get("lm2", k=k), "json"))

    after = [[[z.real, z.imag] for z in np.asarray(values, complex)]] * 2
    return {
        "stage": stage, "step": step, "k": k if k is None else float(k), "k_before": k_before and float(k_before),
        "scheme": "lm2_started_by_euler" if k is None else f"lm2, k = {float(k)}",
        "after": after, "before": [[[x / 2, y / 2] for x, y in image] for image in after],
        "table_after": table(k), "table_before": table(k if k_before is None else k_before),
        "growth_after": 2.0 + step, "growth_before": 1.5,
    }  # fmt: skip


def result(**options):
    k = Fraction(-2, 5)
    first = [row(0, 0), row(0, 1, k, Fraction(-1, 20)), row(0, 2, k)]
    second = [{"stage": 1, "step": 0, "sentence": CROSSES}, row(1, 1, -k, **options), row(1, 2, k, values=[])]
    return {"steps": [3, 3], "measures": {"spectra": {"images": 2, "asked": 3, "steps": first + second}}}


def drawn(figure, gid):
    """Each once: a panel is found by its figure and by its subfigure."""
    return list({id(artist): artist for artist in by_gid(figure, gid)}.values())


@pytest.fixture(scope="module")
def figure():
    return assert_texts_are_clear(lambda: block_spectra(result(), "LM-ResNet-14"))


def panel(figure, title):
    return next(axes for axes in figure.axes if axes.get_title(loc="left").startswith(title))


def test_a_panel_a_step_says_its_k_its_scheme_or_why_it_is_empty(figure):
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [
        "stage 1, step 1: euler", "stage 1, step 2: k = -0.400", "stage 1, step 3: k = -0.400",
        "stage 2, step 1", "stage 2, step 2: k = 0.400", "stage 2, step 3: k = -0.400",
    ]  # fmt: skip
    empty = panel(figure, "stage 2, step 1")
    assert [text.get_text() for text in empty.texts] == ["crosses shapes"] and not empty.axison
    assert "at 2 test images" in words(figure)


def test_eigenvalues_stand_where_they_are_before_and_after(figure):
    (after,), (before,) = (drawn(figure, f"{when} stage 1, step 2") for when in ("after", "before"))
    assert set(zip(*after.get_data(), strict=True)) == {(-1, 1), (-1, -1), (0.5, 0)}
    assert set(zip(*before.get_data(), strict=True)) == {(-0.5, 0.5), (-0.5, -0.5), (0.25, 0)}
    assert before.get_markerfacecolor() == "none" != after.get_markerfacecolor()


@pytest.mark.parametrize(("stage", "step", "k"), [(1, 2, -0.4), (2, 2, 0.4)])
def test_the_edge_of_the_region_is_the_ellipse_of_the_steps_own_k(figure, stage, step, k):
    (edge,) = drawn(figure, f"edge stage {stage}, step {step}")
    x, y = np.concatenate([path.vertices for path in edge.get_paths()]).T
    assert len(x) > 100
    assert np.allclose(((x + 1 - k) / (1 - k)) ** 2 + (y / (1 + k)) ** 2, 1, atol=0.02)
    assert abs(ellipse(k).real.min() - x.min()) < 0.05  # all of it is in the window


def test_the_region_before_training_has_an_edge_where_it_was_another(figure):
    (edge,) = drawn(figure, "edge before stage 1, step 2")
    x, y = np.concatenate([path.vertices for path in edge.get_paths()]).T
    assert np.allclose(((x + 1.05) / 1.05) ** 2 + (y / 0.95) ** 2, 1, atol=0.02)  # k = -1/20
    assert not drawn(figure, "edge before stage 1, step 3")


def test_a_unit_is_as_long_on_both_axes_and_no_eigenvalue_is_outside_its_window():
    figure = block_spectra(result(values=[40, -3 + 9j, -3 - 9j]), "wide")
    rendered(figure)
    for axes in figure.axes:
        if axes.axison:
            box = axes.get_window_extent()
            (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
            assert np.isclose(box.width / (right - left), box.height / (high - low), rtol=0.02)
            for line in axes.lines:
                if (line.get_gid() or "").startswith(("after", "before")):
                    x, y = line.get_data()
                    assert all((left < x) & (x < right) & (low < y) & (y < high))


def test_the_table_of_a_row_is_a_scheme_again():
    assert table_in(row(0, 1, Fraction(1, 3))).table == get("lm2", k=Fraction(1, 3)).table


def test_growth_by_depth_is_broken_where_shapes_change():
    figure = assert_texts_are_clear(lambda: growth_by_depth([result(), result()], ["LM-ResNet", "ResNet"]))
    (after,), (before,) = (drawn(figure, f"{when} LM-ResNet") for when in ("after", "before"))
    assert np.array_equal(after.get_data()[1], [2, 3, 4, np.nan, 3, 4], equal_nan=True)
    assert np.array_equal(before.get_data()[1], [1.5, 1.5, 1.5, np.nan, 1.5, 1.5], equal_nan=True)
    assert {"LM-ResNet", "ResNet"} <= {text.get_text() for text in texts(figure)}


def test_equal_results_give_equal_bytes(tmp_path):
    assert_repeatable(lambda: growth_by_depth([result()], ["LM-ResNet"]), tmp_path)
