"""Laws of the figure of a scheme beside its modified equations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis import plots
from analysis.errors import AnalysisError
from analysis.plots.modified_plot import slopes
from tests.analysis.figures import assert_repeatable, assert_texts_are_clear, by_gid, words

STEPS = np.array([0.4, 0.2, 0.1, 0.05])
T = np.linspace(0, 6, 90)


def figure(parasites: int = 1, points: int = 90) -> Figure:
    curves = [
        plots.Curve("order 1 (exact flow)", np.cos(T), np.sin(T), exact=True),
        plots.Curve("order 2", np.exp(T / 9) * np.cos(T), np.exp(T / 9) * np.sin(T)),
    ]
    used = np.array([False, True, True, True])
    rates = [
        plots.RateLine("order 1 (exact flow)", STEPS, used, 1.0, 1, exact=True),
        plots.RateLine("order 2", STEPS**2 / 7, used, 2.004, 2),
        plots.RateLine("order 3", 1e-14 * STEPS, np.zeros(4, bool), None, None),
    ]
    n = np.arange(12)
    lines = [plots.ParasiticLine(f"root {i}", 0.5**n / (i + 1), 0.5**n / (i + 1)) for i in range(parasites)]
    return plots.modified_flows(
        (np.cos(T[:points]), np.sin(T[:points])), curves, STEPS, rates, lines, labels=("q", "p"), time="t = 1",
        title="A title", caption="What is seen. " * 20,
    )  # fmt: skip


@pytest.mark.parametrize("parasites", [0, 1, 3])
def test_no_text_is_cut_or_covered(parasites: int) -> None:
    made = assert_texts_are_clear(lambda: figure(parasites))
    assert len([axes for axes in made.axes if axes.get_title(loc="left")]) == 2 + bool(parasites)


def test_equal_figures_give_equal_files(tmp_path: Path) -> None:
    assert_repeatable(figure, tmp_path)


def test_slopes_stand_beside_the_expected_ones() -> None:
    said = words(figure())
    assert "order 2: slope 2.00, expected 2" in said and "order 3: no fit, at rounding" in said
    assert "distance of point and flow at t = 1" in said and "root 0, theory" in said


def test_only_what_is_fitted_is_filled() -> None:
    (marks,) = by_gid(figure(), "used order 2")
    assert list(marks.get_xdata()) == list(STEPS[1:])


def test_many_points_are_thinned_and_it_is_said() -> None:
    (shown,) = by_gid(figure(), "points")
    assert len(shown.get_xdata()) == 30 and "points of the scheme, one in 3" in words(figure())
    assert "one in" not in words(figure(points=40))


def test_the_exact_flow_is_grey_and_the_others_have_their_own_colours() -> None:
    ((exact,), (second,)) = (by_gid(figure(), f"flow {name}") for name in ("order 1 (exact flow)", "order 2"))
    assert exact.get_color() != second.get_color() and exact.get_linewidth() > second.get_linewidth()


def test_a_figure_of_nothing_is_refused() -> None:
    with pytest.raises(AnalysisError, match="no flow"):
        plots.modified_flows(([0], [0]), [], STEPS, [])
    curve, rate = plots.Curve("a", [0], [0]), plots.RateLine("order 1", [1.0], [True], None, 1)
    with pytest.raises(AnalysisError, match="order 1 has 1 distances for 4 step sizes"):
        plots.modified_flows(([0], [0]), [curve], STEPS, [rate])


@pytest.mark.parametrize(("fitted", "early"), [(2.2, False), (2.3, True), (1.7, True)])
def test_a_slope_far_from_the_expected_one_is_said_to_be_early(fitted: float, early: bool) -> None:
    line = plots.RateLine("order 2", np.ones(2), np.ones(2, bool), fitted, 2)
    assert slopes(line).endswith("expected 2, not yet asymptotic" if early else "expected 2")
