"""Second derivations of what `analysis` computes, for the tests: other formulas, other data, the same numbers."""

from fractions import Fraction
from math import factorial, prod
from typing import Any

from hypothesis import strategies as st

from analysis.trees import Tree, children, colour, cuts, from_key, order, rooted
from schemes import Scheme, multistep, step
from schemes.linear import solve
from tests.strategies import numbers, rationals


def trees_to(n: int) -> list[Tree]:
    return [t for m in range(1, n + 1) for t in rooted(m)]


def elementary_weight(scheme: Scheme, t: Tree) -> Any:
    """a(t) = bᵀ g(t), g(t)_i = Π (A g(c))_i: numerics.md section 2; Hairer, Nørsett, Wanner I, (II.2.16)."""

    def g(t: Tree) -> list[Any]:
        inner = [[dot(row, g(c)) for row in scheme.A] for c in children(t)]
        return [prod((values[i] for values in inner), start=Fraction(1)) for i in range(scheme.stages)]

    return dot(scheme.B[0], g(t))


def dot(x: Any, y: Any) -> Any:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def psi(alpha: list[Fraction], beta: list[Fraction], n: int) -> list[Fraction]:
    """x σ(e^x) / ρ(e^x) to x^(n-1), ascending coefficients α, β: numerics.md section 4."""
    sigma = [sum(b * Fraction(j) ** i for j, b in enumerate(beta)) / factorial(i) for i in range(n)]
    rho = [sum(a * Fraction(j) ** (i + 1) for j, a in enumerate(alpha)) / factorial(i + 1) for i in range(n)]
    quotient: list[Fraction] = []
    for i in range(n):
        quotient.append((sigma[i] - dot(quotient, rho[i:0:-1])) / rho[0])
    return quotient


def psi_field(coefficients: list[Fraction], n: int) -> dict[Tree, Fraction]:
    """b = Σ ψ_i D_b^i δ_•: u' = ψ(h d/dt) f(u), numerics.md section 4 (i); Hairer, Lubich, Wanner, XV.3."""
    b: dict[Tree, Fraction] = {}
    D: dict[Tree, list[Fraction]] = {}
    for t in trees_to(n):
        D[t] = [Fraction(order(t) == 1), *[Fraction(0)] * (order(t) - 1)]
        for theta, delta, m in cuts(t):
            for i, x in enumerate(D[theta]):
                D[t][i + 1] += m * x * b[delta]
        b[t] = dot(coefficients[: order(t)], D[t])
    return b


def flow(b: dict[Tree, Any]) -> dict[Tree, Any]:
    """exp(D_b) id, the time-1 flow of a field: numerics.md section 2."""
    L: dict[Tree, list[Any]] = {}
    for t in sorted(b, key=order):
        L[t] = [b[t], *[Fraction(0)] * (order(t) - 1)]
        for theta, delta, m in cuts(t):
            for j, x in enumerate(L[theta]):
                L[t][j + 1] = L[t][j + 1] + m * x * b[delta]
    return {t: sum((x / factorial(j) for j, x in enumerate(row, 1)), Fraction(0)) for t, row in L.items()}


class Family(tuple[Any, ...]):
    """A vector with one component a tree: enough arithmetic for `step`."""

    def __add__(self, other: Any) -> "Family":
        return Family(a + b for a, b in zip(self, other, strict=True))

    def __mul__(self, c: Any) -> "Family":
        return Family(c * a for a in self)

    __rmul__ = __mul__


def tree_system(scheme: Scheme, keys: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields of y_t' = Π y_c over these trees (numerics.md, black-box probe)."""
    trees = [from_key(key, names) for key in keys]
    place = {t: i for i, t in enumerate(trees)}
    fields = [name.partition("[")[0] for name in names]

    def field(name: str) -> Any:
        def f(y: Family) -> Family:
            return Family(
                prod((y[place[c]] for c in children(t)), start=Fraction(1))
                if fields[colour(t)] == name
                else Fraction(0)
                for t in trees
            )

        return f

    return {name: field(name) for name in scheme.fields}


def probe(scheme: Scheme, keys: Any, names: tuple[str, ...]) -> dict[Any, Any]:
    """One step of size 1 on the tree system from 0: the scheme's own elementary weights."""
    keys = list(keys)
    start = Family(Fraction(0) for _ in keys)
    after = step(scheme, tree_system(scheme, keys, names), [start] * len(scheme.states))
    return {key: sum(state[i] for state in after) for i, key in enumerate(keys)}


def collocation(stages: int) -> tuple[list[list[Fraction]], list[Fraction]]:
    """A and b of collocation on the nodes i/s: implicit, rational, of order ≥ s (Hairer, Nørsett, Wanner I, II.7)."""
    c = [Fraction(i + 1, stages) for i in range(stages)]
    powers = [[x**q for x in c] for q in range(stages)]
    columns = [[x ** (q + 1) / (q + 1) for x in [*c, Fraction(1)]] for q in range(stages)]
    weights = solve(powers, columns)
    assert weights is not None
    rows = [list(row) for row in zip(*weights, strict=True)]
    return rows[:-1], rows[-1]


@st.composite
def one_parameter_families(draw: Any) -> Scheme:
    """Explicit multistep schemes of two or three steps whose coefficients are rational functions of k."""
    entries = st.one_of(rationals(("k",), 1), numbers)
    middle = draw(st.lists(entries, min_size=1, max_size=2))
    beta = draw(st.lists(entries, min_size=len(middle), max_size=len(middle)))
    return multistep("random_family", [-1 - sum(middle, Fraction(0)), *middle, 1], [*beta, 1, 0])
