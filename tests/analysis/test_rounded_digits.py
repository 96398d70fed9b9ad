"""Exact tables cut to 50 digits keep their facts: roots, registers, SSP coefficients, ends of intervals, damping."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis import (
    AnalysisError,
    Unknown,
    certificate,
    dispersion_order,
    dissipation_order,
    order,
    real_interval,
    registers,
    ssp_coefficient,
    zero_stability,
)
from analysis.certificates import ask
from analysis.enumeration import number_of_trees
from analysis.levels import of_order
from analysis.trees import PLAIN
from analysis.weights import conditions, order_bounds
from schemes import (
    adams_bashforth,
    bdf,
    gauss,
    get,
    lobatto_iiia,
    lobatto_iiib,
    lobatto_iiic,
    milne_simpson,
    multistep,
    nystrom,
    radau_ia,
    radau_iia,
)
from tests.strategies import multisteps, runge_kuttas

F = Fraction
UNIT = F(1, 10**50)


def cut(scheme):
    tables = {m: [[round(x / UNIT) * UNIT for x in row] for row in getattr(scheme, m)] for m in "AUBV"}
    return replace(scheme, **tables, tolerance=UNIT)


def from_roots(*roots):
    """A multistep scheme with ρ = Π (ζ - root), σ = ζ^(k-1)."""
    rho = [F(1)]
    for x in roots:
        rho = [F(0), *rho]
        rho = [c - x * d for c, d in zip(rho, [*rho[1:], F(0)], strict=True)]
    return multistep("roots", rho, [0] * (len(roots) - 1) + [1, 0])


DOUBLE = multistep("double", [F(-1, 9), F(-5, 9), F(-1, 3), 1], [0, 0, F(16, 9), 0])
NO_SSP = multistep("no_ssp", [F(-4, 9), F(16, 9), F(-7, 3), 1], [0, 0, F(1, 9), 0])


# ---- roots ---------------------------------------------------------------------------------------------------------


def spectrum(scheme):
    return [(root.value, root.multiplicity) for root in zero_stability(scheme).roots]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([F(1, 3), F(-2, 3), F(5, 7), F(-1, 7)]), max_size=5))
@example([F(1, 3)] * 2 + [F(2, 3)] * 3)  # the mean of 1, 2/3 and 1/3 is a triple root, they are not
def test_a_multiple_root_that_rounding_splits_is_one(roots):
    scheme = from_roots(F(1), *roots)
    assert spectrum(cut(scheme)) == spectrum(scheme)
    assert spectrum(scheme) == sorted({(x, (1, *roots).count(x)) for x in (F(1), *roots)}, key=lambda r: -abs(r[0]))
    assert zero_stability(cut(scheme)).strictly_stable


@pytest.mark.parametrize(
    ("middle", "twice", "stable"), [(F(-2, 3), False, True), (F(-2, 3), True, False), (F(-22, 7), False, False)]
)
def test_complex_roots_on_the_circle(middle, twice, stable):
    """ρ = (ζ - 1)(ζ² + middle ζ + 1), the second factor once or twice; roots of |middle| > 2 leave the circle."""
    rho = [F(-1), 1 - middle, middle - 1, F(1)]
    if twice:
        padded = [F(0), F(0), *rho, F(0), F(0)]
        rho = [padded[i] + middle * padded[i + 1] + padded[i + 2] for i in range(6)]
    scheme = multistep("circle", rho, [0] * (len(rho) - 2) + [1, 0])
    assert zero_stability(cut(scheme)).stable == zero_stability(scheme).stable == stable
    assert [m for _, m in spectrum(cut(scheme))] == [m for _, m in spectrum(scheme)]


def test_a_certificate_never_raises():
    """The numerical roots of the digits' own ρ, two of them 10⁻²⁵ apart, did not converge."""
    assert certificate(cut(DOUBLE)).zero_stability.stable
    assert certificate(cut(DOUBLE)).unanswered == {}

    def question():
        from mpmath.libmp import NoConvergence

        raise NoConvergence

    assert isinstance(ask(question), Unknown)


# ---- storage and monotonicity --------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.one_of(runge_kuttas(), multisteps()))
def test_registers_of_digits_are_those_of_the_table(scheme):
    assert registers(cut(scheme)) == registers(scheme)


def test_registers_that_schemes_were_made_for():
    """Gill 1951; 3S* of Ranocha et al. 2022 and of Parsani et al. 2013; 2N of Carpenter, Kennedy 1994."""
    three = ("rdpk3sp49", "rdpk3sp510", "parsani94")
    assert [registers(get(name)) for name in ("gill4", "carpenter_kennedy54", *three)] == [2, 2, 3, 3, 3]
    assert registers(cut(get("hamming"))) == registers(get("hamming")) == 7


