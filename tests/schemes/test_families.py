"""Collocation, Gauss, Radau, Lobatto: published tables, the simplifying conditions for many stages, and what follows.

HW: Hairer, Wanner, Solving ODEs II, 2nd ed., 1996.
"""

# ruff: noqa: SIM300 - a matrix in capitals is no constant

from fractions import Fraction
from math import factorial, isqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from schemes import SchemeError, adams_bashforth, runge_kutta
from schemes.collocated import (
    collocation,
    conjugate,
    gauss,
    lobatto_iiia,
    lobatto_iiib,
    lobatto_iiic,
    radau_ia,
    radau_iia,
)
from schemes.quadrature import real_roots

SMALL = Fraction(1, 10**50)
FAMILIES = {gauss: 1, radau_ia: 1, radau_iia: 1, lobatto_iiia: 2, lobatto_iiib: 2, lobatto_iiic: 2}
EXACT = {gauss: 1, radau_ia: 2, radau_iia: 2, lobatto_iiia: 3, lobatto_iiib: 3, lobatto_iiic: 3}

# family: order, and the B(p), C(q), D(r) of its theorem; HW IV.5, theorems 5.2–5.4 and table 5.13
CONDITIONS = {
    gauss: lambda s: (2 * s, s, s),
    radau_ia: lambda s: (2 * s - 1, s - 1, s),
    radau_iia: lambda s: (2 * s - 1, s, s - 1),
    lobatto_iiia: lambda s: (2 * s - 2, s, s - 2),
    lobatto_iiib: lambda s: (2 * s - 2, s - 2, s),
    lobatto_iiic: lambda s: (2 * s - 2, s - 1, s - 1),
}
# degrees of the numerator and the denominator of the Padé approximation R(z); HW table IV.5.13
PADE = {
    gauss: lambda s: (s, s),
    radau_ia: lambda s: (s - 1, s),
    radau_iia: lambda s: (s - 1, s),
    lobatto_iiia: lambda s: (s - 1, s - 1),
    lobatto_iiib: lambda s: (s - 1, s - 1),
    lobatto_iiic: lambda s: (s - 2, s),
}


def up_to(most):
    return [(family, s) for family, least in FAMILIES.items() for s in range(least, most + 1)]


def root(x):
    """√x by another route than the library's: the 80-digit integer square root."""
    return Fraction(isqrt(x * 10**160), 10**80)


def near(found, printed):
    rows = zip(found, printed, strict=True)
    return all(abs(x - y) <= SMALL for row in rows for x, y in zip(*row, strict=True))


def residuals(scheme, nodes, p, q, r):
    """Of B(p), C(q) and D(r); c are the nodes of the quadrature. HW section IV.5."""
    A, (b,), s = scheme.A, scheme.B, range(scheme.stages)
    for k in range(1, p + 1):
        yield sum(b[i] * nodes[i] ** (k - 1) for i in s) - Fraction(1, k)
    for k in range(1, q + 1):
        for i in s:
            yield sum(A[i][j] * nodes[j] ** (k - 1) for j in s) - nodes[i] ** k / k
    for k in range(1, r + 1):
        for j in s:
            yield sum(b[i] * nodes[i] ** (k - 1) * A[i][j] for i in s) - b[j] * (1 - nodes[j] ** k) / k


def nodes(family, scheme):
    """Row sums, but for the two whose first C(1) fails: Radau IA and Lobatto IIIB of few stages share their nodes."""
    if family is radau_ia:
        return [1 - x for x in reversed(nodes(radau_iia, radau_iia(scheme.stages)))]
    if family is lobatto_iiib:
        return nodes(lobatto_iiia, lobatto_iiia(scheme.stages))
    return [sum(row, Fraction(0)) for row in scheme.A]


@pytest.mark.parametrize(("family", "s"), up_to(4))
def test_order_stability_and_symmetry_are_those_of_the_theorems(family, s):
    scheme = family(s)
    p, q, _ = CONDITIONS[family](s)
    assert analysis.order(scheme) == p
    if s > 2:  # with fewer stages row sums differ from the nodes, or the stage order is limited by p
        assert analysis.stage_order(scheme) == q
    assert analysis.a_stable(scheme)
    assert analysis.l_stable(scheme) == (family in (radau_ia, radau_iia, lobatto_iiic))
    symmetric = family in (gauss, lobatto_iiia, lobatto_iiib)
    assert str(analysis.symmetric_order(scheme)) == ("∞" if symmetric else str(p + (p % 2 == 0)))
    if family is gauss:
        assert str(analysis.symplectic_order(scheme)) == "∞"


