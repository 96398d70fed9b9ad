"""Schemes made to be undone: their inverse is explicit, so that a network needs no memory of its states."""

from typing import Any

from schemes import coupling as couplings
from schemes.builders import formula
from schemes.parameters import chosen
from schemes.registry import get, register
from schemes.scheme import Scheme


@register(order=2)
def asynchronous_leapfrog() -> Scheme:
    """Asynchronous leapfrog (MALI): v a second guess of h u', from 0: Y = u + v/2, u' = u + F, v' = 2 F - v."""

    def rule(f: Any, u: Any, v: Any) -> Any:
        F = f(u + v / 2)
        return u + F, 2 * F - v

    return formula(
        "asynchronous_leapfrog", rule, states=("u[n]", "v[n]"),
        source="Mutze 2013 (arXiv 1311.6602); as a network Zhuang et al. 2021 (MALI), algorithm 2",
    )  # fmt: skip


@register(order=2)
def reversible_heun() -> Scheme:
    """Reversible Heun: a second copy u + w goes ahead by leaps, u by the trapezoidal rule of slopes at the copy."""

    def rule(f: Any, u: Any, w: Any) -> Any:
        F = f(u + w)
        G = f(u - w + F)
        return u + (F + G) / 2, (F - G) / 2 - w

    return formula(
        "reversible_heun", rule, states=("u[n]", "w[n]"),
        source="Kidger, Foster, Li, Lyons 2021 (Efficient and accurate gradients for neural SDEs), algorithm 1",
    )  # fmt: skip


@register(order=2)
def coupled_heun2(coupling: Any = chosen("99/100")) -> Scheme:
    """Heun's scheme on two copies that step by turns, errors undone growing by 1/λ: any Runge–Kutta scheme can be."""
    return couplings.coupled(get("heun2"), coupling, "coupled_heun2")


@register(order=4)
def coupled_rk4(coupling: Any = chosen("99/100")) -> Scheme:
    """The classical Runge–Kutta scheme on two copies that step by turns: order 4, and explicitly invertible."""
    return couplings.coupled(get("rk4_classic"), coupling, "coupled_rk4")
