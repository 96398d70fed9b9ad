"""Fields whose moments close, for any table: what weak orders are seen on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from schemes import Scheme

RAISED, LOWERED = (str.maketrans("0123456789", digits) for digits in ("⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"))


@dataclass(frozen=True)
class ClosedProblem:
    """Fields by name, the component whose moments are taken, and the fields in words; every component starts at 1."""

    name: str
    fields: dict[str, Any]
    component: int
    text: str

    def moment(self, n: int) -> str:
        """E u₂³."""
        name = "u" if self.name == "linear" else f"u{self.component}".translate(LOWERED)
        return f"E {name}" + str(n).translate(RAISED) * (n > 1)


def closed_problems(scheme: Scheme, constant: Collection[str] = ("one",)) -> tuple[ClosedProblem, ...]:
    """A linear and a nonlinear problem for the fields of a table, no two of them multiples of each other.

        linear      f_i(u) = u/(i + 2)                       the k-th moment is exp(c_k t)
        triangular  f_i(u) = (1/(i + 1), (i + 1) u1²/2)      u2 grows by the square of u1: every moment is a polynomial

    Constant fields are 1/(i + 2), and (1/(i + 1), 1/(i + 1)). Order on linear problems alone proves little.
    """
    names = [name for name in dict.fromkeys(scheme.fields) if name != "one"]
    linear: dict[str, Any] = {name: Fraction(1, i + 2) for i, name in enumerate(names)}
    triangular: dict[str, Any] = {
        name: [str(Fraction(1, i + 1)), square(Fraction(i + 1, 2))] for i, name in enumerate(names)
    }
    for i, name in enumerate(names):
        if name in constant:
            linear[name], triangular[name] = [f"1/{i + 2}"], [str(Fraction(1, i + 1))] * 2
    return (
        ClosedProblem("linear", linear, 1, ", ".join(f"{name} = {shown(x)}" for name, x in linear.items())),
        ClosedProblem(
            "triangular",
            triangular,
            2,
            ", ".join(f"{name} = ({', '.join(x)})" for name, x in triangular.items()).replace("**", "^"),
        ),
    )


def square(c: Fraction) -> str:
    """c u1²."""
    return "u1**2" if c == 1 else f"{c.numerator}*u1**2/{c.denominator}".removeprefix("1*").removesuffix("/1")


def shown(x: Any) -> str:
    return f"u/{x.denominator}" if isinstance(x, Fraction) else str(x[0])
