"""Splittings of u' = f(u) + g(u): the fields act in turn, each on what the other has left."""

from typing import Any

from schemes.builders import formula
from schemes.registry import register
from schemes.scheme import Scheme


@register(order=1)
def lie() -> Scheme:
    """Lie splitting by Euler steps, f then g: the sublayers of a Transformer, attention f and feed-forward g."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        u = u + f(u)
        return u + g(u)

    return formula("lie", rule, fields=("f", "g"), source="Trotter 1959; as a network Lu et al. 2019")


@register(order=1)
def macaron() -> Scheme:
    """Strang splitting by Euler steps, the Macaron net: half of f (feed-forward), all of g (attention), half of f."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        u = u + f(u) / 2
        u = u + g(u)
        return u + f(u) / 2

    return formula("macaron", rule, fields=("f", "g"), source="Strang 1968; as a network Lu et al. 2019 (Macaron net)")


@register(order=2)
def strang() -> Scheme:
    """Strang splitting by midpoint steps: half a step of f, one of g, half a step of f; order 2."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        u = half(f, u)
        u = u + g(u + g(u) / 2)
        return half(f, u)

    return formula("strang", rule, fields=("f", "g"), source="Strang, SIAM J. Numer. Anal. 5 (1968) 506–517")


@register(order=2)
def strang_parallel() -> Scheme:
    """The mean of f before g and of g before f, by midpoint steps; order 2, and both halves can run at once."""

    def rule(f: Any, g: Any, u: Any) -> Any:
        return (whole(g, whole(f, u)) + whole(f, whole(g, u))) / 2

    return formula(
        "strang_parallel", rule, fields=("f", "g"), source="Strang 1963, Arch. Rational Mech. Anal. 12, 392–402"
    )


def half(f: Any, u: Any) -> Any:
    """Half a step of the midpoint rule."""
    return u + f(u + f(u) / 4) / 2


def whole(f: Any, u: Any) -> Any:
    return u + f(u + f(u) / 2)
