"""Stochastic Runge–Kutta schemes in Rößler's form; fields, ξ and χ as in `schemes.catalogue.stochastic`.

    H0_i = u + Σ A0_ij F_j + r Σ B0_ij G_j,   F_i = h f(H0_i)          u' = u + Σ α_i F_i + Σ_k ρ_k Σ_i β^k_i G_i
    H1_i = u + Σ A1_ij F_j + q Σ B1_ij G_j,   G_i = √h g(H1_i)

Strong order 3/2 (SRI, SRA): r = χ, q = 1, ρ = ξ, (ξ² - 1)/2, χ, (ξ³ - 3ξ)/6.   Weak order 2: r = ξ, ρ = ξ, (ξ² - 1)/2.
"""

from collections.abc import Sequence
from fractions import Fraction as D
from typing import Any

from schemes.builders import formula
from schemes.catalogue.stochastic import AREA, NOISE, SQRT6
from schemes.interpreter import combine
from schemes.parameters import random
from schemes.registry import register
from schemes.rewriting import reduce
from schemes.scheme import Scheme

STRONG = "Rößler, SIAM J. Numer. Anal. 48 (2010) 922–952; digits: StochasticDiffEq.jl"
WEAK = "Rößler, SIAM J. Numer. Anal. 47 (2009) 1713–1738; digits: StochasticDiffEq.jl"
STRATONOVICH = "Rößler, BIT 47 (2007) 657–680; digits: StochasticDiffEq.jl"
STABLE = "Rackauckas, Nie, IEEE HPEC 2020 (arXiv:1804.04344); digits: StochasticDiffEq.jl"
Row = Sequence[Any]
Rows = Sequence[Row]


def roessler(name: str, A0: Rows, B0: Rows, A1: Rows, B1: Rows, alpha: Row, beta: Row, **about: Any) -> Scheme:
    """The scheme of rows below the diagonal, random factors included, and weights; idle and equal stages are left out.

    Source: Rößler, SIAM J. Numer. Anal. 48 (2010) 922–952.
    """

    def rule(f: Any, g: Any, u: Any) -> Any:
        F: list[Any] = []
        G: list[Any] = []
        for drift, noise, drift_beside, noise_beside in zip(A0, B0, A1, B1, strict=True):
            at = combine([(1, u), *zip(drift, F, strict=True), *zip(noise, G, strict=True)])
            beside = combine([(1, u), *zip(drift_beside, F, strict=True), *zip(noise_beside, G, strict=True)])
            F.append(f(at))
            G.append(g(beside))
        return combine([(1, u), *zip(alpha, F, strict=True), *zip(beta, G, strict=True)])

    return reduce(formula(name, rule, fields=("f", "g"), **about))


def rows(text: str, factor: Any = 1) -> list[list[Any]]:
    """The rows below the diagonal, the first of them empty, as printed: "1/2; 0 1/2", times a factor."""
    return [[], *(weights(row, factor) for row in text.split(";"))]


def weights(text: str, factor: Any = 1) -> list[Any]:
    return [D(x) * factor for x in text.split()]


def mixed(*columns: list[Any]) -> list[Any]:
    """Σ_k ρ_k β^k, stage by stage."""
    return [sum(column, D(0)) for column in zip(*columns, strict=True)]


def sra(name: str, A0: str, B0: str, alpha: str, xi: Any, zeta: Any, **about: Any) -> Scheme:
    """Constant g: every G is the same, so that of the other weights only Σ β^1 = 1 and Σ β^2 = 0 remain."""
    idle = [[D(0)] * i for i in range(len(alpha.split()))]
    chi, beta = xi / 2 + zeta, [xi, *[D(0)] * (len(idle) - 1)]
    return roessler(name, rows(A0), rows(B0, chi), idle, idle, weights(alpha), beta, **about)


def sri(name: str, A0: str, B0: str, A1: str, B1: str, alpha: str, beta: Row, xi: Any, zeta: Any) -> Scheme:
    chi = xi / 2 + zeta
    factors = xi, (xi**2 - 1) / 2, chi, (xi**3 - 3 * xi) / 6
    noise = mixed(*(weights(text, factor) for text, factor in zip(beta, factors, strict=True)))
    return roessler(name, rows(A0), rows(B0, chi), rows(A1), rows(B1), weights(alpha), noise, source=STRONG)


def ri(name: str, A0: str, B0: Rows, A1: str, B1: Rows, alpha: str, beta: Row, xi: Any, **about: Any) -> Scheme:
    one, two = beta
    noise = mixed([xi * x for x in one], [(xi**2 - 1) / 2 * x for x in two])
    drifted = [[xi * x for x in row] for row in B0]
    return roessler(name, rows(A0), drifted, rows(A1), B1, weights(alpha), noise, **about)


@register(order=2)
def sra1(xi: Any = random(NOISE), zeta: Any = random(AREA)) -> Scheme:
    """Rößler's SRA1 (and, without time, SRA2) for constant g: strong order 3/2."""
    return sra("sra1", "3/4", "3/2", "1/3 2/3", xi, zeta, source=STRONG)


@register(order=3)
def sra3(xi: Any = random(NOISE), zeta: Any = random(AREA)) -> Scheme:
    """Rößler's SRA3 for constant g: strong order 3/2, order 3 without noise."""
    return sra("sra3", "1; 1/4 1/4", "0; 1 1/2", "1/6 1/6 2/3", xi, zeta, source=STRONG)


