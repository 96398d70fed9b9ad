"""Laws of the figures: what is drawn is what the numbers say, nothing is cut, and files are whole and repeatable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.text import Text

import schemes
from analysis import plots
from analysis.crossbar import decimal
from analysis.errors import AnalysisError
from analysis.k_theory import effective_step, running_product
from analysis.plots.wiring_layout import layout
from tests.analysis.figures import assert_texts_are_clear, by_gid, rendered, texts, words
from tests.sample import SAMPLE, over

Array = npt.NDArray[np.float64]
NAN = np.nan
EXPLICIT = over(explicit=True)
FEW = sorted(SAMPLE & set(schemes.names(explicit=True)))


def sawtooth(stages: list[int], epochs: int, last: float, seeds: int = 0) -> Array:
    """k as training leaves it: from 0 to a saw, 0.7 falling to `last` in each stage; no k at a stage's first step."""
    saw = np.concatenate([[NAN, *np.linspace(0.7, last, n - 1)] for n in stages])
    k = np.linspace(0, 1, epochs + 1)[1:, None] * saw
    noise = np.random.default_rng(0).normal(0, 0.03, (seeds, *k.shape))
    return np.asarray(k + noise) if seeds else np.asarray(k)


def thirteen_stages() -> schemes.Scheme:
    return schemes.compose(schemes.repeat(schemes.get("rk4_classic"), 3), schemes.get("euler"))


def long_fractions() -> schemes.Scheme:
    """As dense, and with fractions as long, as the Dormand–Prince 8(7) pair."""
    A = [
        [Fraction((-1) ** j * (10**9 + 7 * i * j), 98_765_431 * (i + j + 1) + 10**8) for j in range(i)]
        for i in range(13)
    ]
    return schemes.runge_kutta("long", A, [Fraction(1, 1_000_300)] * 13, embedded=[Fraction(1, 13)] * 13)


FIGURES: dict[str, Callable[[], Figure]] = {
    "fractal of 8 stages": lambda: plots.wiring(schemes.get("fractalnet", columns=4)),
    "13 stages": lambda: plots.wiring(thirteen_stages()),
    "13 dense stages of long fractions": lambda: plots.wiring(long_fractions()),
    "k of 3 × 3 steps": lambda: plots.learned_k(sawtooth([3, 3, 3], 20, -0.9), [3, 3, 3]),
    "k of seeds": lambda: plots.learned_k(sawtooth([5, 5, 5], 9, -1.05, seeds=3), [5, 5, 5], epochs=range(0, 90, 10)),
    "k of 200 steps": lambda: plots.learned_k(sawtooth([66, 67, 67], 5, -2.0), [66, 67, 67]),
    "k of 1 step": lambda: plots.learned_k([[-0.3]], [1]),
    "k far outside": lambda: plots.learned_k([[NAN, -40, -1, 1, 3, 0]], [6]),
    **{f"wiring of {name}": partial(lambda name: plots.wiring(schemes.get(name)), name) for name in FEW},
}


# ---- nothing is cut ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_or_covered(name: str) -> None:
    assert_texts_are_clear(FIGURES[name])


DIAGRAMS = ["13 stages", "13 dense stages of long fractions"]
DIAGRAMS += [f"wiring of {name}" for name in ("lm2", "ab3", "zerosnet_learned", "revnet", "dopri5")]


@pytest.mark.parametrize("name", DIAGRAMS)
def test_no_label_of_a_diagram_lies_on_a_line_or_a_box(name: str) -> None:
    figure = FIGURES[name]()
    renderer = rendered(figure)
    lines = [line.get_window_extent(renderer) for axes in figure.axes for line in axes.lines]
    boxes = [box.get_window_extent(renderer) for box in figure.findobj(FancyBboxPatch) if box.get_zorder() == 3]
    for text in texts(figure):
        box = text.get_window_extent(renderer)
        assert not any(box.overlaps(line) for line in lines), text.get_text()
        inside = [b for b in boxes if b.x0 <= box.x0 and box.x1 <= b.x1 and b.y0 <= box.y0 and box.y1 <= b.y1]
        assert inside or not any(box.overlaps(other) for other in boxes), text.get_text()


