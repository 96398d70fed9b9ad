"""Laws of rooted trees."""

from itertools import permutations, product
from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.trees import alpha, children, cuts, from_key, gamma, key, order, rooted, sigma, tree

COUNTS = [1, 1, 2, 4, 9, 20, 48, 115, 286, 719, 1842]  # OEIS A000081
LEAF = tree()
TWO = ((0, 1), (0, 1))  # two colours, any on any
PARTITIONED = ((1,), (0,))  # two colours that alternate

trees = st.recursive(st.just(LEAF), lambda t: st.lists(t, max_size=3).map(tree), max_leaves=6)


def test_there_are_as_many_trees_as_counted():
    assert [len(rooted(n)) for n in range(1, 12)] == COUNTS
    assert all(len(set(rooted(n))) == len(rooted(n)) and {order(t) for t in rooted(n)} == {n} for n in range(1, 10))


@pytest.mark.parametrize("n", range(1, 11))
def test_monotonic_labellings_add_up(n):
    """Σ α(t) = (n-1)! and Σ 1/σ(t) · n!/n^(n-1) = 1 (Cayley): each counts labelled trees in another way."""
    assert sum(map(alpha, rooted(n))) == factorial(n - 1)
    assert sum(factorial(n) // sigma(t) for t in rooted(n)) == n ** (n - 1)


def test_tables_of_order_four():
    """σ, γ, α of the trees of order 4: Hairer, Nørsett, Wanner, Solving ODEs I, table II.2.1."""
    facts = {key(t): (sigma(t), gamma(t), alpha(t)) for t in rooted(4)}
    assert facts == {
        (1, 2, 2, 2): (6, 4, 1),
        (1, 2, 3, 2): (1, 8, 3),
        (1, 2, 3, 3): (2, 12, 1),
        (1, 2, 3, 4): (1, 24, 1),
    }


def test_two_colours_count_labelled_shapes():
    """A node of either colour: 2^n · n^(n-1) labelled trees; alternating colours: one colouring a shape."""
    for n in range(1, 6):
        everything = [t for c in (0, 1) for t in rooted(n, c, TWO)]
        assert sum(factorial(n) // sigma(t) for t in everything) == 2**n * n ** (n - 1)
        assert len(rooted(n, 0, PARTITIONED)) == len(rooted(n, 1, PARTITIONED)) == COUNTS[n - 1]


@given(trees)
def test_cutting_an_edge_keeps_the_nodes(t):
    assert sum(m for *_, m in cuts(t)) == order(t) - 1
    assert all(order(theta) + order(delta) == order(t) for theta, delta, _ in cuts(t))


@given(trees)
def test_cutting_a_leaf_off(t):
    """Single nodes come off once a leaf."""
    leaves = sum(m for _, delta, m in cuts(t) if delta == LEAF)
    assert leaves == sum(not children(x) for x in subtrees(t)) - (t == LEAF)


def subtrees(t):
    return [t, *(x for c in children(t) for x in subtrees(c))]


@given(trees)
def test_the_key_is_the_largest_level_sequence(t):
    levels = key(t)
    assert from_key(levels) == t and len(levels) == order(t) and levels[0] == 1
    assert levels == max(sequences(t))


def sequences(t):
    """All level sequences of a tree, over the orders of its children."""
    for arrangement in permutations(children(t)):
        for parts in product(*(list(sequences(c)) for c in arrangement)):
            yield (1, *(1 + level for part in parts for level in part))


def test_coloured_keys_tell_colours_and_ignore_the_order_of_branches():
    names = ("f", "g")
    assert from_key(((1, 2, 3, 2), ("f", "g", "f", "f")), names) == from_key(
        ((1, 2, 2, 3), ("f", "f", "g", "f")), names
    )
    everything = [t for c in (0, 1) for t in rooted(4, c, TWO)]
    keys = [key(t, names) for t in everything]
    assert len(set(keys)) == len(keys) and [from_key(k, names) for k in keys] == everything
    for names in (("f", "g"), ("g", "f")):
        assert key(from_key(((1, 2, 2), ("f", "g", "f")), names), names) == ((1, 2, 2), ("f", "f", "g"))
