"""The modified equation of a scheme whose parameters drift along depth, k_n = κ(t_n) with κ smooth and t_n = nh:

    u' = Σ_t Σ_j h^(|t|-1+j)/σ(t) b_j(t) F(t)(u).

b_j(t) is a polynomial in κ', κ'', … of weight j, κ^(i) counts i: each derivative costs a power of h and no node. The
states are S(u(t), κ(t), κ'(t), …), so that the recursion for constant k holds with D_b + ∂_t in place of D_b, where ∂_t
takes κ to κ', κ' to κ'', ….
Source: numerics.md sections 5 and 7; Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.9, XV.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from analysis.differentials import LATEX, TEXT, Style, differential, shortened
from analysis.errors import AnalysisError
from analysis.levels import of_order
from analysis.structure import Structure, dot, structure
from analysis.terms import DIGITS, folded, joined, power_of_step, product, unknowns
from analysis.trees import Key, Tree, children, colour, cuts, key, sigma
from analysis.trees import order as size
from analysis.weights import rounded_order
from schemes import RationalFunction, Scheme, symbol
from schemes.symbols import ONE, Polynomial, by_powers, mul, quotient

Vector = tuple[Any, ...]
Graded = list[Any]  # by the weight j in the derivatives of κ


def varying_equation(scheme: Scheme, order: int, drifting: Iterable[str] | None = None) -> dict[Key, tuple[Any, ...]]:
    """{tree: (b_0(t), b_1(t), …)} of u' = Σ_t Σ_j h^(|t|-1+j)/σ(t) b_j(t) F(t)(u), all terms with |t| + j ≤ order.

    The step from t_n = nh to t_n + h has the table of k_n = κ(t_n). k_t, k_tt, … are the symbols of κ', κ'', … of a
    parameter k; b_0 is `modified_equation`, and b_j = 0 for j > 0 where no parameter drifts.
    drifting: the parameters that do, all free ones unless said. Random coefficients at their means.
    Raises AnalysisError as `modified_equation` does, for a name that is no free parameter, and where the start vector
    depends on a parameter that drifts: then the states move even where the field is 0.
    Source: numerics.md section 7 for lm2, to order 2.
    """
    moving = movers(scheme, drifting)
    found = Varying(structure(scheme), order, moving)
    names = found.structure.names
    return {key(t, names): tuple(found.field[t]) for n in range(1, order + 1) for t in found.trees(n)}


def varying_text(scheme: Scheme, order: int, drifting: Iterable[str] | None = None, *, width: int | None = None) -> str:
    """The same in elementary differentials, κ' written k'. Raises AnalysisError as `varying_equation` does."""
    return TEXT.line.join(lines(scheme, order, drifting, TEXT, width))


def varying_latex(
    scheme: Scheme, order: int, drifting: Iterable[str] | None = None, *, width: int | None = None
) -> str:
    """The same as rows of an align* environment, as `modified_latex`, κ' written k'; raises as well."""
    return LATEX.line.join(lines(scheme, order, drifting, LATEX, width))


class Varying:
    """S, b and the stages by tree, graded by j, to |t| + j ≤ order.

    taylor  taylor[t][j][i] = ((D_b + ∂_t)^i S)(t)/i! at grade j, a vector over the states
    """

    def __init__(self, structure: Structure, order: int, moving: Sequence[str]) -> None:
        if order < 1:
            raise AnalysisError(f"{structure.scheme.name}: an equation to order {order} has no term, ask for 1 or more")
        self.structure, self.order, self.moving = structure, order, moving
        self.met = rounded_order(structure.scheme)
        self.field: dict[Tree, Graded] = {}
        self.stages: dict[Tree, Graded] = {}
        self.taylor: dict[Tree, list[list[Vector]]] = {}
        for n in range(1, order + 1):
            for t in self.trees(n):
                self.advance(t)

    def trees(self, n: int) -> list[Tree]:
        found = of_order(n, self.structure.grammar)
        return sorted(found, key=lambda t: (colour(t), key(t, self.structure.names)))

    def advance(self, t: Tree) -> None:
        """The bordered system of a tree, grade by grade."""
        scheme = self.structure.scheme
        part = self.structure.components[self.structure.colours[colour(t)].feeds]
        self.field[t], self.stages[t], self.taylor[t] = [], [], []
        for g in self.slopes(t):
            powers = self.powers(t)
            right = [
                dot(scheme.B[i], g) - sum((p[i] for p in powers), Fraction(0)) for i in part.states
            ]  # the states of other components do not feel t
            if size(t) <= self.met and not self.field[t]:  # a rounded table, of one state, stands for an exact one
                right = [Fraction(size(t) == 1) for _ in part.states]
            *inside, b = (dot(row[:-1], right) for row in part.inverse)
            start, fixed = spread(scheme, part.states, inside), spread(scheme, part.states, part.fixed)
            powers[0] = tuple(x + u * b for x, u in zip(powers[0], fixed, strict=True))
            self.field[t].append(b)
            self.taylor[t].append([start, *powers])
            reads = [i in part.readers for i in range(scheme.stages)]
            self.stages[t].append(
                tuple(
                    dot(a, g) + dot(u, start) if read else Fraction(0)
                    for a, u, read in zip(scheme.A, scheme.U, reads, strict=True)
                )
            )

    def slopes(self, t: Tree) -> list[Vector]:
        """g(t) = Π η(children) in every stage of t's colour, by grade."""
        grades, stages = self.order - size(t) + 1, self.structure.scheme.stages
        members = self.structure.colours[colour(t)].stages
        unit = [tuple(Fraction(i in members and j == 0) for i in range(stages)) for j in range(grades)]
        for child in children(t):
            eta = self.stages[child]
            unit = [
                tuple(sum((unit[l][i] * eta[j - l][i] for l in range(j + 1)), Fraction(0)) for i in range(stages))
                for j in range(grades)
            ]
        return unit

    def powers(self, t: Tree) -> list[Vector]:
        """((D_b + ∂_t)^i S)(t)/i! for i = 1, 2, … at the next grade of t; i = 1 lacks S(∅) b(t)."""
        j, r = len(self.field[t]), len(self.structure.scheme.V)
        total = [[Fraction(0)] * r for _ in range(size(t) + j)]
        for theta, delta, m in cuts(t):
            for l in range(j + 1):
                if (b := self.field[delta][j - l]) != 0:
                    add(total, self.taylor[theta][l], m * b)
        if j:
            add(total, [[self.derivative(x) for x in p] for p in self.taylor[t][j - 1]], 1)
        return [tuple(x / i for x in row) for i, row in enumerate(total, start=1)]

    def derivative(self, x: Any) -> Any:
        """∂_t of a coefficient."""
        return drift(x, self.moving, self.order)


