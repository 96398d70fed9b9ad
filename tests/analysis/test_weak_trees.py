"""What weak orders are made of: moments of multiple integrals, the equation behind a step, labels, components."""

from fractions import Fraction

import pytest

from analysis import AnalysisError
from analysis.stochastic.coloured import Weights, forests
from analysis.stochastic.comparing import Comparison
from analysis.stochastic.expanding import coefficients
from analysis.stochastic.limits import Differential, sde_limit
from analysis.stochastic.weak_orders import weak_order
from analysis.trees import from_key, tree
from schemes import general_linear, get, symbol
from schemes.builders import formula
from schemes.diffusion import diffusive
from schemes.laws import Normal
from schemes.parameters import Parameter
from schemes.registry import entries

HALF = Fraction(1, 2)

# ---- the equation ----------------------------------------------------------------------------------------------------


def comparison(scheme, labels=6):
    return Comparison(Weights(diffusive(scheme), labels), {})


def test_moments_of_multiple_integrals():
    """Kloeden, Platen, lemma 5.7.2 and 5.2: E I_α I_β of Itô integrals, as trees: g hangs on what it integrates."""
    scheme = comparison(get("platen_weak2"))
    f, g = (next(i for i, c in enumerate(scheme.colours) if c.field == name) for name in "fg")
    h = symbol("root_h") ** 2
    W, T, WW = tree((), g), tree((), f), tree([tree((), g)], g)
    WT, TW, WWW = tree([W], f), tree([T], g), tree([WW], g)
    known = {
        (W, W): h,
        (WW, WW): h**2 / 2,
        (W, W, WW): h**2,
        (W, WT): h**2 / 2,
        (W, TW): h**2 / 2,
        (WT, WT): h**3 / 3,
        (TW, TW): h**3 / 3,
        (WT, TW): h**3 / 6,
        (WWW, WWW): h**3 / 6,
        (W, W, W, W): 3 * h**2,
        (W, WW): 0,
        (WT,): 0,
        (tree([W, W], f),): h**2 / 2,  # E ∫ W² dt
        (W, tree([W, W], g)): h**2 / 2,  # E W ∫ W² dW = E ∫ W² dt
    }
    for forest, value in known.items():
        assert scheme.exact(tuple(sorted(forest)), 6) == value


def test_stratonovich_integrals_follow_the_chain_rule():
    """∫ W ∘dW = W²/2 and ∫ W² ∘dW = W³/3, in whatever product."""
    scheme = comparison(get("rk4_stratonovich"))
    g = next(i for i, c in enumerate(scheme.colours) if c.field == "g")
    W = tree((), g)
    WW, bushy = tree([W], g), tree([W, W], g)
    for m in range(5):
        forest = (W,) * m
        assert 2 * scheme.exact(tuple(sorted((*forest, WW))), 8) == scheme.exact((*forest, W, W), 8)
        assert 3 * scheme.exact(tuple(sorted((*forest, bushy))), 8) == scheme.exact((*forest, W, W, W), 8)


RANDOM = [e.name for e in entries() if get(e.name).role("random") and not get(e.name).operator]


@pytest.mark.parametrize("name", RANDOM)
def test_drift_and_covariance_are_those_of_the_limit(name):
    try:
        found, limit = comparison(get(name)), sde_limit(get(name))
    except AnalysisError:
        assert len(get(name).states) > 1 or name == "fractalnet_drop_path"
        return
    names = {i: next(n for n, e in limit.edges.items() if tuple(e) == (c.field, c.reads, c.feeds))
             for i, c in enumerate(found.colours)}  # fmt: skip
    slack = Fraction(1, 10**12)
    own = {a: found.colours[i].labelled for i, a in names.items()}
    for i, a in names.items():
        assert abs(found.limit((tree((), i),)) - limit.drift.get(Differential(a), 0)) <= slack
        for j, b in names.items():
            if j in [k for k, c in enumerate(found.colours) if c.feeds == found.colours[i].reads]:
                drift = sum(limit.drift.get(Differential(a, b, w), 0) for w in ("sample", "channel", "element"))
                assert abs(found.limit((tree([tree((), j)], i),)) - drift) <= slack or a == "one"
            pair = tuple(sorted((tree((), i), tree((), j))))
            assert abs(found.limit(pair) - limit.covariance.get((a, b), 0)) <= slack
            if own[a] and own[b]:
                other = tuple(sorted((tree((), i), tree((), j + len(found.colours)))))
                assert found.limit(other) == 0


