"""Numerical damping and phase error: published orders and constants, symmetry, floating point."""

from cmath import phase
from fractions import Fraction
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, stability_matrix
from analysis.damping import dispersion_constant, dispersion_order, dissipation_constant, dissipation_order
from schemes import adams_bashforth, bdf, get, milne_simpson, nystrom
from tests.strategies import runge_kuttas, schemes

F = Fraction


@pytest.mark.parametrize(
    ("scheme", "dispersion", "dissipation"),
    [
        # van der Houwen, Sommeijer 1987: log of the Taylor polynomials, z - z⁵/120 + z⁶/144 for degree 4
        (get("euler"), (2, F(1, 3)), (1, F(-1, 2))),
        (get("heun2"), (2, F(-1, 6)), (3, F(-1, 8))),
        (get("ssprk33"), (4, F(-1, 30)), (3, F(1, 24))),
        (get("rk4_classic"), (4, F(1, 120)), (5, F(1, 144))),
        (get("trapezoid"), (2, F(1, 12)), (inf, 0)),  # arg = 2 atan(y/2)
        (get("implicit_midpoint"), (2, F(1, 12)), (inf, 0)),
        (get("leapfrog"), (2, F(-1, 6)), (inf, 0)),  # arg = arcsin y
        (get("lm2", k=1), (2, F(-1, 6)), (inf, 0)),  # the same in units of the effective step
        (milne_simpson(2), (4, F(-1, 180)), (inf, 0)),
    ],
)
def test_orders_and_constants(scheme, dispersion, dissipation):
    assert (dispersion_order(scheme), dispersion_constant(scheme)) == dispersion
    assert (dissipation_order(scheme), dissipation_constant(scheme)) == dissipation


def test_rounded_tables_count_by_their_tolerance():
    """A Runge–Kutta scheme of order 3 has c_4 ≠ 0, one of order 4 has c_5 ≠ 0 and c_6 ≠ 0."""
    assert [(dispersion_order(s), dissipation_order(s)) for s in map(get, ("ssprk53", "ssprk54"))] == [(4, 3), (4, 5)]


@pytest.mark.parametrize("scheme", [get("rk4_classic"), adams_bashforth(3), bdf(2), nystrom(3), get("lm2", k=F(1, 3))])
def test_constants_are_the_errors_at_a_small_step(scheme):
    """ζ(iy) as the eigenvalue nearest e^(iY) in floating point."""
    w, y = F(1) / (1 + F(1, 3)) if scheme.name == "lm2" else 1, 0.05
    Y = float(w * y)
    M = [[complex(x(z=1j * y)) if callable(x) else complex(x) for x in row] for row in stability_matrix(scheme)]
    zeta = min(np.linalg.eigvals(np.array(M)), key=lambda x: abs(x - np.exp(1j * Y)))
    lag, loss = (
        float(constant(scheme)) * Y ** (order(scheme) + 1)
        for constant, order in ((dispersion_constant, dispersion_order), (dissipation_constant, dissipation_order))
    )
    assert Y - phase(zeta) == pytest.approx(lag, rel=0.1) and 1 - abs(zeta) == pytest.approx(loss, rel=0.1)


@settings(max_examples=15)
@given(runge_kuttas(most=2), st.data())
def test_a_symmetric_composition_conserves(scheme, data):
    """R(z)/R(-z), a scheme after its adjoint: |R(iy)| = 1."""
    from schemes import Scheme
    from schemes.rewriting import adjoint, product

    back = adjoint(scheme)  # the inverse of the step with -h
    s, zero = scheme.stages, (F(0),) * scheme.stages
    A = (*((*row, *zero) for row in back.A), *((*b, *row) for b, row in zip(back.B * s, scheme.A, strict=True)))
    both = Scheme("both", A=A, U=((1,),) * 2 * s, B=(back.B[0] + scheme.B[0],), V=((1,),))
    assert product(both.B, both.U) == ((2 * sum(scheme.B[0]),),)
    try:
        assert dissipation_order(both) == inf
    except AnalysisError as error:
        assert "inconsistent" in str(error) and sum(scheme.B[0]) == 0


@settings(max_examples=30)
@given(st.one_of(schemes(True), schemes(False)))
def test_every_scheme_has_an_answer_or_a_sentence(scheme):
    try:
        q, r = dispersion_order(scheme), dissipation_order(scheme)
    except AnalysisError as error:
        assert str(error).startswith(scheme.name)
    else:
        assert q >= 2 and q % 2 == 0 and (r == inf or r % 2 == 1)


def test_free_parameters_are_refused():
    for question in (dispersion_order, dissipation_order, dispersion_constant, dissipation_constant):
        with pytest.raises(AnalysisError, match="fix k first"):
            question(get("lm2"))
    with pytest.raises(AnalysisError, match="multiple principal root"):
        dissipation_order(get("revnet"))