# ---- wiring --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [*map(schemes.get, FEW), thirteen_stages()], ids=lambda scheme: scheme.name)
def test_a_diagram_has_an_edge_for_every_coefficient(scheme: schemes.Scheme) -> None:
    edges = edges_of(plots.wiring(scheme))
    assert len(edges) == sum(c != 0 for c in replace(scheme, embedded=None).entries)
    assert len({edge.get_gid() for edge in edges}) == len(edges)


@pytest.mark.parametrize("name", EXPLICIT)
def test_a_diagram_read_back_is_the_scheme(name: str) -> None:
    """Edges by their ends and labels: the same as the entries of A, U, B, V."""
    scheme = schemes.get(name)
    drawn = {(tap.source, tap.target): tap.label for tap in layout(scheme).taps}
    program = schemes.trace(scheme)
    calls = {call.slope: call.argument for call in program.calls}
    forms = calls | {f"next {s}": form for s, form in zip(program.inputs, program.outputs, strict=True)}
    for target, form in forms.items():
        assert {source for source, t in drawn if t == target} == set(form.terms)
        assert all((drawn[source, target] == "") == (c == 1) for source, c in form.terms.items())


def test_negative_and_parametric_and_kept_values_look_different() -> None:
    looks = {(edge.get_marker(), edge.get_markerfacecolor()) for edge in edges_of(plots.wiring(schemes.get("ab4")))}
    assert len(looks) == 2
    figure = plots.wiring(schemes.get("lm2"))
    assert {edge.get_marker() for edge in edges_of(figure)} == {"o", "D"}
    dashes = {line.get_gid(): line.get_linestyle() for line in figure.findobj(Line2D) if line.get_gid()}
    assert dashes["lane u[n-1]"] == "--" != dashes["lane u[n]"]


def test_long_fractions_are_decimals_and_the_caption_says_so() -> None:
    figure = plots.wiring(long_fractions())
    drawn = {text.get_text() for text in texts(figure)}
    assert r"$9.9970\cdot 10^{-7}$" in drawn and not any("frac" in text for text in drawn)
    assert "rounded to 5 digits" in words(figure) and "not drawn" in words(figure)
    assert "rounded" not in words(plots.wiring(schemes.get("dopri5")))


@given(st.fractions().filter(lambda x: x.denominator > 10**6))
def test_a_decimal_is_within_half_a_digit(x: Fraction) -> None:
    mantissa, _, exponent = decimal(x).partition(r"\cdot 10^")
    shown = Fraction(mantissa) * Fraction(10) ** int(exponent.strip("{}") or 0)
    assert abs(shown - x) <= abs(x) * Fraction(51, 1000_000)


def test_an_implicit_scheme_has_no_diagram() -> None:
    with pytest.raises(AnalysisError, match=r"implicit.*draw an explicit one"):
        plots.wiring(schemes.runge_kutta("backward_euler", A=[[1]], b=[1]))


def edges_of(figure: Figure) -> list[Line2D]:
    return [line for line in figure.findobj(Line2D) if (line.get_gid() or "").startswith("edge ")]


# ---- learned k -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [-0.99, -0.5, 0.0, 1 / 3, 0.9])
def test_the_ellipse_is_the_edge_of_stability(k: float) -> None:
    """On it the spectral radius of the stability matrix of theory.md is 1, just inside less, just outside more."""
    edge = plots.ellipse(k)
    for z in edge:
        assert abs(two_step_radius(k, z) - 1) < 1e-10 or abs(z) < 1e-12
    centre = complex(-(1 - k))
    assert max(two_step_radius(k, centre + 0.99 * (z - centre)) for z in edge) < 1
    assert min(two_step_radius(k, centre + 1.01 * (z - centre)) for z in edge) > 1


def two_step_radius(k: float, z: complex) -> float:
    return float(np.abs(np.linalg.eigvals(np.array([[1 - k + z, k], [1, 0]]))).max())


@pytest.mark.parametrize("k", [-1.0, 1.0, 2.0, NAN])
def test_there_is_no_ellipse_outside(k: float) -> None:
    with pytest.raises(AnalysisError, match="no stability ellipse"):
        plots.ellipse(k)


def test_every_step_with_a_region_has_its_ellipse() -> None:
    k = [NAN, 0.5, -0.5, -1.5, NAN, 1.0, -0.2, -1.0]
    figure = plots.learned_k([k], [4, 4])
    (drawn,) = by_gid(figure, "ellipses")
    assert isinstance(drawn, LineCollection)
    assert [np.asarray(path.vertices)[:, 0].min() for path in drawn.get_paths()] == pytest.approx([-1, -3, -2.4])
    assert any("step 4, 6, 8" in text.get_text() for text in figure.findobj(Text))