def add(total: list[list[Any]], rows: Iterable[Iterable[Any]], factor: Any) -> None:
    for i, row in enumerate(rows):
        total[i] = [x + factor * y if y != 0 else x for x, y in zip(total[i], row, strict=True)]


def spread(scheme: Scheme, states: Sequence[int], values: Sequence[Any]) -> Vector:
    """Values on some states, 0 on the others."""
    found = dict(zip(states, values, strict=True))
    return tuple(found.get(i, Fraction(0)) for i in range(len(scheme.V)))


# ---- what drifts ---------------------------------------------------------------------------------------------------


def movers(scheme: Scheme, drifting: Iterable[str] | None) -> tuple[str, ...]:
    """The parameters that drift; raises AnalysisError where they cannot."""
    free = sorted(scheme.mean().symbols)
    named = (drifting,) if isinstance(drifting, str) else free if drifting is None else drifting
    moving = tuple(dict.fromkeys(named))
    if odd := [name for name in moving if name not in free]:
        raise AnalysisError(
            f"{scheme.name}: {odd[0]!r} cannot drift, the free parameters are {', '.join(free) or 'none'}"
        )
    if taken := [name for name in free for k in moving if name.removeprefix(f"{k}_").strip("t") == "" and name != k]:
        raise AnalysisError(
            f"{scheme.name}: {taken[0]} is a parameter and would be the derivative of another one: give it another name"
        )
    for part in structure(scheme).components:
        for i, x in zip(part.states, part.fixed, strict=True):
            if isinstance(x, RationalFunction) and (named := sorted(x.symbols & set(moving))):
                raise AnalysisError(
                    f"{scheme.name}: state {scheme.states[i]} holds {x} times u, which changes while {named[0]} drifts "
                    "and the field is 0: scale that state so that its share of u is constant"
                )
    return moving


