"""How far a scheme keeps the geometry of a flow: symplectic, symmetric, energy-preserving.

Each property is linear in the modified field b, order by order. A violation makes the answer exact; that there is none
is known from the table (`symplectic_table`, `symmetric_table`) or, failing that, only as far as was searched.
Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, V, VI, IX.8–9; numerics.md section 9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import islice, pairwise
from math import inf
from typing import Any

from analysis.damping import logarithm
from analysis.errors import AnalysisError
from analysis.orders import MOST_TREES, eigenvalue, number_of_trees, order
from analysis.series import certain_series, underlying
from analysis.structure import built, certain_table
from analysis.trees import PLAIN, Grammar, Tree, children, colour, rooted, sigma, tree
from schemes import Scheme, SchemeError, adjoint, recompute
from schemes.equivalence import equivalent, merged
from schemes.scheme import lag, letter, unit

Field = Mapping[Tree, Any]
SEARCHED = 4  # orders beyond p, as long as there are no more than MOST_TREES


@dataclass(frozen=True)
class Reach:
    """The order to which a property holds, as text "4" or "∞"; "≥ 8" if not `exact`: searched to 8, nothing found."""

    order: float
    exact: bool = True

    def __str__(self) -> str:
        return "∞" if self.order == inf else f"{'' if self.exact else '≥ '}{self.order:.0f}"


def symplectic_order(scheme: Scheme) -> Reach:
    """The largest q with b(u∘v) + b(v∘u) = 0 for |u| + |v| ≤ q, u∘v being v grafted on the root of u.

    The step then conserves symplectic forms (quadratic invariants) up to h^(q+1). With several fields u and v are those
    pairs for which both graftings exist: for x' = f(y), y' = g(x) the separable Hamiltonian systems.
    Raises AnalysisError as `order` does.
    Source: Hairer, Lubich, Wanner, VI.7, IX.9; Aubry, Chartier, BIT 38 (1998) (pseudo-symplectic).
    """
    grammar = underlying(scheme).structure.grammar
    return reach(scheme, symplectic_table, lambda b, n: (b[u] + b[v] for u, v in graftings(n, grammar)))


def symmetric_order(scheme: Scheme) -> Reach:
    """The largest q with b(t) = 0 for even |t| ≤ q: Φ_h∘Φ_(-h) = identity + O(h^(q+1)); odd, or ∞.

    Raises AnalysisError as `order` does. Source: Hairer, Lubich, Wanner, V.1, theorem IX.2.2.
    """
    grammar = underlying(scheme).structure.grammar
    return reach(
        scheme,
        symmetric_table,
        lambda b, n: (b[t] for c in range(len(grammar)) for t in rooted(n, c, grammar)),
        every=2,
    )


def energy_order(scheme: Scheme) -> Reach:
    """The largest q such that b conserves H on every y' = J∇H(y), J skew, up to order q: H(y_1) = H(y_0) + O(h^(q+1)).

    Raises AnalysisError as `order` does, and for schemes of several fields or components.
    Source: Celledoni, McLachlan, Owren, Quispel, Found. Comput. Math. 10 (2010) 673–693; that no Runge–Kutta scheme
    conserves every H: the same with McLaren, Wright, M2AN 43 (2009) 645–649.
    """
    names = underlying(scheme).structure.names
    if len(names) > 1:
        raise AnalysisError(
            f"{scheme.name} evaluates {', '.join(names)}: energy is a question about one field, "
            "give all its stages the same field"
        )
    return reach(scheme, lambda scheme: False, energy_defects)


def reach(
    scheme: Scheme, certain: Callable[[Scheme], bool], defects: Callable[[Field, int], Iterator[Any]], every: int = 1
) -> Reach:
    """∞ where the table says so; else the order before the first defect of b, looked for in `every` such order."""
    p, series = order(scheme), certain_series(scheme)
    if certain(scheme.mean()):
        return Reach(inf)
    known = growth(scheme, p + SEARCHED)
    for n in range(p + 1, known):
        if n % every == 0:
            if number_of_trees(n, series.structure.grammar) > MOST_TREES:
                return Reach(n - 1, exact=False)
            if any(x != 0 for x in defects(series.field, n)):
                return Reach(n - 1)
    return Reach(known - 1, exact=known <= p + SEARCHED)


def growth(scheme: Scheme, last: int) -> int:
    """The first even n with c_n ≠ 0 in ζ(z) = exp(Σ c_n z^n), or last + 1: there |ζ(iy)| leaves 1 on u' = iωu.

    A step that is symmetric, symplectic or conserves energy to order n keeps |u| to that order.
    """
    try:
        terms = list(islice(logarithm(eigenvalue(scheme)), last))
    except AnalysisError:  # a partitioned scheme has no principal root
        return last + 1
    return next((n for n, c in enumerate(terms, start=1) if n % 2 == 0 and c != 0), last + 1)


# ---- properties of fields ------------------------------------------------------------------------------------------


@cache
def graftings(n: int, grammar: Grammar = PLAIN) -> tuple[tuple[Tree, Tree], ...]:
    """(u∘v, v∘u) for all |u| + |v| = n for which both exist."""
    size = {m: [t for c in range(len(grammar)) for t in rooted(m, c, grammar)] for m in range(1, n)}
    return tuple(
        (tree([*children(u), v], colour(u)), tree([*children(v), u], colour(v)))
        for m in range(1, n // 2 + 1)
        for u in size[m]
        for v in size[n - m]
        if colour(v) in grammar[colour(u)] and colour(u) in grammar[colour(v)] and (2 * m < n or u <= v)
    )


def energy_defects(b: Field, n: int) -> Iterator[Any]:
    """What must vanish for b to conserve energy at order n: Σ ±b(t)/σ(t) over each set of `energy_conditions`."""
    return (sum((s * b[t] / Fraction(sigma(t)) for t, s in signs), Fraction(0)) for signs in energy_conditions(n))


@cache
def energy_conditions(n: int) -> tuple[tuple[tuple[Tree, int], ...], ...]:
    """The vectors x on the trees of order n that are orthogonal to all t + (-1)^m t̂, t̂ the tree read from a leaf.

    Each is a connected component of the graph t — t̂, with x(t̂) = -(-1)^m x(t); one that contradicts itself has none.
    """
    found, done = [], set[Tree]()
    for start in rooted(n):
        if start not in done:
            signs, waiting, consistent = {start: 1}, [start], True
            while waiting:
                t = waiting.pop()
                for forests in leaf_paths(t):
                    other, sign = turned(forests), signs[t] * (-1) ** (len(forests) + 1)
                    consistent &= signs.get(other, sign) == sign
                    if other not in signs:
                        signs[other] = sign
                        waiting.append(other)
            done.update(signs)
            found += [tuple(signs.items())] * consistent
    return tuple(found)


def leaf_paths(t: Tree) -> Iterator[tuple[tuple[Tree, ...], ...]]:
    """For each leaf the forests that hang on the nodes from the root to before it."""
    if not children(t):
        yield ()
    for c in dict.fromkeys(children(t)):
        rest = list(children(t))
        rest.remove(c)
        yield from ((tuple(rest), *path) for path in leaf_paths(c))


def turned(forests: tuple[tuple[Tree, ...], ...]) -> Tree:
    """t̂: the same forests on the path from the leaf to the root."""
    t = tree()
    for forest in forests:
        t = tree([*forest, t])
    return t


# ---- properties of tables ------------------------------------------------------------------------------------------


def symplectic_table(scheme: Scheme) -> bool:
    """b_i a_ij + b_j a_ji = b_i b_j for all pairs of stages that can read each other, equal stages merged.

    Asked of schemes with one state a component; there it is sufficient, for irreducible Runge–Kutta tables necessary.
    Source: Hairer, Lubich, Wanner, theorems VI.4.3, VI.4.6 (partitioned), section VI.7 (irreducible).
    """
    known = built(certain_table(merged(scheme)))
    A, B = known.scheme.A, [known.scheme.B[part.states[0]] for part in known.components]
    return all(len(part.states) == 1 for part in known.components) and all(
        B[c.feeds][i] * A[i][j] + B[d.feeds][j] * A[j][i] == B[c.feeds][i] * B[d.feeds][j]
        for c in known.colours
        for d in known.colours
        if c.reads == d.feeds and d.reads == c.feeds
        for i in c.stages
        for j in d.stages
    )


def symmetric_table(scheme: Scheme) -> bool:
    """Whether the step undone, -h for h, is the step with its history read backwards.

    Then the underlying method is symmetric too: it is unique. Sufficient; for Runge–Kutta necessary.
    Source: Hairer, Lubich, Wanner, theorem V.2.3: a_(s+1-i,s+1-j) + a_ij = b_j; XV: α_(k-j) = -α_j, β_(k-j) = β_j.
    """
    scheme = recompute(certain_table(scheme))
    turn = backwards(scheme)
    try:
        back = adjoint(scheme)
    except SchemeError:
        return False
    if turn is None:
        return False
    U = tuple(tuple(row[j] for j in turn) for row in back.U)
    V = tuple(tuple(back.V[i][j] for j in turn) for i in turn)
    return equivalent(scheme, replace(back, U=U, V=V, B=tuple(back.B[i] for i in turn)))


def backwards(scheme: Scheme) -> list[int] | None:
    """Where each state is when time runs back: u[n-j] at u[n-k+j]; None if the histories differ or do not move on."""
    states, k = scheme.states, scheme.history
    names = {letter(s): [f"{letter(s)}[n-{j}]" if j else f"{letter(s)}[n]" for j in range(k + 1)] for s in states}
    if {name for row in names.values() for name in row} != set(states):
        return None
    for row in names.values():
        for newer, older in pairwise(row):
            i = states.index(older)
            if scheme.V[i] != unit(states, newer) or any(x != 0 for x in scheme.B[i]):
                return None
    return [states.index(names[letter(s)][k - lag(s)]) for s in states]
