"""Symplectic, symmetric and energy order: the map's own conditions, known schemes, exact steps of a Hamiltonian."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import factorial, inf, log2, prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, order
from analysis.geometry import (
    Reach,
    energy_conditions,
    energy_defects,
    energy_order,
    graftings,
    leaf_paths,
    symmetric_order,
    symplectic_order,
    turned,
)
from analysis.series import underlying
from analysis.trees import children, colour, cuts, rooted, tree
from analysis.trees import order as size
from schemes import SchemeError, adjoint, compose, formula, general_linear, get, names, repeat, runge_kutta, step
from schemes.equivalence import equivalent, merged
from tests.analysis.reference import trees_to
from tests.analysis.test_local_error import GAUSS2, LOBATTO3, RADAU2
from tests.sample import over_b_series
from tests.strategies import general_linears, numbers, runge_kuttas

F = Fraction
VERLET = formula(
    "verlet",
    lambda f, g, x, y: ((z := x + f(y) / 2) + f(w := y + g(z)) / 2, w),
    fields=("f", "g"),
    states=("u[n]", "v[n]"),
)
RALSTON = runge_kutta("ralston2", [["2/3"]], ["1/4", "3/4"])
SAMPLED = st.sampled_from([get(n) for n in names() if not get(n).operator and not get(n).tolerance])
FREE_SCHEMES = st.one_of(runge_kuttas(most=3), runge_kuttas(explicit=False, most=2), general_linears())


def test_how_a_reach_is_printed():
    assert [str(Reach(4)), str(Reach(8, exact=False)), str(Reach(inf))] == ["4", "≥ 8", "∞"]


@pytest.mark.parametrize(
    ("scheme", "symplectic", "symmetric", "energy"),
    [  # Hairer, Lubich, Wanner: symplectic VI.4, symmetric V.2 (collocation) and XV.1; energy: numerics.md section 9
        (get("euler"), "1", "1", "1"),
        (get("heun2"), "3", "3", "2"),  # |R(iy)|² = 1 + y⁴/4
        (get("rk4_classic"), "4", "5", "4"),
        (get("implicit_midpoint"), "∞", "∞", "2"),
        (get("trapezoid"), "2", "∞", "2"),
        (GAUSS2, "∞", "∞", "4"),
        (LOBATTO3, "4", "∞", "4"),
        (RADAU2, "3", "3", "3"),
        (get("leapfrog"), "2", "∞", "2"),  # not symplectic: Hairer, Lubich, Wanner, XV.4 (Tang 1993)
        (get("milne_simpson"), "4", "∞", "4"),
        (get("ab2"), "2", "3", "2"),
        (get("lm2"), "1", "1", "1"),
        (get("lm2", k=1), "2", "∞", "2"),
        (RALSTON, "2", "3", "3"),
    ],
    ids=lambda x: getattr(x, "name", None),
)
def test_known_schemes(scheme, symplectic, symmetric, energy):
    found = symplectic_order(scheme), symmetric_order(scheme), energy_order(scheme)
    assert tuple(map(str, found)) == (symplectic, symmetric, energy)


@pytest.mark.parametrize(
    ("scheme", "symplectic", "symmetric"),
    [(get("revnet"), inf, 1), (VERLET, inf, inf), (compose(get("revnet"), get("revnet")), inf, 1)],
    ids=lambda x: getattr(x, "name", None),
)
def test_partitioned_schemes(scheme, symplectic, symmetric):
    """x' = f(y), y' = g(x): Hairer, Lubich, Wanner, I.1.4, VI.3."""
    assert (symplectic_order(scheme).order, symmetric_order(scheme).order) == (symplectic, symmetric)
    with pytest.raises(AnalysisError, match="one field"):
        energy_order(scheme)


@pytest.mark.parametrize("name", over_b_series())
def test_nothing_is_lost_below_the_order(name):
    scheme = get(name)
    reaches = [symplectic_order(scheme), symmetric_order(scheme)]
    if len(underlying(scheme).structure.names) == 1:
        reaches.append(energy_order(scheme))
    assert all(r.order >= order(scheme) for r in reaches)
    symmetric = reaches[1]
    assert symmetric.order == inf or symmetric.order % 2 or not symmetric.exact  # 6 may be "at least 6"


# ---- second derivations --------------------------------------------------------------------------------------------


@given(st.one_of(FREE_SCHEMES, SAMPLED))
def test_symplectic_by_the_map(scheme):
    """a(u∘v) + a(v∘u) = a(u) a(v) for |u| + |v| ≤ q and not for q + 1: Hairer, Lubich, Wanner, VI.7."""
    with_reach(scheme, symplectic_order, lambda a, n: all(map_is_symplectic(a, scheme, n)))


def map_is_symplectic(a, scheme, n):
    grammar = underlying(scheme).structure.grammar
    sized = {m: [t for c in range(len(grammar)) for t in rooted(m, c, grammar)] for m in range(1, n)}
    for m in range(1, n):
        for u in sized[m]:
            for v in sized[n - m]:
                uv, vu = tree([*children(u), v], colour(u)), tree([*children(v), u], colour(v))
                yield uv not in a or vu not in a or a[uv] + a[vu] == a[u] * a[v]


@given(st.one_of(runge_kuttas(most=3), runge_kuttas(explicit=False, most=2), SAMPLED.filter(lambda s: len(s.V) == 1)))
def test_symmetric_by_the_adjoint(scheme):
    """Φ and its adjoint have the same weights to order q and not to q + 1: Hairer, Lubich, Wanner, II.3."""
    back = underlying(adjoint(scheme))
    with_reach(scheme, symmetric_order, lambda a, n: all(a[t] == back.map[t] for t in back.trees(n)))


def with_reach(scheme, question, holds):
    try:
        q = question(scheme)
    except (AnalysisError, SchemeError) as error:
        assert scheme.name in str(error)
        return
    series, last = underlying(scheme), 5 if q.order == inf else int(q.order)
    a = {t: series.map[t] for n in range(1, last + 2) for t in series.trees(n)}
    assert all(holds(a, n) for n in range(1, last + 1))
    assert q.order == inf or not q.exact or not holds(a, last + 1)


@given(st.lists(numbers.filter(bool), min_size=1, max_size=4).filter(sum))
@settings(max_examples=15)
def test_implicit_midpoint_steps_of_any_sizes(b):
    """b_i a_ij + b_j a_ji = b_i b_j holds: symplectic, and symmetric if the sizes read the same from both ends."""
    assert symplectic_order(midpoints(b)).order == inf
    assert (symmetric_order(midpoints(b)).order == inf) == (b == b[::-1])
    assert symplectic_order(midpoints(b + b[::-1])).order == symmetric_order(midpoints(b + b[::-1])).order == inf


def midpoints(b):
    A = [[*b[:i], x / 2, *[0] * (len(b) - i - 1)] for i, x in enumerate(b)]
    return runge_kutta("midpoints", A, b)


@given(numbers, numbers, numbers)
@settings(max_examples=10)
def test_twin_stages_count_once(x, y, share):
    """The implicit midpoint with its stage written twice fails the condition entry by entry."""
    twins = runge_kutta("twins", [[x, F(1, 2) - x], [y, F(1, 2) - y]], [share, 1 - share])
    assert symplectic_order(twins).order == symmetric_order(twins).order == inf
    assert merged(twins).table == get("implicit_midpoint").table and equivalent(twins, get("implicit_midpoint"))


def test_equivalence_tells_methods_apart():
    rk4, twice = get("rk4_classic"), repeat(get("heun2"), 2)
    assert equivalent(rk4, rk4) and not equivalent(rk4, get("rk4_38")) and merged(twice).stages == 4
    shuffled = runge_kutta("shuffled", [[0, 0], [0, 0]], [F(1, 3), F(2, 3)])
    assert equivalent(shuffled, get("euler")) and not equivalent(shuffled, get("backward_euler"))
    for other in ({"U": ((0, 1),)}, {"V": ((1, 0), (1, 0))}):  # the leapfrog's are ((1, 0),) and ((0, 1), (1, 0))
        assert not equivalent(get("leapfrog"), replace(get("leapfrog"), **other))
    two = formula("two", lambda f, g, u: u + f(u) + g(u), fields=("f", "g"))
    assert merged(two).stages == 2


def test_a_history_that_does_not_move_on_is_no_history():
    """Named like the leapfrog, and its own mirror image, but the second state is no value of the first."""
    odd = general_linear("odd", [["1/2"]], [[1, 0]], [[2], [1]], [[0, 1], [1, 0]], states=("u[n]", "u[n-1]"))
    assert symmetric_order(odd) == Reach(3)


def test_what_no_theorem_decides_is_only_searched():
    """The implicit midpoint with a velocity beside it: one component of two states."""
    kept = general_linear("kept", [["1/2"]], [[1, 0]], [[1], [1]], [[1, 0], [1, 0]], states=("u[n]", "v[n]"))
    assert symplectic_order(kept) == Reach(6, exact=False) and str(symplectic_order(kept)) == "≥ 6"


def test_fields_without_a_partner_have_no_symplectic_condition():
    """u' = f(v), v' = g(w), w' = 0: no tree of f on g and of g on f both exist."""
    assert graftings(2, ((1,), ())) == () and len(graftings(2, ((1,), (0,)))) == 1
    rule = lambda f, g, u, v, w: (u + f(v), v + g(w), w)  # noqa: E731
    chain = formula("chain", rule, fields=("f", "g"), states=("u[n]", "v[n]", "w[n]"))
    assert symplectic_order(chain).order == inf