def prime(name: str, i: int) -> str:
    """The symbol of the i-th derivative of a parameter: k, k_t, k_tt, …."""
    return f"{name}_{'t' * i}" if i else name


def drift(x: Any, moving: Sequence[str], most: int) -> Any:
    """∂_t x = Σ ∂x/∂κ^(i) κ^(i+1)."""
    if not isinstance(x, RationalFunction):
        return Fraction(0)
    pairs = [(prime(name, i), prime(name, i + 1)) for name in moving for i in range(most)]
    terms = (partial(x, name) * symbol(after) for name, after in pairs if name in x.symbols)
    return sum(terms, Fraction(0))


def partial(x: RationalFunction, name: str) -> Any:
    """∂x/∂name by the quotient rule."""
    p, q = (RationalFunction(f, ONE) for f in (x.num, x.den))
    dp, dq = (quotient(differentiated(f, name), ONE) for f in (x.num, x.den))
    return dp / q if dq == 0 else (dp * q - p * dq) / (q * q)


def differentiated(p: Polynomial, name: str) -> Polynomial:
    total: Polynomial = {}
    for n, rest in by_powers(p, name).items():
        if n:
            factor: Polynomial = {(((name, n - 1),) if n > 1 else ()): n}
            total |= mul(rest, factor)  # powers of `name` differ: no monomial comes twice
    return total


# ---- text ----------------------------------------------------------------------------------------------------------


def lines(scheme: Scheme, order: int, drifting: Iterable[str] | None, style: Style, width: int | None) -> list[str]:
    """An equation an unknown, its terms by powers of h."""
    moving = movers(scheme, drifting)
    found = Varying(structure(scheme), order, moving)
    fields, digits = found.structure.names, DIGITS if scheme.tolerance else None
    feeding, last = unknowns(scheme), f"+ {style.name('O')}({power_of_step(order, style)})"
    equations = []
    for unknown, feeds in feeding.items():
        groups = []
        for n in range(1, order + 1):
            terms = [
                (found.field[t][n - m], t)
                for m in range(n, 0, -1)
                for t in found.trees(m)
                if fields[colour(t)] in feeds
            ]
            written = [
                product(
                    primed(style.coefficient(shortened(c / sigma(t), digits)), moving, order, style),
                    differential(t, fields, style),
                )
                for c, t in terms
                if c != 0
            ]
            groups.append(joined(power_of_step(n - 1, style), written, style))
        left = f"{style.name(unknown)}'{style.equals}"
        equations.append(folded(left, [*filter(None, groups)] or [["0"]], last, style, width))
    return equations


def primed(text: str, moving: Sequence[str], most: int, style: Style) -> str:
    """k_t and k_tt written as k' and k''."""
    for name in moving:
        for i in range(most, 0, -1):
            symbol, primes = re.escape(style.name(prime(name, i))), style.name(name) + "'" * i
            text = re.sub(rf"(?<!\w){symbol}(?!\w)", primes.replace("\\", r"\\"), text)
    return text