@pytest.mark.parametrize(("family", "s"), up_to(3))
def test_stability_function_is_the_pade_approximation(family, s):
    """The (k, j) approximation of exp in closed form; HW theorem IV.3.11."""
    k, j = PADE[family](s)
    z = Fraction(-7, 3)

    def half(k, j, z):
        terms = range(k + 1)
        return sum(
            Fraction(factorial(k) * factorial(j + k - i), factorial(k - i) * factorial(j + k) * factorial(i)) * z**i
            for i in terms
        )

    assert abs(analysis.stability_function(family(s))(z=z) - half(k, j, z) / half(j, k, -z)) < Fraction(1, 10**45)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("s", [5, 8, 12])
def test_many_stages_meet_the_simplifying_conditions_of_their_order(family, s):
    """B(p), C(q), D(r) with p ≤ q + r + 1, p ≤ 2q + 2 are order p: Butcher's theorem, HW IV.5.1."""
    scheme = family(s)
    p, q, r = CONDITIONS[family](s)
    assert max(map(abs, residuals(scheme, nodes(family, scheme), p, q, r))) < SMALL
    *_, beyond = residuals(scheme, nodes(family, scheme), p + 1, 0, 0)
    assert abs(beyond) > 10**20 * SMALL  # and no more than p


@pytest.mark.parametrize("family", FAMILIES)
def test_tables_with_rational_nodes_are_exact_and_others_say_how_far_they_are_rounded(family):
    for s in range(FAMILIES[family], 6):
        scheme = family(s)
        assert scheme.exact == (s <= EXACT[family])
        assert scheme.tolerance == (0 if scheme.exact else SMALL)
        assert sum(scheme.B[0]) == 1  # exactly, also where rounded
        assert scheme.source and scheme.name == f"{family.__name__}{s}"


@pytest.mark.parametrize("family", [gauss, lobatto_iiia, lobatto_iiib])
@pytest.mark.parametrize("s", [3, 4, 7])
def test_rounded_symmetric_tables_are_symmetric_exactly(family, s):
    """a_{s+1-i,s+1-j} + a_ij = b_j; HLW, Geometric Numerical Integration, theorem V.2.3."""
    A, b = family(s).A, family(s).B[0]
    assert all(A[-1 - i][-1 - j] + A[i][j] == b[j] == b[-1 - j] for i in range(s) for j in range(s))


@pytest.mark.parametrize("s", [3, 4, 6])
def test_rounded_tables_keep_what_first_and_last_stages_share_with_the_weights(s):
    for family in (radau_iia, lobatto_iiia, lobatto_iiic):
        assert family(s).A[-1] == family(s).B[0]  # stiffly accurate
    for family in (radau_ia, lobatto_iiib, lobatto_iiic):
        column = [row[0] for row in family(s).A]
        assert all(abs(x - family(s).B[0][0]) <= SMALL for x in column)
    assert not any(lobatto_iiia(s).A[0]) and not any(row[-1] for row in lobatto_iiib(s).A)


# ---- published tables ----------------------------------------------------------------------------------------------


def test_gauss_of_two_and_three_stages_are_the_printed_ones():
    """HW tables IV.5.1, IV.5.2."""
    r, q = root(3), root(15)
    two = [[Fraction(1, 4), Fraction(1, 4) - r / 6], [Fraction(1, 4) + r / 6, Fraction(1, 4)]]
    assert near(gauss(2).A, two) and near(gauss(2).B, [[Fraction(1, 2)] * 2])
    a, b = Fraction(5, 36), Fraction(2, 9)
    three = [
        [a, b - q / 15, a - q / 30],
        [a + q / 24, b, a - q / 24],
        [a + q / 30, b + q / 15, a],
    ]
    assert near(gauss(3).A, three) and near(gauss(3).B, [[Fraction(5, 18), Fraction(4, 9), Fraction(5, 18)]])


def test_radau_of_two_and_three_stages_are_the_printed_ones():
    """HW tables IV.5.3, IV.5.4, IV.5.5, IV.5.6."""
    quarter = Fraction(1, 4)
    assert radau_ia(2).A == ((quarter, -quarter), (quarter, Fraction(5, 12))) and radau_ia(1).A == ((1,),)
    assert radau_iia(2).A == ((Fraction(5, 12), Fraction(-1, 12)), (3 * quarter, quarter))
    q = root(6)
    iia = [
        [(88 - 7 * q) / 360, (296 - 169 * q) / 1800, (-2 + 3 * q) / 225],
        [(296 + 169 * q) / 1800, (88 + 7 * q) / 360, (-2 - 3 * q) / 225],
        [(16 - q) / 36, (16 + q) / 36, Fraction(1, 9)],
    ]
    assert near(radau_iia(3).A, iia)
    ia = [
        [Fraction(1, 9), (-1 - q) / 18, (-1 + q) / 18],
        [Fraction(1, 9), (88 + 7 * q) / 360, (88 - 43 * q) / 360],
        [Fraction(1, 9), (88 + 43 * q) / 360, (88 - 7 * q) / 360],
    ]
    assert near(radau_ia(3).A, ia)


