"""Weights of joins with drop-path: the exact joint law against enumeration, and what the table makes of it."""

from fractions import Fraction
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemes import SchemeError, dumps, get, loads, repeat, source, symbol
from schemes.fractals import fractalnet_drop_path
from schemes.joins import DropPath, joins_of, spelled_out
from schemes.parameters import expectation

chances = st.builds(Fraction, st.integers(0, 4), st.just(4))


def law(column, inputs=3, columns=3, p="3/20", share="1/2", join="a"):
    return DropPath(join, column, inputs, columns, p, share)


def worlds(names, laws, p, share):
    """(probability, weights) of every way to drop and to choose, input by input; the law by its words alone.

    names: {join: its weights, columns ascending}, all of the last columns. Each weight is kept or not; where a join
    loses all, one of its inputs at random stays. Globally one column of all is taken, a join without it takes the mean.
    """
    columns = int(next(iter(laws.values())).columns)
    locally = []
    for own in names.values():
        found = []
        for kept in product((0, 1), repeat=len(own)):
            q = prod((1 - p if x else p for x in kept), start=Fraction(1))
            single = [[int(i == j) for j in range(len(own))] for i in range(len(own))]
            found += [(q, kept)] if any(kept) else [(q / len(own), one) for one in single]
        locally.append([(q, {w: Fraction(x, sum(kept)) for w, x in zip(own, kept, strict=True)}) for q, kept in found])
    for parts in product(*locally):
        yield (
            (1 - share) * prod((q for q, _ in parts), start=Fraction(1)),
            {k: x for _, w in parts for k, x in w.items()},
        )
    for c in range(1, columns + 1):
        weights = {}
        for own in names.values():
            met = [int(laws[w].column) for w in own]
            weights |= {
                w: Fraction(m == c) if c in met else Fraction(1, len(own)) for w, m in zip(own, met, strict=True)
            }
        yield share / columns, weights


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 3), chances, chances, st.data())
def test_joint_moments_are_those_of_every_way_to_drop(columns, p, share, data):
    scheme = fractalnet_drop_path(columns, p, share)
    laws = {q.name: q.value for q in scheme.parameters}
    names = joins_of(scheme)
    powers = {w: data.draw(st.integers(0, 3), label=w) for w in laws}
    x = prod((symbol(w) ** n for w, n in powers.items()), start=Fraction(1))
    ways = list(worlds(names, laws, p, share))
    assert sum(q for q, _ in ways) == 1
    assert all(sum(w[x] for x in own) == 1 for _, w in ways for own in names.values())
    assert expectation(x, laws) == sum(q * prod(w[k] ** n for k, n in powers.items()) for q, w in ways)


def test_moments_are_symbolic_in_both_probabilities_and_the_mean_is_plain():
    p, share = symbol("p"), symbol("share")
    free = law(2, p="p", share="share")
    assert free.mean == Fraction(1, 3) and law(1).mean == Fraction(1, 3)
    assert free.moment(2)(p=Fraction(3, 20), share=Fraction(1, 2)) == law(2).moment(2)
    # two inputs, locally: both stay with (1-p)², else one alone, so E[w²] = (1-p)²/4 + (1 - (1-p)²)/2
    local = (1 - p) ** 2 / 4 + (1 - (1 - p) ** 2) / 2
    assert law(2, 2, 2, "p", 0).moment(2) == local
    assert law(2, 2, 2, "p", "share").moment(2) == (1 - share) * local + share / 2


@given(st.integers(1, 5), chances)
def test_the_ways_to_drop_have_probability_one(inputs, p):
    ways = list(law(5, inputs, 5, p).outcomes())
    assert sum(q for _, q in ways) == 1 and len(ways) == 2**inputs - 1
    assert all(set(kept) <= set(range(6 - inputs, 6)) for kept, _ in ways)


def test_local_draws_of_other_joins_are_independent_and_the_column_is_one_for_all():
    """E[b2 b4]: the second column stays at both joins."""
    local, alone = (get("fractalnet_drop_path", share=x) for x in (0, 1))
    x = symbol("b2") * symbol("b4")
    laws = [{q.name: q.value for q in scheme.parameters if q.kind == "random"} for scheme in (local, alone)]
    assert expectation(x, laws[0]) == Fraction(1, 2) * Fraction(1, 3)
    assert expectation(x, laws[1]) == Fraction(1, 3)  # the second of three columns is taken, at both


def test_two_steps_draw_their_joins_anew_and_share_the_column():
    twice = repeat(get("fractalnet_drop_path"), 2)
    assert len(joins_of(twice)) == 4 and len({own for own in joins_of(twice).values()}) == 4
    random = {q.name: q.value for q in twice.parameters if q.kind == "random"}
    (first, _), (second, _) = [own for own in joins_of(twice).values() if len(own) == 2]
    third = Fraction(1, 3)  # the second column of three is taken, or the first, without the join, which takes its mean
    for share, expected in ((Fraction(0), Fraction(1, 4)), (Fraction(1), third + third / 4)):
        laws = {name: DropPath(x.join, x.column, x.inputs, x.columns, x.p, share) for name, x in random.items()}
        assert expectation(symbol(first) * symbol(second), laws) == expected


def test_the_source_fetches_a_join_in_one_line_and_writes_its_first_weight_by_name():
    text = source(get("fractalnet_drop_path"))
    assert "    b2, c2 = self.join_b2(u)\n    a4, b4, c4 = self.join_a4(u)\n" in text
    assert "a4 * self.f1(u)" in text and "1 -" not in text
    assert "a4" not in get("fractalnet_drop_path").symbols


@settings(max_examples=15, deadline=None)
@given(st.lists(st.fractions(0, 1, max_denominator=9), min_size=5, max_size=5))
def test_writing_the_first_weight_by_name_changes_nothing_where_weights_sum_to_one(drawn):
    scheme = get("fractalnet_drop_path")
    values = dict(zip(("c2", "b4", "c4"), drawn, strict=False))
    whole = values | {"b2": 1 - values["c2"], "a4": 1 - values["b4"] - values["c4"]}
    out = spelled_out(scheme)
    assert out.at(**whole).table == scheme.at(**whole).table and {"a4", "b2"} <= out.symbols


@pytest.mark.parametrize("form", ["text", "json", "toml", "csv"])
def test_joins_survive_as_text(form):
    scheme = get("fractalnet_drop_path")
    assert loads(dumps(scheme, form), form) == scheme


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: law(1, join="1/2"), "name the weight of its first column"),
        (lambda: law(1, inputs=2), "the column is one of the last 2 of 3 columns"),
        (lambda: law(4), "the column is one of the last 3 of 3 columns"),
        (lambda: law(1, inputs="3/2"), "the column is one of the last 3/2 of 3"),
        (lambda: law(1, p="3/2"), "3/2 is a probability, take it from"),
        (lambda: law(1, share=-1), "-1 is a probability, take it from"),
        (
            lambda: source(get("fractalnet_drop_path").at(c4=0)),
            "of the join a4, b4 a weight is fixed; fix all of them or none",
        ),
        (lambda: get("fractalnet_drop_path").at(a4=0), "name the weight of its first column; fix all or none"),
    ],
)
def test_what_is_no_join_gets_a_sentence(make, words):
    with pytest.raises(SchemeError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