def test_absent_steps_are_drawn_as_absent() -> None:
    figure = plots.learned_k(sawtooth([3, 4], 5, -0.5), [3, 4])
    (line,) = by_gid(figure, "last k")
    x, y = line.get_data()
    assert set(x[~np.isnan(y)]) == {2, 3, 5, 6, 7}
    hatched = {round(patch.get_x() + 0.5, 6) for patch in by_gid(figure, "absent")}
    assert hatched == {1, 4}
    assert all(patch.get_hatch() for patch in by_gid(figure, "absent"))
    (euler,) = by_gid(figure, "euler steps")
    assert [tuple(point) for point in euler.get_xydata()] == [(1, 1), (4, 1)]
    assert euler.get_markerfacecolor() == "white"
    assert "no k" in " ".join(text.get_text() for text in figure.findobj(Text))


def test_lines_break_between_stages() -> None:
    (line,) = by_gid(plots.learned_k([[0.1, 0.2, 0.3, 0.4]], [2, 2]), "last k")
    assert np.isnan(line.get_xdata()[2])


def test_the_last_epoch_is_the_mean_of_the_seeds() -> None:
    k = sawtooth([4], 3, -0.5, seeds=5)
    (line,) = by_gid(plots.learned_k(k, [4]), "last k")
    assert np.allclose(line.get_ydata(), k[:, -1].mean(axis=0), equal_nan=True)


def test_effective_steps_and_running_products() -> None:
    k = np.array([NAN, 1.0, -0.5, -1.0, -4.0, NAN, -3.0])
    absent = np.isnan(k)
    assert np.allclose(effective_step(k, absent), [1, 0.5, 2, NAN, NAN, 1, NAN], equal_nan=True)
    assert np.allclose(running_product(k, [0, 5]), [NAN, 1, 0.5, 0.5, 2, NAN, 3], equal_nan=True)
    (marked,) = by_gid(plots.learned_k([k], [5, 2]), "no effective step")
    assert list(marked.get_xdata()) == [4, 5, 7]


def test_the_caption_says_what_the_numbers_say() -> None:
    note = plots.theory_note(plots.LearnedK.read([[NAN, 0.5, NAN, -1.03]], [2, 2]))
    assert "The last step of stage 2 has k = -1.03: past the zero-stable range." in note
    assert "1 of 2 trained values of k are below 0" in note
    assert "Effective depth of long smooth stages: 2.7 Euler steps from 4 residual steps (not counting 1" in note
    assert "Every k is inside" in plots.theory_note(plots.LearnedK.read([[NAN, 1.0, -0.9]], [3]))
    assert "come from the last step of stage 1" in plots.theory_note(plots.LearnedK.read([[NAN, 1.0, -0.9]], [3]))
    seeds = plots.LearnedK.read([[[NAN, -0.5]], [[NAN, -1.2]]], [2])
    assert "In 1 of 2 seeds" in plots.theory_note(seeds)
    first = plots.LearnedK.read([[0.5, 0.5, -1.5, 0.5]], [2, 2])
    assert "Step 1 of stage 2 has k = -1.50" in plots.theory_note(first)
    many = plots.LearnedK.read([[NAN, -1, -3, -2, 2]], [5])
    assert "4 values of k are past the zero-stable range, furthest at step 3 of stage 1 (k = -3.00)" in (
        plots.theory_note(many)
    )


@pytest.mark.parametrize(
    ("k", "stages", "epochs", "sentence"),
    [
        ([0.1], [1], None, "it must be \\(epochs, steps\\)"),
        ([[0.1, 0.2]], [3], None, "have 3 steps, k has 2"),
        ([[0.1, 0.2]], [2, 0], None, "have 2 steps|stages"),
        ([[0.1, 0.2]], [2], [1, 2], "2 epoch numbers were given"),
        ([[NAN, NAN]], [2], None, "no k at all"),
        ([[NAN, np.inf]], [2], None, "infinite"),
    ],
)
def test_k_that_does_not_fit_is_refused(k: Any, stages: Any, epochs: Any, sentence: str) -> None:
    with pytest.raises(AnalysisError, match=sentence):
        plots.learned_k(k, stages, epochs=epochs)
