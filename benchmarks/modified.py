"""What does an exact modified equation cost, beside kauri in the same run, and how does that grow with the order?

Needs the extra `peers`. Cold: a fresh process on one core, timed inside it after its imports, trees and cuts included.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from time import perf_counter
from typing import Any

from analysis import modified_equation, modifying_integrator
from analysis.modifying import modifying
from analysis.series import underlying
from analysis.trees import from_key, sigma
from benchmarks.certificates import cold
from benchmarks.paired import paired, write
from schemes import Scheme, adams_bashforth, general_linear, get
from schemes.linear import solve

IMPORTS = "from schemes import *\nfrom analysis import *\nfrom benchmarks.modified import dimsim\n"
MIDPOINT_GOALS = {8: 0.05, 9: 0.14, 10: 0.4, 12: 4.0}


def dimsim() -> Scheme:
    """A diagonally implicit multistage scheme, explicit, of three stages, order and stage order 3.

    B = B0 - A B1 - V B2 + V A at the nodes 0, 1/2, 1, the Bs from Lagrange polynomials: Butcher, Appl. Numer. Math. 11
    (1993), theorem 3.1. A and V are free.
    """
    c = (Fraction(0), Fraction(1, 2), Fraction(1))
    A = [[Fraction(0)] * 3, [Fraction(1, 2), Fraction(0), Fraction(0)], [Fraction(1, 4), Fraction(1), Fraction(0)]]
    V = [[Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]] * 3
    powers = [[x**q for x in c] for q in range(3)]

    def by_nodes(moments: Callable[[Fraction, int], Fraction]) -> list[list[Fraction]]:
        """Rows w with Σ w_j c_j^q = moment of x^q at each node."""
        found = solve(powers, [[moments(x, q) for x in c] for q in range(3)])
        assert found is not None
        return [list(row) for row in zip(*found, strict=True)]

    B0 = by_nodes(lambda x, q: (1 + x) ** (q + 1) / (q + 1))
    B1 = by_nodes(lambda x, q: (1 + x) ** q)
    B2 = by_nodes(lambda x, q: x ** (q + 1) / (q + 1))

    def entry(i: int, j: int) -> Fraction:
        change = (V[i][k] * (A[k][j] - B2[k][j]) - A[i][k] * B1[k][j] for k in range(3))
        return B0[i][j] + sum(change, Fraction(0))

    B = [[entry(i, j) for j in range(3)] for i in range(3)]
    unit = [[Fraction(i == j) for j in range(3)] for i in range(3)]
    return general_linear("dimsim", A, unit, B, V, states=("u[n]", "v[n]", "w[n]"))


def fresh(question: Callable[..., Any], scheme: Scheme, order: int, number: Any = None) -> Callable[[], Any]:
    """The question with nothing kept of the scheme; trees and cuts stay."""

    def work() -> Any:
        underlying.cache_clear()
        modifying.cache_clear()
        return question(scheme, order, number)

    return work


def once(work: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    found = work()
    return perf_counter() - start, found


def from_cold() -> list[dict[str, Any]]:
    cases = [(f"midpoint to order {n}", "get('midpoint')", n, goal) for n, goal in MIDPOINT_GOALS.items()]
    cases += [
        ("AB5 to order 10", "adams_bashforth(5)", 10, 0.6),
        ("three-stage DIMSIM to order 10", "dimsim()", 10, 0.6),
        ("lm2, symbolic in k, to order 6", "get('lm2')", 6, 2.0),
    ]
    rows = []
    for case, scheme, order, goal in cases:
        seconds = cold(f"{IMPORTS}scheme = {scheme}", f"modified_equation(scheme, {order})", 5)
        rows.append({"case": f"{case}, cold", "seconds": seconds, "goal": goal})
    return rows


def against_kauri(orders: tuple[int, ...] = (5, 6, 7, 8)) -> list[dict[str, Any]]:
    """The same sums Σ b(t)/σ(t) over the trees of an order, once each: kauri enumerates the partitions of a tree."""
    import kauri

    rows = []
    for n in orders:
        seconds, ours = once(fresh(modified_equation, get("midpoint"), n))
        total = sum(b / sigma(from_key(t)) for t, b in ours.items() if len(t) == n)
        peer = kauri.midpoint.modified_equation_map()
        theirs, value = once(lambda n=n, peer=peer: sum(peer(t) / t.sigma() for t in kauri.trees_of_order(n)))
        assert abs(float(total) - float(value)) < 1e-9, "the same sum"
        rows.append(
            {"case": f"midpoint, order {n}", "seconds": seconds, "kauri_seconds": theirs, "ratio": seconds / theirs}
        )
    return rows


def against_each_other() -> list[dict[str, Any]]:
    midpoint, lm2, dopri5 = get("midpoint"), get("lm2"), get("dopri5")
    cases = [
        *((f"modifying / modified, midpoint, order {n}", fresh(modifying_integrator, midpoint, n),
           fresh(modified_equation, midpoint, n), 5) for n in (8, 9, 10, 12)),
        ("modifying / modified, AB5, order 9", fresh(modifying_integrator, adams_bashforth(5), 9),
         fresh(modified_equation, adams_bashforth(5), 9), 5),
        ("lm2, symbolic / at k = -1/2, order 8", fresh(modified_equation, lm2, 8),
         fresh(modified_equation, lm2.at(k=Fraction(-1, 2)), 8), 5),
        ("dopri5, exact / floats, order 10", fresh(modified_equation, dopri5, 10),
         fresh(modified_equation, dopri5, 10, float), 5),
    ]  # fmt: skip
    return [{"case": case, **paired(a, b, rounds=rounds, warmup=1)} for case, a, b, rounds in cases]


def growth() -> list[dict[str, Any]]:
    """Seconds an order with the trees known, and the ratio to the order before."""
    rows: list[dict[str, Any]] = []
    for name, orders in (("midpoint", range(8, 14)), ("lm2", range(6, 11))):
        modified_equation(get(name), max(orders))
        before = None
        for n in orders:
            seconds = min(once(fresh(modified_equation, get(name), n))[0] for _ in range(3))
            rows.append(
                {"case": f"{name}, order {n}", "seconds": seconds, "to_the_one_before": before and seconds / before}
            )
            before = seconds
    return rows


if __name__ == "__main__":
    write("modified", from_cold() + against_kauri() + against_each_other() + growth())
