"""Laws of the chart of errors at equal work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from analysis import plots
from analysis.errors import AnalysisError
from analysis.plots.error_plot import ranked, read, times
from tests.analysis.figures import assert_repeatable, assert_texts_are_clear, by_gid, words

THREE = {"rk4_classic": (4, 4, 1.45e-2), "rk4_38": (4, 4, 1.23e-2), "other": (4, 5, 3.2e-3)}
MANY = {f"a_scheme_of_length_{i}": (1 + i % 5, 1 + i % 7, 10.0 ** (i % 11 - 9)) for i in range(25)}
FIGURES: dict[str, Callable[[], Figure]] = {
    "one": lambda: plots.error_chart({"euler": (1, 1, 0.5)}, title="One"),
    "three": lambda: plots.error_chart(THREE, title="Order 4"),
    "twenty-five": lambda: plots.error_chart(MANY, title="Many"),
}
entry = st.tuples(st.integers(1, 4), st.integers(1, 9), st.floats(1e-6, 1))


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_or_covered(name: str) -> None:
    assert_texts_are_clear(FIGURES[name])


def test_equal_charts_give_equal_files(tmp_path: Path) -> None:
    assert_repeatable(FIGURES["three"], tmp_path)


@settings(max_examples=30)
@given(st.dictionaries(st.text("abc", min_size=1), entry, min_size=1), st.integers(2, 5))
def test_work_and_error_are_what_the_caption_says(schemes, m):
    """Error ∝ A s^p at equal work, work ∝ s A^(1/p); m steps of a scheme taken as one change neither."""
    groups = ranked({name: read(name, *about) for name, about in schemes.items()})
    assert [group[0].order for group in groups] == sorted({order for order, _, _ in schemes.values()})
    for group in groups:
        p, best = group[0].order, group[0]
        assert best.work == 1 and [c.work for c in group] == sorted(c.work for c in group)
        for c in group:
            assert c.error == pytest.approx(c.norm * c.evaluations**p / (best.norm * best.evaluations**p))
            assert c.work**p == pytest.approx(c.error)
            repeated = read("repeated", p, m * c.evaluations, c.norm / m**p)  # m steps of size h/m: m (h/m)^(p+1) A
            assert ranked({c.name: c, "repeated": repeated})[0][1].work == pytest.approx(1)


def test_every_scheme_has_its_bar_and_its_numbers() -> None:
    figure = FIGURES["three"]()
    (bar,) = by_gid(figure, "bar rk4_classic")
    assert bar.get_width() == pytest.approx(4 * 1.45e-2**0.25 / (5 * 3.2e-3**0.25))
    assert "×1.17" in words(figure) and "×1.86" in words(figure) and "1.45e-02" in words(figure)
    assert by_gid(figure, "bar other")[0].get_width() == 1


def test_a_bar_that_is_cut_has_an_arrow() -> None:
    figure = plots.error_chart({"good": (1, 1, 1e-3), "bad": (1, 1, 1.0)}, title="t")
    assert by_gid(figure, "cut bad") and not by_gid(figure, "cut good")
    assert "An arrow" in words(figure) and "×1000" in words(figure)
    assert "An arrow" not in words(FIGURES["three"]())


def test_numbers_stay_short() -> None:
    assert [times(x) for x in (1, 99.994, 123.4, 99_999, 3e7)] == ["×1.00", "×99.99", "×123", "×99999", "×3.0e+07"]


@pytest.mark.parametrize(
    ("schemes", "sentence"),
    [
        ({}, "no schemes"),
        ({"a": (0, 1, 1.0)}, "order 0"),
        ({"a": (1, 0, 1.0)}, "0 evaluations"),
        ({"a": (1, 1, 0.0)}, "where it is 0 the order is more than 1"),
        ({"a": (1, 1, float("nan"))}, "error norm nan"),
    ],
)
def test_what_cannot_be_compared_is_refused(schemes, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        plots.error_chart(schemes, title="t")