def test_lobatto_of_two_to_four_stages_are_the_printed_ones():
    """HW tables IV.5.7, IV.5.9, IV.5.11, IV.5.12; the trapezoid and Simpson's weights."""

    def exactly(scheme, denominator, rows):
        return scheme.A == tuple(tuple(Fraction(x, denominator) for x in row) for row in rows)

    assert exactly(lobatto_iiia(2), 2, [[0, 0], [1, 1]])
    assert exactly(lobatto_iiia(3), 24, [[0, 0, 0], [5, 8, -1], [4, 16, 4]])
    assert exactly(lobatto_iiib(2), 2, [[1, 0], [1, 0]])
    assert exactly(lobatto_iiib(3), 6, [[1, -1, 0], [1, 2, 0], [1, 5, 0]])
    assert exactly(lobatto_iiic(2), 2, [[1, -1], [1, 1]])
    assert exactly(lobatto_iiic(3), 12, [[2, -4, 2], [2, 5, -1], [2, 8, 2]])
    q, t = root(5), Fraction(1, 12)
    four = [
        [t, -q / 12, q / 12, -t],
        [t, Fraction(1, 4), (10 - 7 * q) / 60, q / 60],
        [t, (10 + 7 * q) / 60, Fraction(1, 4), -q / 60],
        [t, 5 * t, 5 * t, t],
    ]
    assert near(lobatto_iiic(4).A, four)


# ---- collocation, roots --------------------------------------------------------------------------------------------

distinct = st.lists(
    st.builds(Fraction, st.integers(-3, 6), st.integers(1, 5)), min_size=1, max_size=4, unique=True
).filter(any)


@settings(max_examples=25, deadline=None)
@given(distinct)
def test_collocation_integrates_polynomials_of_degree_below_s_over_every_stage(c):
    scheme = collocation(c)
    assert scheme.exact and not any(residuals(scheme, c, len(c), len(c), 0))
    assert scheme.tolerance == 0 and analysis.order(scheme) >= len(c)
    assert analysis.stage_order(scheme) >= min(len(c), analysis.order(scheme))


@settings(max_examples=25, deadline=None)
@given(distinct)
def test_conjugate_twice_is_the_identity_and_swaps_c_and_d(c):
    scheme = collocation(c)
    A, b = [list(row) for row in scheme.A], list(scheme.B[0])
    if all(b):
        other = collocation(c, "other")
        swapped = conjugate(A, b)
        assert conjugate(swapped, b) == A
        D = [
            sum(b[i] * c[i] ** k * swapped[i][j] for i in range(len(b))) - b[j] * (1 - c[j] ** (k + 1)) / (k + 1)
            for k in range(len(c))
            for j in range(len(c))
        ]
        assert not any(D) and other.table == scheme.table


def test_collocation_reads_strings_and_names_and_meets_its_relatives():
    assert collocation([0, "1/2", 1]).table == lobatto_iiia(3).table
    assert collocation(["1/3", "1"], "mine").name == "mine" and collocation(["1/3", 1]).table == radau_iia(2).table
    assert collocation([0]).table == adams_bashforth(1).table
    assert collocation([0, 1]).table == runge_kutta("trapezoid", [[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"]).table
    family = collocation(["c", 1])  # Radau IIA is its member at 1/3
    assert family.at(c="1/3").table == radau_iia(2).table and analysis.order(family) == 2


@pytest.mark.parametrize("digits", [20, 70])
def test_real_roots_are_exact_where_rational_and_correctly_rounded_elsewhere(digits):
    # (2x - 1)(3x - 1)(x² - 2) = 6x⁴ - 5x³ - 11x² + 10x - 2
    found = real_roots([-2, 10, -11, -5, 6], Fraction(0), Fraction(2), digits)
    assert found[:2] == [Fraction(1, 3), Fraction(1, 2)]
    assert abs(found[2] - root(2)) <= Fraction(1, 2 * 10**digits) and found[2] * 10**digits % 1 == 0
    assert real_roots([1, 0, 1], Fraction(-5), Fraction(5)) == [] == real_roots([3], Fraction(0), Fraction(1))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: gauss(0), "gauss: stages = 0 must be a whole number, at least 1"),
        (lambda: gauss(2.0), "stages = 2.0"),
        (lambda: radau_ia(-1), "radau_ia"),
        (lambda: radau_iia(0), "radau_iia"),
        (lambda: lobatto_iiia(1), "lobatto_iiia: stages = 1 must be a whole number, at least 2"),
        (lambda: lobatto_iiib(1), "lobatto_iiib"),
        (lambda: lobatto_iiic(1), "lobatto_iiic"),
        (lambda: gauss(True), "stages = True"),
        (lambda: collocation([]), "no nodes"),
        (lambda: collocation(["1/2", 0, Fraction(2, 4)]), "the node 1/2 stands twice"),
        (lambda: collocation([0.5, 1]), "float"),
        (lambda: collocation("1/2"), "no list"),
    ],
)
def test_wrong_arguments_get_a_sentence(make, words):
    with pytest.raises(SchemeError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
