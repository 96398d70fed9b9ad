"""Laws of the picture of characteristic roots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.text import Text

import schemes
from analysis import plots, zero_stability
from analysis.errors import AnalysisError
from analysis.plots.labels import overlap
from analysis.plots.roots_plot import GROWING, INSIDE, PRINCIPAL, WEAK, kind
from analysis.plots.style import VERMILLION
from tests.analysis.figures import assert_repeatable, assert_texts_are_clear, by_gid, rendered, words


def roots(scheme: schemes.Scheme) -> list[tuple[complex, int]]:
    return [(complex(root.value), root.multiplicity) for root in zero_stability(scheme).roots]


BDF6, BDF7, AB4 = roots(schemes.bdf(6)), roots(schemes.bdf(7)), roots(schemes.get("ab4"))
WILD = [(1 + 0j, 1), (-5 + 0j, 1), (0j, 2), (0.1 + 0j, 1), (0.1 + 0.1j, 1), (0.1 - 0.1j, 1), (1j, 2), (-1j, 2)]
FIGURES: dict[str, Callable[[], Figure]] = {
    "BDF6": lambda: plots.characteristic_roots(BDF6, title="BDF6"),
    "BDF7": lambda: plots.characteristic_roots(BDF7, title="BDF7"),
    "AB4": lambda: plots.characteristic_roots(AB4, title="Adams–Bashforth 4"),
    "crowded": lambda: plots.characteristic_roots(WILD, title="crowded"),
    "three": lambda: plots.characteristic_roots({"BDF6": BDF6, "BDF7": BDF7, "AB4": AB4}, title="Three schemes"),
    "ten": lambda: plots.characteristic_roots({f"BDF{i}": BDF7 for i in range(10)}, title="Ten schemes"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_labels_cover_neither_each_other_nor_marks_nor_the_circle(name: str) -> None:
    figure = assert_texts_are_clear(FIGURES[name])
    renderer = rendered(figure)
    for axes in figure.axes:
        inside = axes.get_window_extent(renderer).extents
        marks = [m.get_window_extent(renderer).extents for m in axes.lines if str(m.get_gid()).startswith("root")]
        for label in (text for text in axes.texts if text.get_gid() == "label"):
            box = label.get_window_extent(renderer).extents
            assert inside[0] <= box[0] and box[2] <= inside[2], label.get_text()
            assert not any(overlap(tuple(box), tuple(mark)) for mark in marks), label.get_text()


def test_equal_pictures_give_equal_files(tmp_path: Path) -> None:
    assert_repeatable(FIGURES["three"], tmp_path)


@pytest.mark.parametrize("name", FIGURES)
def test_the_circle_is_round_and_every_root_has_its_mark(name: str) -> None:
    figure = FIGURES[name]()
    renderer = rendered(figure)
    for axes in figure.axes:
        (circle,) = [p for p in axes.patches if isinstance(p, Circle)]
        assert (circle.center, circle.radius) == ((0, 0), 1)
        box = circle.get_window_extent(renderer)
        assert box.width == pytest.approx(box.height, rel=1e-6)
    marks = [line for line in figure.axes[0].lines if str(line.get_gid()).startswith("root")]
    expected = {"AB4": AB4, "BDF7": BDF7, "crowded": WILD, "ten": BDF7}.get(name, BDF6)
    assert {complex(*line.get_xydata()[0]) for line in marks} == {value for value, _ in expected}


def test_bdf7s_roots_outside_are_said_in_the_warning_colour() -> None:
    """|ζ| = 1.0222: Hairer, Nørsett, Wanner I, III.3, the BDF formulas are unstable from k = 7 on."""
    figure = FIGURES["BDF7"]()
    warned = [t.get_text() for t in labels(figure) if t.get_color() == VERMILLION]
    assert warned == ["0.0768 ± 1.019i, |ζ| = 1.022"]
    assert "not zero-stable" in words(figure) and GROWING in words(figure)
    assert "zero-stable, strictly" in words(FIGURES["BDF6"]()) and GROWING not in words(FIGURES["BDF6"]())


def test_multiplicity_is_shown() -> None:
    assert {t.get_text() for t in labels(FIGURES["AB4"]())} == {"1", "0, 3-fold"}


def test_rounding_is_not_shown() -> None:
    figure = plots.characteristic_roots([(1, 1), (complex(-0.0, 0), 1), (complex(-1e-17, 1), 2)], title="t")
    assert {t.get_text() for t in labels(figure)} == {"1", "0", "0 + 1i, |ζ| = 1, 2-fold"}


def test_a_multiple_root_on_the_circle_grows_unless_the_verdict_says_otherwise() -> None:
    double = [(1 + 0j, 2)]
    assert "not zero-stable" in words(plots.characteristic_roots(double, title="t"))
    revnet = plots.characteristic_roots({"revnet": roots(schemes.get("revnet"))}, stable={"revnet": True}, title="t")
    assert "zero-stable, strictly" in words(revnet) and "1, 2-fold" in words(revnet)
    assert "not zero-stable" in words(plots.characteristic_roots([(1 + 0j, 1)], stable=False, title="t"))


@pytest.mark.parametrize(
    ("root", "stable", "expected"),
    [
        ((1, 1), None, PRINCIPAL),
        ((-1, 1), None, WEAK),
        ((0.9, 3), None, INSIDE),
        ((-1, 2), None, GROWING),
        ((-1, 2), True, WEAK),
        ((1.0222, 1), None, GROWING),
        ((1 + 1e-13, 1), None, PRINCIPAL),
    ],
)
def test_kinds_of_roots(root: Any, stable: Any, expected: str) -> None:
    assert kind(complex(root[0]), root[1], stable) == expected


def test_what_is_no_root_is_refused() -> None:
    with pytest.raises(AnalysisError, match="ab4 has no roots"):
        plots.characteristic_roots({"ab4": []}, title="t")
    with pytest.raises(AnalysisError, match="counted at least once"):
        plots.characteristic_roots([(1, 0)], title="t")
    with pytest.raises(AnalysisError, match="a root is finite"):
        plots.characteristic_roots([(complex("nan"), 1)], title="t")
    with pytest.raises(AnalysisError, match="1 to 12"):
        plots.characteristic_roots({str(i): AB4 for i in range(13)}, title="t")


def labels(figure: Figure) -> list[Text]:
    return by_gid(figure, "label")