# ---- energy --------------------------------------------------------------------------------------------------------


def average_vector_field(n):
    """u' = u + h ∫ f(u + τ (u' - u)) dτ: a([t_1 … t_m]) = Π a(t_i)/(m+1), and its field by numerics.md section 3."""
    a, b, L = {}, {}, {}
    for t in trees_to(n):
        a[t] = prod((a[c] for c in children(t)), start=F(1)) / (len(children(t)) + 1)
        L[t] = [F(0)] * (size(t) + 1)
        for theta, delta, m in cuts(t):
            for j in range(1, size(theta) + 1):
                L[t][j + 1] += m * L[theta][j] * b[delta]
        b[t] = L[t][1] = a[t] - sum(L[t][j] / factorial(j) for j in range(2, size(t) + 1))
    return b


def test_the_average_vector_field_conserves_energy():
    """Quispel, McLaren, J. Phys. A 41 (2008) 045206: energy to every order, order 2, symmetric, not symplectic."""
    b = average_vector_field(8)
    assert not any(x for n in range(1, 9) for x in energy_defects(b, n))
    assert all(b[t] == 0 for n in (2, 4, 6, 8) for t in rooted(n)) and any(b[t] for t in rooted(3))
    assert any(b[u] + b[v] for u, v in graftings(3))


