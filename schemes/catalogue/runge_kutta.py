"""Runge–Kutta schemes, coefficients as printed. HNW: Hairer, Nørsett, Wanner, Solving ODEs I, 2nd ed., 1993."""

from fractions import Fraction as D
from math import inf
from typing import Any

from schemes.builders import formula, runge_kutta
from schemes.registry import register
from schemes.scheme import Scheme
from schemes.starting import EULER


@register(order=1)
def euler() -> Scheme:
    """Forward Euler: ResNet, ResNeXt."""
    return EULER


@register(order=2)
def midpoint() -> Scheme:
    """Explicit midpoint rule (Runge)."""
    return runge_kutta("midpoint", A=[["1/2"]], b=[0, 1], source="Runge 1895; HNW (II.1.4)")


@register(order=2)
def heun2() -> Scheme:
    """Heun's scheme, the explicit trapezoidal rule."""
    return runge_kutta("heun2", A=[[1]], b=["1/2", "1/2"], source="Heun 1900; HNW table II.1.1")


@register(order=3)
def kutta3() -> Scheme:
    """Kutta's third-order scheme."""
    return runge_kutta(
        "kutta3",
        A=[["1/2"], [-1, 2]],
        b=["1/6", "2/3", "1/6"],
        source="Kutta 1901; Butcher, Numerical Methods for ODEs, 233",
    )


@register(order=3, ssp_coefficient=1)
def ssprk33() -> Scheme:
    """Strong-stability-preserving scheme of Shu and Osher."""
    return runge_kutta("ssprk33", A=[[1], ["1/4", "1/4"]], b=["1/6", "1/6", "2/3"], source="Shu, Osher 1988, (2.18)")


@register(order=4)
def rk4_classic() -> Scheme:
    """The classical Runge–Kutta scheme."""
    A = (["1/2"], [0, "1/2"], [0, 0, 1])
    return runge_kutta("rk4_classic", A, b=["1/6", "1/3", "1/3", "1/6"], source="Kutta 1901; HNW table II.1.2, left")


@register(order=4)
def rk4_38() -> Scheme:
    """Kutta's 3/8 rule."""
    A = (["1/3"], ["-1/3", 1], [1, -1, 1])
    return runge_kutta("rk4_38", A, b=["1/8", "3/8", "3/8", "1/8"], source="Kutta 1901; HNW table II.1.2, right")


@register(order=3, embedded_order=2)
def bosh3() -> Scheme:
    """Bogacki–Shampine 3(2), the first stage of a step is the last of the one before."""
    return runge_kutta(
        "bosh3",
        A=[["1/2"], [0, "3/4"], ["2/9", "1/3", "4/9"]],
        b=["2/9", "1/3", "4/9", 0],
        embedded=["7/24", "1/4", "1/3", "1/8"],
        source="Bogacki, Shampine, Appl. Math. Lett. 2 (1989) 321–325",
    )


@register(order=5, embedded_order=4)
def dopri5() -> Scheme:
    """Dormand–Prince 5(4), the first stage of a step is the last of the one before."""
    b = ["35/384", 0, "500/1113", "125/192", "-2187/6784", "11/84"]
    return runge_kutta(
        "dopri5",
        A=[
            ["1/5"],
            ["3/40", "9/40"],
            ["44/45", "-56/15", "32/9"],
            ["19372/6561", "-25360/2187", "64448/6561", "-212/729"],
            ["9017/3168", "-355/33", "46732/5247", "49/176", "-5103/18656"],
            b,
        ],
        b=[*b, 0],
        embedded=["5179/57600", 0, "7571/16695", "393/640", "-92097/339200", "187/2100", "1/40"],
        source="Dormand, Prince, J. Comput. Appl. Math. 6 (1980) 19–26, table 2; HNW table II.5.2",
    )


# Published in Shu–Osher form, u^(i) = Σ α_ik u^(k) + β_ik h f(u^(k)), to 14 and 15 digits. The α of a row are made to
# sum to 1 exactly. The printed digits of ssprk53 meet its order conditions to 3.2e-10, those of ssprk54 to 1.0e-15.


@register(order=3, ssp_coefficient=2.65062919)
def ssprk53() -> Scheme:
    """Optimal strong-stability-preserving scheme of five stages and order 3."""

    def rule(f: Any, u: Any) -> Any:
        F = f(u)
        u1 = u + D("0.37726891511710") * F
        u2 = u1 + D("0.37726891511710") * f(u1)
        u3 = u + D("0.43343868085967") * (u2 - u) + D("0.16352294089771") * f(u2)
        u4 = (
            u3
            + D("0.09299483444413") * (u - u3)
            + D("0.00002090369620") * (u1 - u3)
            + D("0.00071997378654") * F
            + D("0.34217696850008") * f(u3)
        )
        return (
            u4
            + D("0.00736132260920") * (u - u4)
            + D("0.20127980325145") * (u1 - u4)
            + D("0.00182955389682") * (u2 - u4)
            + D("0.00277719819460") * F
            + D("0.00001567934613") * f(u1)
            + D("0.29786487010104") * f(u4)
        )

    source = "Spiteri, Ruuth, SIAM J. Numer. Anal. 40 (2002) 469–491; Ruuth, Math. Comp. 75 (2006) 183–207"
    return formula("ssprk53", rule, source=source, tolerance="1/1000000000")


@register(order=4, ssp_coefficient=1.508180049)
def ssprk54() -> Scheme:
    """Optimal strong-stability-preserving scheme of five stages and order 4."""

    def rule(f: Any, u: Any) -> Any:
        u1 = u + D("0.391752226571890") * f(u)
        u2 = u1 + D("0.444370493651235") * (u - u1) + D("0.368410593050371") * f(u1)
        u3 = u2 + D("0.620101851488403") * (u - u2) + D("0.251891774271694") * f(u2)
        u4 = u3 + D("0.178079954393132") * (u - u3) + D("0.544974750228521") * f(u3)
        return (
            u4
            + D("0.517231671970585") * (u2 - u4)
            + D("0.096059710526147") * (u3 - u4)
            + D("0.063692468666290") * f(u3)
            + D("0.226007483236906") * f(u4)
        )

    source = "Spiteri, Ruuth, SIAM J. Numer. Anal. 40 (2002) 469–491, table 3"
    return formula("ssprk54", rule, source=source, tolerance="1/100000000000000")


@register(order=1, ssp_coefficient=inf)
def backward_euler() -> Scheme:
    """Backward (implicit) Euler, L-stable."""
    return runge_kutta("backward_euler", A=[[1]], b=[1], source="HNW (II.7.3)")


@register(order=2, stage_order=1, ssp_coefficient=2)
def implicit_midpoint() -> Scheme:
    """Implicit midpoint rule, the Gauss scheme of one stage."""
    return runge_kutta("implicit_midpoint", A=[["1/2"]], b=[1], source="HNW (II.7.4)")


@register(order=2, stage_order=2, ssp_coefficient=2)
def trapezoid() -> Scheme:
    """Trapezoidal rule (Crank–Nicolson), the Lobatto IIIA scheme of two stages."""
    return runge_kutta("trapezoid", A=[[0, 0], ["1/2", "1/2"]], b=["1/2", "1/2"], source="HNW (II.7.5)")
