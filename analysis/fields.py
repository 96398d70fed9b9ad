"""The modified equation of a scheme applied to a given field f: u' = Σ_i h^i f_i(u).

f is symbolic (a `VectorField`: expressions come out) or numeric (a callable with a Jacobian-vector product).
Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from analysis.elementary import Jet, Jvp, elementary_differentials, expression, numeric_jet
from analysis.errors import AnalysisError
from analysis.examples import VectorField, compiled
from analysis.following import follows
from analysis.series import modified_equation
from analysis.structure import Structure, structure
from analysis.systems import parts, symbolic_jets
from analysis.trees import Tree, colour, from_key, sigma
from analysis.trees import order as size
from schemes import Scheme

MOST = 8


def modified_field(scheme: Scheme, f: Any, order: int, *, jvp: Jvp | None = None) -> Any:
    """The field Σ_(i<order) h^i f_i whose flow passes through a scheme's steps, u(nh) = u_n, up to h^(order+1) a step.

    f    a `VectorField`: gives a `SymbolicField`, the scheme's free parameters stay symbols;
         or a callable on arrays with jvp = torch.func.jvp or jax.jvp: gives a `NumericField`. Of a partitioned scheme
         {field name: callable}, and points are tuples with a value for each component
    Raises AnalysisError as `follows` does, for an order outside 1 … 8, a partitioned scheme with a field that is not
    separable, and a callable without jvp. Source: Hairer, Lubich, Wanner, IX.1; numerics.md section 5.
    """
    if not 1 <= order <= MOST:
        raise AnalysisError(f"order {order} of a modified field: ask for 1 to {MOST} terms")
    follows(scheme)
    layout = structure(scheme)
    named = modified_equation(scheme, order)
    b = {from_key(name, layout.names): x for name, x in named.items() if x != 0}
    if isinstance(f, VectorField):
        return SymbolicField(scheme, f, order, terms(layout, f, b, order, parts(scheme, f)))
    if jvp is None and order > 1:
        raise AnalysisError(
            "modified_field differentiates f: give a VectorField of formulas, or a callable with jvp=torch.func.jvp or "
            "jax.jvp"
        )
    if free := sorted(scheme.mean().symbols):
        raise AnalysisError(f"{scheme.name} has the free parameter {free[0]}: fix it, scheme.at({free[0]}=…)")
    functions = f if isinstance(f, Mapping) else dict.fromkeys(scheme.fields, f)
    jets = {name: numeric_jet(g, jvp or undifferentiated) for name, g in functions.items()}
    return NumericField(layout, jets, {t: float(x) / sigma(t) for t, x in b.items()}, order)


def undifferentiated(*_: Any) -> Any:
    raise AssertionError("one term needs no derivative")


@dataclass(frozen=True)
class NumericField:
    """Σ_i h^i f_i(u) for a differentiable callable; `weights` are b(t)/σ(t)."""

    structure: Structure
    jets: Mapping[str, Jet]
    weights: Mapping[Tree, float]
    order: int

    def terms(self, u: Any) -> list[Any]:
        """[f_0(u), f_1(u), …]; tuples, a value for each component, where u is a tuple."""
        several = isinstance(u, tuple)
        y = u if several else (u,)
        F = elementary_differentials(self.structure, self.jets, y, self.weights)
        found = [[0 * x for x in y] for _ in range(self.order)]
        for t, weight in self.weights.items():
            row, at = found[size(t) - 1], self.structure.colours[colour(t)].feeds
            row[at] = row[at] + weight * F[t]
        return [tuple(row) if several else row[0] for row in found]

    def __call__(self, u: Any, h: Any, upto: int | None = None) -> Any:
        """Σ h^i f_i(u) over the first `upto` terms, all of them unless said."""
        rows = self.terms(u)[: within(upto, self.order)]
        if isinstance(u, tuple):
            return tuple(summed(column, h) for column in zip(*rows, strict=True))
        return summed(rows, h)


def within(upto: int | None, order: int) -> int:
    if upto is not None and not 1 <= upto <= order:
        raise AnalysisError(f"upto = {upto}: the modified field has {order} terms, take 1 to {order}")
    return order if upto is None else upto


def summed(values: Sequence[Any], h: Any) -> Any:
    return sum((h**i * x for i, x in enumerate(values[1:], start=1)), values[0])


@dataclass(frozen=True)
class SymbolicField:
    """Σ_i h^i f_i(u) with f_i in sympy expressions: `expressions[i]` is f_i, an expression for each unknown of f."""

    scheme: Scheme
    f: VectorField
    order: int
    expressions: tuple[tuple[Any, ...], ...]

    def terms(self, u: Any) -> list[Any]:
        """[f_0(u), f_1(u), …], arrays. Raises AnalysisError where a parameter of the scheme is free."""
        return [term(u) for term in self.functions]

    def __call__(self, u: Any, h: Any, upto: int | None = None) -> Any:
        """Σ h^i f_i(u) over the first `upto` terms, all of them unless said."""
        return summed([term(u) for term in self.functions[: within(upto, self.order)]], h)

    @cached_property
    def functions(self) -> list[Callable[[Any], Any]]:
        if free := sorted(self.scheme.mean().symbols):
            raise AnalysisError(
                f"{self.scheme.name} has the free parameter {free[0]}: its field has expressions, and values once it "
                f"is fixed, scheme.at({free[0]}=…)"
            )
        return [compiled(self.f.variables, row) for row in self.expressions]

    @cached_property
    def simplified(self) -> tuple[tuple[Any, ...], ...]:
        from sympy import factor

        return tuple(tuple(factor(x) for x in row) for row in self.expressions)

    def text(self) -> str:
        """A line for each unknown: q' = p + h sin(q)/2 + O(h^2)."""
        return "\n".join(f"{name}' = {self.right(i, plain, ' ', 'h^{}')}" for i, name in enumerate(self.f.variables))

    def latex(self) -> str:
        r"""The same as rows of an align* environment."""
        from sympy import latex

        rights = (
            self.right(i, latex, r" \, ", "h^{{{}}}", (r"\left(", r"\right)")) for i in range(len(self.f.variables))
        )
        pairs = zip(self.f.variables, rights, strict=True)
        return " \\\\\n".join(f"\\dot{{{latex(name)}}} &= {right}" for name, right in pairs)

    def right(
        self, i: int, written: Callable[[Any], str], between: str, power: str, bracket: tuple[str, str] = ("(", ")")
    ) -> str:
        total = ""
        for n, row in enumerate(self.simplified):
            if row[i] != 0:
                step = {0: "", 1: "h" + between}.get(n, power.format(n) + between)
                negative = bool(row[i].could_extract_minus_sign()) and bool(total or step)
                body = written(-row[i] if negative else row[i])
                body = f"{bracket[0]}{body}{bracket[1]}" if step and row[i].is_Add else body
                total += ((" - " if negative else " + ") if total else "-" * negative) + step + body
        return f"{total or '0'} + O({power.format(self.order) if self.order > 1 else 'h'})"


def plain(x: Any) -> str:
    return str(x).replace("**", "^")


def terms(
    layout: Structure, f: VectorField, b: Mapping[Tree, Any], order: int, halves: Sequence[Sequence[int]]
) -> tuple[tuple[Any, ...], ...]:
    """The expressions of f_0, f_1, …."""
    F = elementary_differentials(layout, symbolic_jets(layout, f, halves), halves, b)
    rows = [[0] * len(f.variables) for _ in range(order)]
    for t, x in b.items():
        for j, value in zip(halves[layout.colours[colour(t)].feeds], F[t], strict=True):
            rows[size(t) - 1][j] += expression(x) / sigma(t) * value
    return tuple(map(tuple, rows))
