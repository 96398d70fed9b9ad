"""Effective orders: published methods, processed methods, and the conjugate field against composed tables."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, linear_order, order
from analysis.conjugacy import bracket_row, conjugate, effective_order, generator
from analysis.series import underlying
from analysis.trees import rooted, tree
from schemes import Scheme, compose, formula, general_linear, get, repeat, rescale, runge_kutta
from tests.analysis.test_local_error import GAUSS2, RADAU2
from tests.strategies import numbers, runge_kuttas, schemes

F = Fraction
BUTCHER = runge_kutta(  # Butcher, LNM 109 (1969); Numerical Methods for ODEs, section 389
    "butcher_effective5",
    [["1/5"], [0, "2/5"], ["3/16", 0, "5/16"], ["1/4", 0, "-5/4", 2]],
    ["1/6", 0, 0, "2/3", "1/6"],
)


def in_a_row(*parts: Scheme) -> Scheme:
    """One step of each Runge–Kutta table, the first one first: as `compose`, for implicit tables too."""
    A, done, size = [], [], sum(p.stages for p in parts)
    for p in parts:
        A += [[*done, *row, *[F(0)] * (size - len(done) - p.stages)] for row in p.A]
        done += p.B[0]
    return runge_kutta("_".join(p.name for p in parts), A, done)


def inverse(scheme: Scheme) -> Scheme:
    """u from u': the table (A - 1bᵀ, -b)."""
    (b,) = scheme.B
    return runge_kutta("inverse", [[x - y for x, y in zip(row, b, strict=True)] for row in scheme.A], [-x for x in b])


def processed(kernel: Scheme, change: Scheme) -> Scheme:
    """χ∘K∘χ⁻¹."""
    return in_a_row(inverse(change), kernel, change)


@pytest.mark.parametrize(
    ("scheme", "p", "q"),
    [
        (get("euler"), 1, 1),
        (get("implicit_midpoint"), 2, 2),
        (get("trapezoid"), 2, 2),
        (get("rk4_classic"), 4, 4),
        (get("dopri5"), 5, 5),
        (BUTCHER, 4, 5),
        (GAUSS2, 4, 4),
        (RADAU2, 3, 3),
        (get("revnet"), 1, 2),  # conjugate to Störmer–Verlet: Hairer, Lubich, Wanner, Acta Numerica 12 (2003)
        (get("leapfrog"), 2, 2),
        (get("ab2"), 2, 2),
        (get("bdf"), 2, 2),
        (get("lm2"), 1, 1),
        (get("milne_simpson"), 4, 4),
    ],
    ids=lambda x: getattr(x, "name", None),
)
def test_known_effective_orders(scheme, p, q):
    assert (order(scheme), effective_order(scheme)) == (p, q)


@given(runge_kuttas(most=2).filter(lambda s: sum(s.B[0]) != 0), runge_kuttas(most=2))
@settings(max_examples=10)
def test_the_conjugate_field_is_that_of_the_composition(kernel, change):
    """log(χΦχ⁻¹) = exp(ad) log Φ, exactly on all trees to order 5."""
    b, c, found = (fields(s, 5) for s in (kernel, change, processed(kernel, change)))
    both = conjugate(b, c, list(found))
    assert {t: both.get(t, 0) for t in found} == found


def fields(scheme, n):
    series = underlying(scheme)
    return {t: series.field[t] for m in range(1, n + 1) for t in series.trees(m)}


@pytest.mark.parametrize("kernel", ["heun2", "kutta3", "rk4_classic", "dopri5"])
def test_a_processed_scheme_is_as_good_as_its_kernel(kernel):
    """χ an Euler step of -2/3 h: order 2 at most is left, and all of the effective order."""
    change = rescale(get("euler"), F(-2, 3))
    scheme = processed(get(kernel), change)
    assert order(scheme) == 2 and effective_order(scheme) == order(get(kernel))


@given(runge_kuttas(most=3), runge_kuttas(most=2))
@settings(max_examples=10)
def test_it_is_the_same_for_conjugate_schemes(kernel, change):
    try:
        q = effective_order(kernel)
    except AnalysisError:
        return
    assert effective_order(processed(kernel, change)) == q


@given(schemes())
@settings(max_examples=25)
def test_it_lies_between_the_order_and_the_linear_order(scheme):
    """ζ(z) is invariant under a change of variables."""
    try:
        assert order(scheme) <= effective_order(scheme) <= linear_order(scheme)
    except AnalysisError as error:
        assert scheme.name in str(error)


