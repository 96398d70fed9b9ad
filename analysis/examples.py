"""Named vector fields to see schemes at work on, with start, time span and what the exact flow conserves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from analysis.errors import AnalysisError


@dataclass(frozen=True)
class VectorField:
    """u' = f(u) by formulas that sympy reads, or sympy expressions.

    unknowns    names of the components of u: "q p"
    formulas    one a component: ("p", "-sin(q)")
    start, time where and for how long it is looked at (time in the units of u' = f)
    halves      where f is separable, x' = f(y), y' = g(x): the indices of x and of y, for partitioned schemes
    invariants  {name: formula} as pairs
    """

    name: str
    title: str
    unknowns: str
    formulas: tuple[Any, ...]
    start: tuple[float, ...]
    time: float
    halves: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    invariants: tuple[tuple[str, str], ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        if not len(self.unknowns.split()) == len(self.formulas) == len(self.start):
            raise AnalysisError(
                f"{self.name}: {len(self.unknowns.split())} unknowns, {len(self.formulas)} formulas and "
                f"{len(self.start)} start values: give one of each a component"
            )

        size = len(self.start)
        if self.halves is not None and sorted(i for half in self.halves for i in half) != [*range(size)]:
            raise AnalysisError(f"{self.name}: halves = {self.halves} must hold each index from 0 to {size - 1} once")

    @cached_property
    def variables(self) -> tuple[Any, ...]:
        """The components as real sympy symbols."""
        from sympy import Symbol

        return tuple(Symbol(name, real=True) for name in self.unknowns.split())

    @cached_property
    def expressions(self) -> tuple[Any, ...]:
        """f as sympy expressions; raises AnalysisError for what is no formula in the unknowns."""
        return tuple(map(self.read, self.formulas))

    def read(self, formula: Any) -> Any:
        from sympy import SympifyError, nsimplify, sympify

        known = {v.name: v for v in self.variables}
        try:
            found = nsimplify(sympify(formula, locals=known), rational=True)
        except (SympifyError, SyntaxError, TypeError, AttributeError):
            raise AnalysisError(f"{self.name}: {formula!r} is no formula, write it like '-sin(q)'") from None
        found = found.xreplace({s: known[s.name] for s in found.free_symbols if s.name in known})
        if strange := sorted(map(str, found.free_symbols - set(self.variables))):
            raise AnalysisError(f"{self.name}: {formula!r} names {strange[0]}, its unknowns are {self.unknowns}")
        return found

    def function(self) -> Callable[[Any], Any]:
        """f as a function of an array."""
        return compiled(self.variables, self.expressions)

    def conserved(self) -> dict[str, Callable[[Any], Any]]:
        """The invariants as functions of an array; their values are arrays of one number."""
        return {name: compiled(self.variables, (self.read(formula),)) for name, formula in self.invariants}


def compiled(variables: tuple[Any, ...], expressions: tuple[Any, ...]) -> Callable[[Any], Any]:
    """u -> the values of expressions, an array."""
    import numpy as np
    from sympy import lambdify

    f = lambdify([list(variables)], list(expressions), modules="numpy", cse=True)
    return lambda u: np.array(f(u), dtype=float)


def ring(points: int, formula: str) -> tuple[str, ...]:
    """A formula in l, c, r, the left neighbour, the point and the right one, at every point of a periodic grid."""
    names = {i: f"u{i % points + 1}" for i in range(-1, points + 1)}
    return tuple(formula.format(l=names[i - 1], c=names[i], r=names[i + 1]) for i in range(points))


POINTS = 8
GRID = " ".join(f"u{i + 1}" for i in range(POINTS))
BUMP = (1.0, 0.7, 0.2, 0.0, 0.0, 0.0, 0.2, 0.7)
HLW = "Hairer, Lubich, Wanner, Geometric Numerical Integration"

EXAMPLES = {
    field.name: field
    for field in (
        VectorField(
            "pendulum", "mathematical pendulum", "q p", ("p", "-sin(q)"), (2.0, 0.0), 6.0, ((0,), (1,)),
            (("energy", "p**2/2 - cos(q)"),), f"{HLW}, I.1.2",
        ),
        VectorField(
            "lotka_volterra", "Lotka–Volterra predators and prey", "u v", ("u*(v - 2)", "v*(1 - u)"), (1.5, 1.0), 6.0,
            invariants=(("I", "log(u) - u + 2*log(v) - v"),), source=f"{HLW}, I.1.1",
        ),
        VectorField(
            "rigid_body", "free rigid body, Euler's equations", "y1 y2 y3",
            ("y2*y3/2", "-y3*y1", "y1*y2/2"), (0.9, 0.3, 0.6), 8.0,
            invariants=(("|y|²", "y1**2 + y2**2 + y3**2"), ("energy", "(y1**2/2 + y2**2 + 3*y3**2/2)/2")),
            source=f"{HLW}, VII.5, with moments of inertia 2, 1, 2/3",
        ),
        VectorField(
            "nonlinear_oscillator", "nonlinear oscillator", "x y", ("-y/(x**2 + y**2)", "x/(x**2 + y**2)"), (1.0, 0.0),
            6.0, invariants=(("|u|²", "x**2 + y**2"),), source="Ranocha, Ketcheson, J. Sci. Comput. 84 (2020), (3.1)",
        ),
        VectorField(
            "kepler", "Kepler's problem, eccentricity 3/5", "q1 q2 p1 p2",
            ("p1", "p2", "-q1/(q1**2 + q2**2)**(3/2)", "-q2/(q1**2 + q2**2)**(3/2)"), (0.4, 0.0, 0.0, 2.0), 6.3,
            ((0, 1), (2, 3)),
            (("energy", "(p1**2 + p2**2)/2 - 1/sqrt(q1**2 + q2**2)"), ("angular momentum", "q1*p2 - q2*p1")),
            f"{HLW}, I.2.2",
        ),
        VectorField(
            "spiral", "spiral, u' = A u³ in each component", "x y", ("-x**3/10 - 2*y**3", "2*x**3 - y**3/10"),
            (2.0, 0.0), 6.0, source="Chen, Rubanova, Bettencourt, Duvenaud, NeurIPS 2018: the spiral of torchdiffeq",
        ),
        VectorField(
            "sines", "two coupled sines: no derivative of f vanishes", "x y", ("sin(x + 2*y) + 1/2", "cos(2*x - y)"),
            (0.3, -0.2), 3.0,
        ),
        VectorField("damped_oscillator", "damped oscillator", "x v", ("v", "-x - v/5"), (1.0, 0.0), 8.0),
        VectorField("square", "u' = u²", "u", ("u**2",), (0.5,), 1.5, source=f"{HLW}, IX.1, (1.5)"),
        VectorField(
            "gradient_flow", "gradient flow of a quadratic, u' = -∇(x² + 6 y²)/4", "x y", ("-x/2", "-3*y"),
            (1.0, 1.0), 4.0,
        ),
        VectorField(
            "stiff_decay", "stiff decay, u' = -50 (u - cos t), time t as a component", "t u",
            ("1", "-50*(u - cos(t))"), (0.0, 0.0), 1.5, source="Hairer, Wanner, Solving ODEs II, IV.1, (1.1)",
        ),
        VectorField(
            "advection", f"advection u_t = -u_x by central differences, {POINTS} periodic points a unit apart", GRID,
            ring(POINTS, "({l} - {r})/2"), BUMP, 8.0, invariants=(("mass", "+".join(GRID.split())),),
        ),
        VectorField(
            "heat", f"heat equation u_t = u_xx by lines, {POINTS} periodic points a unit apart", GRID,
            ring(POINTS, "{l} - 2*{c} + {r}"), BUMP, 3.0, invariants=(("mass", "+".join(GRID.split())),),
        ),
    )
}  # fmt: skip


def example_names() -> tuple[str, ...]:
    """The names of all examples."""
    return tuple(EXAMPLES)


def example(name: str) -> VectorField:
    """The example of this name; raises AnalysisError for another one, with the nearest."""
    if name not in EXAMPLES:
        near = get_close_matches(name, EXAMPLES, 2, 0.5)
        raise AnalysisError(
            f"there is no field {name!r}" + (f", did you mean {' or '.join(near)}?" if near else "")
            + f"; the examples are {', '.join(EXAMPLES)}"
        )  # fmt: skip
    return EXAMPLES[name]
