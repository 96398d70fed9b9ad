"""The toy problems of the page: which fields, with which steps, and how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from analysis.examples import VectorField, example
from odenets.errors import OdenetsError
from odenets.explorer.mathml import fragment

FINER, COARSER = 50, 20  # how far the slider goes from the usual step size


@dataclass(frozen=True)
class Problem:
    """A field, what is drawn of it, and the usual step size and number of steps.

    lines  u' = f(u) in LaTeX, a line an unknown
    h      the step size at first, exact text; `steps` of them
    plane  the indices of the two components that are drawn; of a field of one unknown it is drawn over time
    own    the field where it is none of `analysis.examples`
    """

    name: str
    lines: tuple[str, ...]
    h: str
    steps: int
    plane: tuple[int, int] | None = (0, 1)
    own: VectorField | None = field(default=None, compare=False)

    @property
    def field(self) -> VectorField:
        return self.own or example(self.name)

    @property
    def drawn(self) -> tuple[str, str]:
        """The names of the axes."""
        unknowns = self.field.unknowns.split()
        return ("t", unknowns[0]) if self.plane is None else (unknowns[self.plane[0]], unknowns[self.plane[1]])

    @property
    def time(self) -> Fraction:
        """The time shown unless said."""
        return Fraction(self.h) * self.steps

    @property
    def reach(self) -> tuple[float, float]:
        """The least and the largest h of the slider."""
        middle = float(Fraction(self.h))
        return middle / FINER, middle * COARSER

    @property
    def formula(self) -> list[str]:
        """The lines in MathML."""
        return [fragment(line) for line in self.lines]

    def facts(self, kind: str) -> dict[str, Any]:
        """The entry of the catalogue; kind "flow" or "paths"."""
        low, high = self.reach
        return {
            "name": self.name,
            "title": self.field.title,
            "kind": kind,
            "unknowns": self.field.unknowns.split(),
            "formula": self.formula,
            "start": list(self.field.start),
            "h": self.h,
            "low": low,
            "high": high,
            "steps": self.steps,
            "invariants": [name for name, _ in self.field.invariants],
            "source": self.field.source,
        }


FLOWS = {
    problem.name: problem
    for problem in (
        Problem("pendulum", (r"q' = p", r"p' = - \sin(q)"), "1/10", 120),
        Problem("lotka_volterra", (r"u' = u (v - 2)", r"v' = v (1 - u)"), "1/20", 200),
        Problem("spiral", (r"x' = - \frac{x^{3}}{10} - 2 y^{3}", r"y' = 2 x^{3} - \frac{y^{3}}{10}"), "1/100", 300),
        Problem("gradient_flow", (r"x' = - \frac{x}{2}", r"y' = - 3 y"), "1/20", 80),
        Problem("stiff_decay", (r"t' = 1", r"u' = - 50 u + 50 \cos(t)"), "1/50", 75),
        Problem(
            "nonlinear_oscillator",
            (r"x' = - \frac{y}{x^{2} + y^{2}}", r"y' = \frac{x}{x^{2} + y^{2}}"), "1/10", 120,
        ),
        Problem(
            "kepler",
            (
                r"q_1' = p_{1}", r"q_2' = p_{2}",
                r"p_1' = - \frac{q_{1}}{(q_{1}^{2} + q_{2}^{2})^{\frac{3}{2}}}",
                r"p_2' = - \frac{q_{2}}{(q_{1}^{2} + q_{2}^{2})^{\frac{3}{2}}}",
            ),
            "1/50", 315,
        ),
        Problem(
            "rigid_body",
            (r"y_1' = \frac{y_{2} y_{3}}{2}", r"y_2' = - y_{1} y_{3}", r"y_3' = \frac{y_{1} y_{2}}{2}"), "1/10", 120,
        ),
        Problem("damped_oscillator", (r"x' = v", r"v' = - \frac{v}{5} - x"), "1/10", 120),
        Problem(
            "sines",
            (
                r"x' = \sin(x + 2 y) + \frac{1}{2}",
                r"y' = \cos(2 x - y)",
            ),
            "1/20", 60,
        ),
        Problem("square", (r"u' = u^{2}",), "1/40", 40, plane=None),
    )
}  # fmt: skip

ROADS = {
    problem.name: problem
    for problem in (
        Problem(
            "double_well", (r"f(u) = u - u^{3}",), "1/10", 50, None,
            VectorField("double_well", "double well, u' = u - u³", "u", ("u - u**3",), (0.25,), 5.0),
        ),
        Problem(
            "decay", (r"f(u) = - u",), "1/10", 30, None,
            VectorField("decay", "decay, u' = -u", "u", ("-u",), (1.0,), 3.0),
        ),
        Problem(
            "sine", (r"f(u) = \sin(u)",), "1/10", 50, None,
            VectorField("sine", "sine, u' = sin u", "u", ("sin(u)",), (1.0,), 5.0),
        ),
    )
}  # fmt: skip

PROBLEMS: list[dict[str, Any]] = [
    *(problem.facts("flow") for problem in FLOWS.values()),
    *(problem.facts("paths") for problem in ROADS.values()),
]


def problem_named(name: object, among: Mapping[str, Problem]) -> Problem:
    """The problem of this name, the first where none is named; raises OdenetsError for another one."""
    if name is None or name == "":
        return next(iter(among.values()))
    if not isinstance(name, str) or name not in among:
        raise OdenetsError(f"problem = {str(name)[:40]!r} is none that acts here: take {', '.join(among)}")
    return among[name]
