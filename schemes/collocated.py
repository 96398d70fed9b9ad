"""Implicit Runge–Kutta schemes of any order from their nodes: Gauss, Radau, Lobatto, and any collocation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from schemes.arguments import at_least
from schemes.builders import runge_kutta
from schemes.errors import SchemeError
from schemes.numerals import DIGITS, IRRATIONAL
from schemes.quadrature import gaussian, integrals, lagrange
from schemes.scheme import Scheme, vector

Rows = list[list[Any]]


def collocation(nodes: Sequence[Any], name: str = "") -> Scheme:
    """The scheme whose polynomial of degree s has the slope f at the s nodes: order s at least, stage order s.

        a_ij = ∫_0^{c_i} l_j(t) dt,   b_j = ∫_0^1 l_j(t) dt

    Raises SchemeError unless the nodes are exact numbers (or names of parameters), all different.
    Source: Guillou, Soulé 1969; Wright 1970; Hairer, Nørsett, Wanner, Solving ODEs I, theorem II.7.7.
    """
    c = vector(name := name or "collocation", "nodes", nodes)
    if not c:
        raise SchemeError(f"{name}: there are no nodes, give one a stage")
    if (twice := next((x for i, x in enumerate(c) if x in c[:i]), None)) is not None:
        raise SchemeError(f"{name}: the node {twice} stands twice, collocation needs different nodes")
    source = "collocation: Hairer, Nørsett, Wanner, Solving ODEs I, theorem II.7.7"
    return runge_kutta(name, integrals(c, c), integrals(c, [1])[0], source=source)


def gauss(stages: int) -> Scheme:
    """Collocation at the zeros of the Legendre polynomial: order 2s, symplectic, symmetric, A-stable.

    Exact with one stage, otherwise with 50 digits. Raises SchemeError where stages < 1.
    Source: Kuntzmann 1961; Butcher 1964; Hairer, Wanner, Solving ODEs II, tables IV.5.1–5.2.
    """
    c, exact = nodes("gauss", stages, 0, 0)
    return implicit(f"gauss{stages}", integrals(c, c), c, exact, "Hairer, Wanner, Solving ODEs II, theorem IV.5.2")


def radau_iia(stages: int) -> Scheme:
    """Collocation at the right Radau nodes, c_s = 1: order 2s - 1, stiffly accurate, L-stable.

    Exact with one or two stages, otherwise with 50 digits. Raises SchemeError where stages < 1.
    Source: Ehle 1969; Axelsson 1969; Hairer, Wanner, Solving ODEs II, tables IV.5.5–5.6.
    """
    c, exact = nodes("radau_iia", stages, 0, 1)
    return implicit(f"radau_iia{stages}", integrals(c, c), c, exact, "Hairer, Wanner, Solving ODEs II, theorem IV.5.3")


def radau_ia(stages: int) -> Scheme:
    """The left Radau nodes, c_1 = 0, with D(s), the conjugate of their collocation: order 2s - 1, L-stable.

    Exact with one or two stages, otherwise with 50 digits. Raises SchemeError where stages < 1.
    Source: Ehle 1969; Hairer, Wanner, Solving ODEs II, tables IV.5.3–5.4.
    """
    c, exact = nodes("radau_ia", stages, 1, 0)
    A = conjugate(integrals(c, c), weights(c))
    return implicit(f"radau_ia{stages}", A, c, exact, "Hairer, Wanner, Solving ODEs II, theorem IV.5.3")


def lobatto_iiia(stages: int) -> Scheme:
    """Collocation at the Lobatto nodes, c_1 = 0, c_s = 1: order 2s - 2, symmetric, A-stable; 2: the trapezoid.

    Exact with two or three stages, otherwise with 50 digits. Raises SchemeError where stages < 2.
    Source: Ehle 1969; Hairer, Wanner, Solving ODEs II, tables IV.5.7–5.8.
    """
    c, exact = nodes("lobatto_iiia", stages, 1, 1)
    source = "Hairer, Wanner, Solving ODEs II, theorem IV.5.4"
    return implicit(f"lobatto_iiia{stages}", integrals(c, c), c, exact, source)


def lobatto_iiib(stages: int) -> Scheme:
    """The Lobatto nodes with D(s), the conjugate of Lobatto IIIA: order 2s - 2, symmetric, A-stable.

    Exact with two or three stages, otherwise with 50 digits. Raises SchemeError where stages < 2.
    Source: Ehle 1969; Hairer, Wanner, Solving ODEs II, tables IV.5.9–5.10.
    """
    c, exact = nodes("lobatto_iiib", stages, 1, 1)
    A = conjugate(integrals(c, c), weights(c))
    return implicit(f"lobatto_iiib{stages}", A, c, exact, "Hairer, Wanner, Solving ODEs II, theorem IV.5.4")


def lobatto_iiic(stages: int) -> Scheme:
    """The Lobatto nodes with C(s-1) and a_i1 = b_1: order 2s - 2, stiffly accurate, L-stable.

        a_ij = ∫_0^{c_i} l_j(t) dt - b_1 l_j(0),  j ≥ 2,  l_j on the nodes without c_1

    Exact with two or three stages, otherwise with 50 digits. Raises SchemeError where stages < 2.
    Source: Chipman 1971; Hairer, Wanner, Solving ODEs II, tables IV.5.11–5.12.
    """
    c, exact = nodes("lobatto_iiic", stages, 1, 1)
    first, others = weights(c)[0], c[1:]
    at_zero = [lagrange(others, j)[0] for j in range(stages - 1)]
    A = [[first, *(x - first * l for x, l in zip(row, at_zero, strict=True))] for row in integrals(others, c)]
    return implicit(f"lobatto_iiic{stages}", A, c, exact, "Hairer, Wanner, Solving ODEs II, theorem IV.5.4")


# ---- parts ---------------------------------------------------------------------------------------------------------


def nodes(family: str, stages: int, left: int, right: int) -> tuple[list[Fraction], bool]:
    at_least(max(left + right, 1), family, stages=stages)
    return gaussian(stages, left, right)


def weights(c: list[Fraction]) -> list[Any]:
    return integrals(c, [1])[0]


def conjugate(A: Rows, b: list[Any]) -> Rows:
    """â_ij = b_j - b_j a_ji / b_i, the other half of a symplectic pair: C(q) of A becomes D(q), and D(q) C(q)."""
    s = range(len(b))
    return [[b[j] - b[j] * A[j][i] / b[i] for j in s] for i in s]


def implicit(name: str, A: Rows, c: list[Fraction], exact: bool, source: str) -> Scheme:
    """The scheme on the nodes c, its entries rounded unless the nodes are exact; a symmetric table stays symmetric."""
    b = weights(c)
    if exact:
        return runge_kutta(name, A, b, source=source)
    rows, short = [rounded(row) for row in A], rounded(b)
    if reflected(A, b) == A:
        pairs = zip(rows, reflected(rows, short), strict=True)
        rows = [[(x + y) / 2 for x, y in zip(*pair, strict=True)] for pair in pairs]
    return runge_kutta(name, rows, short, source=source, tolerance=IRRATIONAL)


def rounded(row: list[Fraction]) -> list[Fraction]:
    """The entries to DIGITS decimals, what their sum lacks added in the middle, so that Σ b = 1 and Σ_j a_ij = c_i."""
    x = [round(a, DIGITS) for a in row]
    lacking = round(sum(row, Fraction(0)), DIGITS) - sum(x)
    middle = len(x) // 2
    x[middle] += lacking / 2
    x[-1 - middle] += lacking / 2
    return x


def reflected(A: Rows, b: list[Any]) -> Rows:
    """b_j - a_{s+1-i,s+1-j}, the table of the adjoint, its stages in reverse."""
    return [[y - x for x, y in zip(reversed(row), b, strict=True)] for row in reversed(A)]