# ---- draws per element -----------------------------------------------------------------------------------------------


def own_and_shared(per):
    """u + h f + √h ξ g with a Stratonovich correction, where g may be drawn per sample or per element."""

    def rule(f, g, u):
        xi = symbol("xi")
        G = g(u)
        return u + f(u) + xi * (G + g(u + xi * G)) / 2

    law = Parameter("xi", "random", Normal(0, 1), per)
    return formula("own", rule, fields=("f", "g"), parameters=(law,))


def test_draws_per_element_correct_by_the_diagonal_alone():
    found = comparison(own_and_shared("element"))
    g = next(i for i, c in enumerate(found.colours) if c.field == "g")
    count = len(found.colours)
    same, other = tree([tree((), g)], g), tree([tree((), g + count)], g)
    assert (found.limit((same,)), found.limit((other,))) == (HALF, 0)


def test_labels_are_the_patterns_of_equal_components():
    found = comparison(own_and_shared("element")).colours
    assert len(list(forests(1, found))) == 1
    assert len(list(forests(2, found))) == 1 + 2 + 2  # f; g'g and g·g in one component or in two


def test_a_draw_per_element_is_one_brownian_motion_a_component():
    """Two components with their own draw are two fields e_i eᵢᵀ g with independent draws."""

    def rule(f, a, b, u):
        x, y = symbol("x"), symbol("y")
        A, B = a(u), b(u)
        v = u + x * A + y * B
        return u + f(u) + x * (A + a(v)) / 2 + y * (B + b(v)) / 2

    laws = tuple(Parameter(n, "random", Normal(0, 1), "sample") for n in "xy")
    apart = weak_order(formula("apart", rule, fields=("f", "a", "b"), parameters=laws))
    own = weak_order(own_and_shared("element"))
    assert apart.order == own.order == 1
    letters = dict(zip(("f", "g#1", "g#2"), "fab", strict=True))
    expected = {numbered(moment, apart.names): x for moment, x in apart.failing.items()}
    compared = [
        (tuple((levels, tuple(map(letters.get, names))) for levels, names in moment), x)
        for moment, x in own.failing.items()
        if {name for _, names in moment for name in names} <= set(letters)
    ]
    assert len(compared) > 20
    assert all(expected[numbered(moment, apart.names)] == x for moment, x in compared)


def numbered(moment, names):
    """A moment as trees, whatever the order of their branches."""
    return tuple(sorted(from_key(k, names) for k in moment))


# ---- several components, quotients -----------------------------------------------------------------------------------


def test_two_components():
    """x' = f(y) + noise, y' = g(x): symplectic Euler with noise is of order 1; its trees keep to the directions."""
    scheme = general_linear(
        "noisy_symplectic", [[0, 0, 0], [0, 0, 0], [1, "xi", 0]], [[0, 1], [0, 1], [1, 0]],
        [[1, "xi", 0], [0, 0, 1]], [[1, 0], [0, 1]], states=("x[n]", "y[n]"), fields=("f", "s", "g"),
        parameters=(Parameter("xi", "random", Normal(0, 1), "sample"),),
    )  # fmt: skip
    found = weak_order(scheme)
    assert found.order == 1
    grown = [(levels, names) for moment in found.failing for levels, names in moment if len(levels) == 2]
    assert {names for _, names in grown} == {("f", "g"), ("g", "f"), ("g", "s"), ("s", "g")}


def test_powers_of_the_root_of_h_in_a_quotient():
    s, p = symbol("root_h"), symbol("p")
    assert coefficients((2 + s) / (1 - s), 4) == [2, 3, 3, 3, 3]
    assert coefficients(1 / (1 + s / p), 2) == [1, -1 / p, 1 / p**2]
    assert coefficients(Fraction(0), 1) == [0, 0]