@register(order=2)
def sosra(xi: Any = random(NOISE), zeta: Any = random(AREA)) -> Scheme:
    """SOSRA for constant g, three stages with a large region of mean-square stability: strong order 3/2."""
    A0 = "0.6923962376159507; -3.1609142252828395 4.1609142252828395"
    B0 = "1.3371632704399763; 1.442371048468624 1.8632741501139225"
    alpha = "0.2889874966892885 0.6859880440839937 0.0250244592267178"
    return sra("sosra", A0, B0, alpha, xi, zeta, source=STABLE, tolerance="1e-14")


@register(order=2)
def sriw1(xi: Any = random(NOISE), zeta: Any = random(AREA)) -> Scheme:
    """Rößler's SRI1W1: strong order 3/2."""
    return sri(
        "sriw1",
        A0="3/4; 0 0; 0 0 0",
        B0="3/2; 0 0; 0 0 0",
        A1="1/4; 1 0; 0 0 1/4",
        B1="1/2; -1 0; -5 3 1/2",
        alpha="1/3 2/3 0 0",
        beta=["-1 4/3 2/3 0", "-1 4/3 -1/3 0", "2 -4/3 -2/3 0", "-2 5/3 -2/3 1"],
        xi=xi,
        zeta=zeta,
    )


@register(order=3)
def sriw2(xi: Any = random(NOISE), zeta: Any = random(AREA)) -> Scheme:
    """Rößler's SRI2W1: strong order 3/2, order 3 without noise."""
    return sri(
        "sriw2",
        A0="1; 1/4 1/4; 0 0 0",
        B0="0; 1 1/2; 0 0 0",
        A1="1/4; 1 0; 0 0 1/4",
        B1="-1/2; 1 0; 2 -1 1/2",
        alpha="1/6 1/6 2/3 0",
        beta=["-1 4/3 2/3 0", "1 -4/3 1/3 0", "2 -4/3 -2/3 0", "-2 5/3 -2/3 1"],
        xi=xi,
        zeta=zeta,
    )


HALVES = [weights("1/2 1/4 1/4"), weights("0 1/2 -1/2")]  # the β of RI1, RI3 and RI6
APART = [[], [D(1)], [D(-1), D(0)]]


@register(order=3)
def ri1(xi: Any = random(NOISE)) -> Scheme:
    """Rößler's RI1: weak order 2, order 3 without noise."""
    return ri("ri1", "2/3; -1/3 1", rows("1; 0 0"), "1; 1 0", APART, "1/4 1/2 1/4", HALVES, xi, source=WEAK)


@register(order=3)
def ri3(xi: Any = random(NOISE)) -> Scheme:
    """Rößler's RI3: weak order 2, order 3 without noise."""
    B0 = [[], [(3 - 2 * SQRT6) / 5], [(6 + SQRT6) / 10, D(0)]]
    A0, alpha = "1; 1/4 1/4", "1/6 1/6 2/3"
    return ri("ri3", A0, B0, "1; 1 0", APART, alpha, HALVES, xi, source=WEAK, tolerance="1e-49")


@register(order=3)
def ri5(xi: Any = random(NOISE)) -> Scheme:
    """Rößler's RI5: weak order 2, order 3 without noise."""
    beta = [weights("1 -1 -1"), weights("0 1 -1")]  # as printed: -ξ is its ΔW/√h, which has the same law
    A0, B0, B1 = "1; 25/144 35/144", rows("1/3; -5/6 0"), rows("1/2; -1/2 0")
    return ri("ri5", A0, B0, "1/4; 1/4 0", B1, "1/10 3/14 24/35", beta, xi, source=WEAK)


@register(order=2)
def ri6(xi: Any = random(NOISE)) -> Scheme:
    """Rößler's RI6: weak order 2 with two drift stages."""
    return ri("ri6", "1; 0 0", rows("1; 0 0"), "1; 1 0", APART, "1/2 1/2 0", HALVES, xi, source=WEAK)


@register(order=3)
def dri1(xi: Any = random(NOISE)) -> Scheme:
    """Debrabant–Rößler DRI1: weak order 2 with a small error, order 3 without noise."""
    root = D("0.27819610952782118051923595468224745262233774983861")  # √(38/491)
    B0 = [[], [(6 - SQRT6) / 10], [(3 + 2 * SQRT6) / 5, D(0)]]
    B1 = [[], [3 * root], [-3 * root, D(0)]]
    beta = [weights("193/684 491/1368 491/1368"), [D(0), 1 / (6 * root), -1 / (6 * root)]]
    A0, A1, alpha = "1/2; -1 2", "342/491; 342/491 0", "1/6 2/3 1/6"
    source = "Debrabant, Rößler, Appl. Numer. Math. 59 (2009) 582–594; digits: StochasticDiffEq.jl"
    return ri("dri1", A0, B0, A1, B1, alpha, beta, xi, source=source, tolerance="1e-48")


def rs(name: str, A0: str, alpha: str, xi: Any) -> Scheme:
    """Stratonovich; the noise is that of Kutta's 3/8 rule, reordered."""
    B1 = rows("2/3; 1/12 1/4; -5/4 1/4 2", xi)
    B0 = rows("0; 1/4 3/4; 0 0 0", xi)
    beta = weights("1/8 3/8 3/8 1/8", xi)
    return roessler(name, rows(A0), B0, rows("0; 1 0; 1 0 0"), B1, weights(alpha), beta, source=STRATONOVICH)


@register(order=2)
def rs1(xi: Any = random(NOISE)) -> Scheme:
    """Rößler's RS1: Stratonovich, weak order 2."""
    return rs("rs1", "0; 1 0; 0 0 0", "0 0 1/2 1/2", xi)


@register(order=3)
def rs2(xi: Any = random(NOISE)) -> Scheme:
    """Rößler's RS2: Stratonovich, weak order 2, order 3 without noise."""
    return rs("rs2", "2/3; 1/6 1/2; 0 0 0", "1/4 1/4 1/2 0", xi)
