"""Runge–Kutta schemes, coefficients as printed. HNW: Hairer, Nørsett, Wanner, Solving ODEs I, 2nd ed., 1993."""

from schemes.builders import runge_kutta
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


@register(order=3)
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
