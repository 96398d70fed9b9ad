"""FractalNet: the expansion rule of the paper, run as it is written there, and drop-path around its mean."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from schemes import SchemeError, get, step
from schemes.fractals import fractalnet_drop_path, fractalnet_joined, places
from schemes.maps import map_form


def recursion(columns, layers, z):
    """The inputs that meet at the end of f_C(z): Larsson et al. 2017, (1), f_{C+1}(z) = [(f_C∘f_C)(z)] ⊕ [conv(z)].

    ⊕ is the mean, and of nested joins one mean of all inputs (figure 1, and its text: joins are merged). layers: an
    iterator of the convs by column, from the one that is alone.
    """
    alone = next(layers[0])(z)
    if columns == 1:
        return [alone]
    half = recursion(columns - 1, layers[1:], z)
    return [alone, *recursion(columns - 1, layers[1:], sum(half) / len(half))]


def published(columns, convs, z):
    met = recursion(columns, [iter(column) for column in convs], z)
    return sum(met) / len(met)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 4), st.lists(st.integers(-5, 5), min_size=15, max_size=15), st.fractions(max_denominator=5))
def test_the_table_is_the_expansion_rule_of_the_paper(columns, drawn, z):
    """With blocks that are maps G_i = u ↦ (x_i u² + i)/7, all different, in exact numbers."""
    maps = {f"f{i}": (lambda u, x=x, i=i: (x * u * u + i) / Fraction(7)) for i, x in enumerate(drawn, 1)}
    convs = [[maps[f"f{i}"] for i in range(2**c, 2 ** (c + 1))] for c in range(columns)]
    assert step(map_form(fractalnet_joined(columns)), maps, [z]) == (published(columns, convs, z),)
    increments = {name: (lambda u, g=g: g(u) - u) for name, g in maps.items()}
    assert step(fractalnet_joined(columns), increments, [z]) == (published(columns, convs, z),)


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5])
def test_columns_have_1_2_4_layers_that_end_together(columns):
    scheme = fractalnet_joined(columns)
    assert scheme.stages == 2**columns - 1 == len(set(scheme.fields)) and scheme.explicit
    assert set(scheme.B[0]) == {Fraction(1, columns)}  # every layer has the same weight
    met = places(columns)
    assert len(met) == 2 ** (columns - 1) and met[len(met)] == list(range(1, columns + 1))
    for c in range(1, columns + 1):
        assert sum(c in there for there in met.values()) == 2 ** (c - 1)


def test_three_columns_are_figure_1():
    """Seven convs; the middle join has two inputs, the last one three."""
    assert places(3) == {1: [3], 2: [2, 3], 3: [3], 4: [1, 2, 3]}
    assert get("fractalnet_joined").fields == ("f1", "f2", "f4", "f5", "f3", "f6", "f7")
    assert analysis.order(get("fractalnet_joined")) == 1


@pytest.mark.parametrize("columns", [2, 3, 4])
def test_the_mean_of_drop_path_is_the_plain_network_in_both_ways(columns):
    """E of the table, over local and global draws, and the table at the means, which is what evaluation runs."""
    scheme = fractalnet_drop_path(columns, "p", "share")
    means = {q.name: q.mean for q in scheme.parameters}
    assert scheme.mean().table == fractalnet_joined(columns).table
    assert scheme.at(**means).table == fractalnet_joined(columns).table


@pytest.mark.parametrize("c", [1, 2, 3])
def test_a_column_alone_is_its_layers_one_after_the_other(c):
    """Larsson et al. 2017, section 3.1, global drop-path: a single column, a plain network of 2^(c-1) layers."""
    scheme = map_form(get("fractalnet_drop_path"))
    weights = {q.name: q.value.alone(c) for q in scheme.parameters}
    maps = {f"f{i}": (lambda u, i=i: (i * u * u + 1) / Fraction(5)) for i in range(1, 8)}
    z = expected = Fraction(2, 3)
    for i in range(2 ** (c - 1), 2**c):
        expected = maps[f"f{i}"](expected)
    assert step(scheme.at(**weights), maps, [z]) == (expected,)


def test_probabilities_are_parameters_of_the_entry():
    usual = get("fractalnet_drop_path").parameters[0].value
    assert (usual.p, usual.share) == (Fraction(3, 20), Fraction(1, 2))  # section 4: 15 %, half of the batches
    assert get("fractalnet_drop_path", p=0, share=0, columns=2).parameters[0].value.moment(2) == Fraction(1, 4)
    assert fractalnet_drop_path(2, "p").symbols == {"b2"}
    assert fractalnet_drop_path(2, "p").parameters[0].symbols == {"a2", "p"}


@pytest.mark.parametrize("family", [fractalnet_joined, fractalnet_drop_path])
@pytest.mark.parametrize(
    ("columns", "words"), [(0, "at least [12]"), (2.0, "whole number"), (7, "are 127 layers, take at most 6")]
)
def test_wrong_columns_get_a_sentence(family, columns, words):
    with pytest.raises(SchemeError, match=words):
        family(columns)