@settings(max_examples=15, deadline=None)
@given(st.one_of(runge_kuttas(), runge_kuttas(explicit=False), multisteps()))
def test_ssp_coefficients_of_digits_are_those_of_the_table(scheme):
    try:
        expected = float(ssp_coefficient(scheme))
    except AnalysisError:
        return
    assert float(ssp_coefficient(cut(scheme))) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_ssp_coefficients_of_rounded_tables():
    """17/30: Gottlieb, Ketcheson, Shu 2009. The conditions of the SDIRK of seven stages, its entries
    that are meant to be 0 let through, end at 8.671031, which NodePy gives too."""
    assert ssp_coefficient(cut(get("sspms63"))) == F(17, 30)
    assert ssp_coefficient(get("sfsdirk7")) == pytest.approx(8.671031, abs=1e-6)
    assert ssp_coefficient(cut(NO_SSP)) == ssp_coefficient(NO_SSP) == 0


def test_decimals_are_shown_as_far_as_they_hold():
    """Sixteen digits of the same table tell what fewer of them left open."""
    fine = get("ssprk53_h")
    for digits in (9, 11, 13):
        unit = F(1, 10**digits)
        coarse = fine.mapped(lambda x, unit=unit: round(x / unit) * unit, tolerance=unit)
        found = ssp_coefficient(coarse)
        places = len(str(found).partition(".")[2])
        assert digits - 4 <= places < digits and abs(found - 2.650629191439) <= 10.0**-places


# ---- stability on lines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pece", "euler", "rk4_classic", "ab3", "heun2", "leapfrog"])
def test_ends_belong_to_the_interval_as_those_of_the_table(name):
    """At -12/5 two eigenvalues of PECE meet on the unit circle: the powers grow there, the end is open."""
    exact, found = real_interval(get(name)), real_interval(cut(get(name)))
    assert float(found.low) == pytest.approx(float(exact.low), abs=1e-12)
    assert (found.low_closed, found.high_closed) == (exact.low_closed, exact.high_closed)


@pytest.mark.parametrize("scheme", [adams_bashforth(3), bdf(3), milne_simpson(2), nystrom(3), adams_bashforth(5)])
def test_damping_of_several_states(scheme):
    for question in (dispersion_order, dissipation_order):
        assert question(cut(scheme)) == question(scheme)


# ---- order ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", [2, 3, 5, 10])
def test_collocation_of_any_order(s):
    """Hairer, Wanner, Solving ODEs II, theorems IV.5.2–5.4 and table IV.5.13."""
    families = (gauss, radau_ia, radau_iia, lobatto_iiia, lobatto_iiib, lobatto_iiic)
    assert [order(f(s)) for f in families] == [2 * s, 2 * s - 1, 2 * s - 1, *[2 * s - 2] * 3]


def by_trees(scheme):
    return next(n - 1 for n, met in enumerate(conditions(scheme), start=1) if not met)


@settings(max_examples=60, deadline=None)
@given(st.one_of(runge_kuttas(most=3), runge_kuttas(explicit=False, most=2)))
def test_simplifying_assumptions_enclose_the_order(scheme):
    least, most = order_bounds(scheme)
    assert least <= by_trees(scheme) <= most


def test_bounds_of_known_schemes():
    """RK4 has C(1), D(1): 3 at least; the trees decide. Gauss with three stages C(3), D(3)."""
    assert order_bounds(get("rk4_classic")) == (3, 4) and order_bounds(gauss(3)) == (6, 6) == (by_trees(gauss(3)),) * 2


def test_numbers_of_trees():
    """OEIS A000081; coloured ones by listing them."""
    assert [number_of_trees(n) for n in (1, 5, 10, 15, 20)] == [1, 9, 719, 87811, 12826228]
    for grammar in (PLAIN, ((0, 1), (0, 1)), ((1,), (0,)), ((0, 1), (0,)), ((), (0,))):
        assert all(number_of_trees(n, grammar) == sum(1 for _ in of_order(n, grammar)) for n in range(1, 7))


def test_too_many_trees_are_refused_in_a_sentence():
    """Gauss with eight stages, the last one in two halves that others weight differently: order 16, but no D(k)."""
    scheme, h = gauss(8), F(1, 1000)
    b = scheme.B[0]
    rows = [[*a[:-1], a[-1] / 2 + i * h, a[-1] / 2 - i * h] for i, a in enumerate((*scheme.A, scheme.A[-1]))]
    split = replace(scheme, name="split", A=rows, B=[[*b[:-1], b[-1] / 2, b[-1] / 2]], U=[[1]] * 9, fields=())
    with pytest.raises(AnalysisError, match="split may have order 15 or more, and that has 87811 conditions, too many"):
        order(split)