@pytest.mark.parametrize("n", range(1, 8))
def test_the_conditions_are_the_complement_of_the_span(n):
    """Orthogonal to all t + (-1)^m t̂ and as many as the rank leaves: Celledoni et al. 2010."""
    trees, vectors = rooted(n), []
    for t in rooted(n):
        for path in leaf_paths(t):
            vectors.append(Counter({t: 1}))
            vectors[-1][turned(path)] += (-1) ** len(path)
    conditions = energy_conditions(n)
    assert all(sum(s * v[t] for t, s in x) == 0 for x in conditions for v in vectors)
    assert np.linalg.matrix_rank([[v[t] for t in trees] for v in vectors]) == len(trees) - len(conditions)


@pytest.mark.parametrize(
    "scheme",
    [get("euler"), get("heun2"), RALSTON, get("kutta3"), get("rk4_classic"), get("dopri5")],
    ids=lambda s: s.name,
)
def test_the_energy_of_an_exact_step(scheme):
    """H(y_1) - H(y_0) = O(h^(q+1)) and no better, by steps of a quartic Hamiltonian in fractions."""

    def drift(h):
        (after,) = step(scheme, flow, [Vector(START)], h)
        return abs(hamiltonian(after) - hamiltonian(START))

    rate = log2(drift(F(1, 10**4)) / drift(F(1, 2 * 10**4)))
    assert rate == pytest.approx(energy_order(scheme).order + 1, abs=0.02)


START = (F(1, 2), F(-1, 3), F(2, 5), F(3, 4))


class Vector(tuple):
    def __add__(self, other):
        return Vector(x + y for x, y in zip(self, other, strict=True))

    def __rmul__(self, c):
        return Vector(c * x for x in self)


def hamiltonian(y):
    """(p² + q²)/2 + q1 p2² + q1³ q2 + p1 p2 q2."""
    q1, q2, p1, p2 = y
    return (q1**2 + q2**2 + p1**2 + p2**2) / 2 + q1 * p2**2 + q1**3 * q2 + p1 * p2 * q2


def flow(y):
    """q' = ∂H/∂p, p' = -∂H/∂q."""
    q1, q2, p1, p2 = y
    return Vector(
        (
            p1 + p2 * q2,
            p2 + 2 * q1 * p2 + p1 * q2,
            -(q1 + p2**2 + 3 * q1**2 * q2),
            -(q2 + q1**3 + p1 * p2),
        )
    )