@given(numbers, numbers, numbers)
@settings(max_examples=20)
def test_effective_order_three_asks_three_conditions(c2, c3, b3):
    """Σb = 1, Σbc = 1/2, ΣbAc = 1/6, not Σbc² = 1/3: Butcher, Numerical Methods for ODEs, section 389."""
    if 0 in (c2, c3, b3):
        return
    b2 = (F(1, 2) - b3 * c3) / c2
    a32 = 1 / (6 * b3 * c2)
    scheme = runge_kutta("three_stages", [[c2], [c3 - a32, a32]], [1 - b2 - b3, b2, b3])
    assert effective_order(scheme) == 3 and order(scheme) == 2 + (b2 * c2**2 + b3 * c3**2 == F(1, 3))
    tall = runge_kutta("tall", [[c2], [c3 - a32 - 1, a32 + 1]], [1 - b2 - b3, b2, b3])
    assert effective_order(tall) == 2


@pytest.mark.parametrize("n", range(3, 8))
def test_one_field_needs_no_elimination(n):
    """A homogeneous c is unique: 1, 2, 4, 9, … conditions fall away."""
    limit = {tree(): F(3, 2)}
    zero = {t: F(0) for t in rooted(n)}
    assert generator(limit, zero) == {s: 0 for s in rooted(n - 1)}
    assert any(len(bracket_row(limit, t)) == 1 for t in rooted(n))


def test_the_output_may_be_the_changed_value():
    """v = u + a h f(u) beside u: one table of two states, order 2 in v and effective order 4."""
    A = [[0, 0, 0, 0, 0], ["1/2", 0, 0, 0, 0], [0, "1/2", 0, 0, 0], [0, 0, 1, 0, 0]]
    b = [F(1, 6), F(1, 3), F(1, 3), F(1, 6)]
    A.append([*b, 0])
    scheme = general_linear(
        "changed", A, [[0, 1]] * 5, [[*b, F(1, 3)], [*b, 0]], [[0, 1], [0, 1]], states=("v[n]", "u[n]")
    )
    assert order(scheme) == 2 and effective_order(scheme) == 4


@given(st.lists(numbers.filter(bool), min_size=1, max_size=2))
@settings(max_examples=8)
def test_changes_of_one_half_only(steps):
    """Störmer–Verlet changed by steps that move x alone, then y alone: order 1, effective order 2."""
    verlet = formula(
        "verlet",
        lambda f, g, x, y: ((z := x + f(y) / 2) + f(w := y + g(z)) / 2, w),
        fields=("f", "g"),
        states=("u[n]", "v[n]"),
    )
    assert order(verlet) == effective_order(verlet) == 2
    scheme = verlet
    for i, a in enumerate(steps):
        scheme = compose(half(i, -a), scheme, half(i, a))
    assert effective_order(scheme) == 2 and order(scheme) == 1
    assert effective_order(rescale(repeat(scheme, 2), F(1, 2))) == 2


def test_a_processed_partitioned_scheme():
    """Ruth's scheme of order 3 (IEEE Trans. Nucl. Sci. 30, 1983) keeps it where the table itself has order 1."""

    def rule(f, g, x, y):
        for c, d in [(F(7, 24), F(2, 3)), (F(3, 4), F(-2, 3)), (F(-1, 24), F(1))]:
            y = y + c * g(x)
            x = x + d * f(y)
        return x, y

    ruth = formula("ruth3", rule, fields=("f", "g"), states=("u[n]", "v[n]"))
    scheme = compose(half(0, F(-1, 3)), half(1, F(1, 2)), ruth, half(1, F(-1, 2)), half(0, F(1, 3)))
    assert order(ruth) == effective_order(ruth) == effective_order(scheme) == 3 and order(scheme) == 1


def test_both_halves_at_once():
    """x + f(y), y + g(x) from the old values is Euler, and no change of variables mends that."""
    rule = lambda f, g, x, y: (x + f(y), y + g(x))  # noqa: E731
    assert effective_order(formula("at_once", rule, fields=("f", "g"), states=("u[n]", "v[n]"))) == 1


def half(i, a):
    """x + a h f(y), or y + a h g(x)."""
    rule = (lambda f, g, x, y: (x, y + a * g(x))) if i % 2 else (lambda f, g, x, y: (x + a * f(y), y))
    return formula("half", rule, fields=("f", "g"), states=("u[n]", "v[n]"))


def test_without_end():
    """u' = f(v), v' = w, w' = 0 by Euler steps is a sum that is conjugate to the integral."""
    rule = lambda f, g, u, v, w: (u + f(v), v + g(w), w)  # noqa: E731
    scheme = formula("sum", rule, fields=("f", "g"), states=("u[n]", "v[n]", "w[n]"))
    assert order(scheme) == 1
    with pytest.raises(AnalysisError, match="no finite effective order"):
        effective_order(scheme)
