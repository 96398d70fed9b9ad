"""Laws of the pictures of trees."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from analysis import modified_equation, plots
from analysis.errors import AnalysisError
from analysis.plots.style import GREY, INK
from analysis.plots.tree_plot import placed
from analysis.terms import unknowns
from analysis.trees import Tree, children, key, order, rooted
from schemes import get
from tests.analysis.figures import assert_repeatable, assert_texts_are_clear, by_gid, words


def picture(name: str, n: int, **values: Any) -> Callable[[], Figure]:
    scheme = get(name, **values)
    return lambda: plots.trees(modified_equation(scheme, n), unknowns=unknowns(scheme), title=name)


FIGURES = {
    "lm2": picture("lm2", 4),
    "lm2, k = -1/2": picture("lm2", 5, k=Fraction(-1, 2)),
    "rk4": picture("rk4_classic", 6),
    "revnet": picture("revnet", 4),
    "shake_shake": picture("shake_shake", 3),
    "one tree": lambda: plots.trees({(1,): 1}, "map", title="Euler's method, which is one tree, in a long title"),
    "no tree": lambda: plots.trees({}),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_or_covered(name: str) -> None:
    assert_texts_are_clear(FIGURES[name])


def test_equal_pictures_give_equal_files(tmp_path: Path) -> None:
    assert_repeatable(FIGURES["revnet"], tmp_path)


@pytest.mark.parametrize("n", range(1, 7))
def test_a_drawing_determines_its_tree(n: int) -> None:
    """The edges of a drawing, read from the lowest node, are the tree."""
    for t in rooted(n):
        nodes, edges = placed(t)
        root, *rest = nodes
        assert len(nodes) == order(t) == len(set(nodes)) and len(edges) == n - 1
        assert root[1] == 0 and all(y > 0 for _, y, _ in rest)
        assert read(root, edges) == shape(t)


def read(node: Any, edges: list[Any]) -> Any:
    return sorted(read(above, edges) for below, above in edges if below == node)


def shape(t: Tree) -> Any:
    return sorted(map(shape, children(t)))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([t for n in range(1, 9) for t in rooted(n)]))
def test_neighbours_are_a_step_apart_and_edges_do_not_cross(t: Tree) -> None:
    nodes, edges = placed(t)
    for level in {y for _, y, _ in nodes}:
        across = sorted(x for x, y, _ in nodes if y == level)
        assert all(b - a >= 1 for a, b in pairwise(across))
        between = sorted((a[0], b[0]) for a, b in edges if a[1] == level)
        assert [above for _, above in between] == sorted(above for _, above in between)


def test_each_tree_has_its_nodes_its_formula_and_its_factor() -> None:
    figure = FIGURES["lm2, k = -1/2"]()
    for n in range(1, 6):
        for t in rooted(n):
            assert len(by_gid(figure, f"node {key(t)}")) == n
    text = words(figure)  # the factors as `odenets modified lm2 --set k=-1/2` prints them
    assert all(x in text for x in ("$f''(f, f)$", r"$\dfrac{50}{3}$", "$f'f'f$", r"$\dfrac{104}{3}$", "times $h^{4}$"))


def test_trees_without_a_term_are_grey_and_the_caption_says_so() -> None:
    figure = FIGURES["rk4"]()
    assert {to_hex(node.get_markeredgecolor()) for node in by_gid(figure, "node (1, 2)")} == {GREY}
    assert {to_hex(node.get_markeredgecolor()) for node in by_gid(figure, "node (1, 2, 3, 4, 5)")} == {INK}
    assert "grey" in words(figure) and "grey" not in words(FIGURES["lm2"]())


def test_fields_are_filled_and_hollow_nodes_and_the_legend_says_which() -> None:
    figure = FIGURES["revnet"]()
    root, leaf = by_gid(figure, "node ((1, 2), ('f', 'g'))")
    assert [to_hex(node.get_markerfacecolor()) for node in (root, leaf)] == [INK, "#ffffff"]
    assert "f; at the root: a term of x′" in words(figure) and "g; at the root: a term of y′" in words(figure)
    assert "at the root" not in words(FIGURES["lm2"]())


def test_what_is_no_series_is_refused() -> None:
    with pytest.raises(AnalysisError, match="no key of a tree"):
        plots.trees({(1, 3): 1})
    with pytest.raises(AnalysisError, match="no kind of series"):
        plots.trees({(1,): 1}, "fields")
