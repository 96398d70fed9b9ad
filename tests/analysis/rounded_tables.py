"""Irrational tables cut to 50 digits, of every kind: made from their definitions, at 60 digits."""

from fractions import Fraction
from functools import cache

import mpmath

from schemes import Scheme, formula, general_linear, runge_kutta

DIGITS = 50
TOLERANCE = Fraction(1, 10**DIGITS)


def cut(x, digits=DIGITS):
    """A number to this many digits behind the point."""
    return Fraction(int(mpmath.nint(x * mpmath.mpf(10) ** digits)), 10**digits)


def decimals(rows, digits=DIGITS):
    return [[cut(x, digits) for x in row] for row in rows]


def precisely(make):
    """Called once, at 70 digits."""

    @cache
    def made(*given):
        with mpmath.workdps(70):
            return make(*given)

    return made


def nodes(times: int, i: int, j: int) -> list:
    """The zeros of d^times/dx^times x^i (x-1)^j. Source: Hairer, Wanner II, IV.5."""
    p = [0] * i + [mpmath.binomial(j, k) * (-1) ** (j - k) for k in range(j + 1)]
    for _ in range(times):
        p = [n * c for n, c in enumerate(p)][1:]
    return sorted(x.real for x in mpmath.polyroots(p[::-1], maxsteps=500, extraprec=400))


def collocated(c: list) -> tuple[list, list]:
    """A and b with Σ_j a_ij c_j^k = c_i^(k+1)/(k+1), and so for b at 1."""
    powers = mpmath.matrix([[x**k for x in c] for k in range(len(c))])
    *A, b = (
        list(powers**-1 * mpmath.matrix([x ** (k + 1) / (k + 1) for k in range(len(c))])) for x in [*c, mpmath.mpf(1)]
    )
    return A, b


def collocation(name: str, c: list) -> Scheme:
    A, b = collocated(c)
    return runge_kutta(name, decimals(A), *decimals([b]), tolerance=TOLERANCE)


@precisely
def gauss(s: int) -> Scheme:
    return collocation(f"gauss{s}", nodes(s, s, s))


@precisely
def radau_iia(s: int) -> Scheme:
    return collocation(f"radau_iia{s}", nodes(s - 1, s - 1, s))


@precisely
def lobatto(kind: str, s: int) -> Scheme:
    """IIIA collocates; IIIB: a_ij = b_j (1 - a*_ji/b_i) with the A* of IIIA; IIIC: a_i1 = b_1 and C(s-1).

    Source: Hairer, Wanner II, tables IV.5.7–5.12.
    """
    c = nodes(s - 2, s - 1, s - 1)
    A, b = collocated(c)
    if kind == "b":
        A = [[b[j] * (1 - A[j][i] / b[i]) for j in range(s)] for i in range(s)]
    if kind == "c":
        powers = mpmath.matrix([[x**k for x in c] for k in range(s - 1)] + [[1] + [0] * (s - 1)])
        A = [
            list(mpmath.lu_solve(powers, mpmath.matrix([ci ** (k + 1) / (k + 1) for k in range(s - 1)] + [b[0]])))
            for ci in c
        ]
    return runge_kutta(f"lobatto_iii{kind}{s}", decimals(A), *decimals([b]), tolerance=TOLERANCE)


@precisely
def alexander3() -> Scheme:
    """γ³ - 3γ² + 3γ/2 - 1/6 = 0. Source: Alexander, SIAM J. Numer. Anal. 14 (1977), theorem 5."""
    g = mpmath.findroot(lambda x: x**3 - 3 * x**2 + 1.5 * x - mpmath.mpf(1) / 6, 0.4358)
    b1, b2 = -(6 * g * g - 16 * g + 1) / 4, (6 * g * g - 20 * g + 5) / 4
    A = decimals([[g, 0, 0], [(1 - g) / 2, g, 0], [b1, b2, g]])
    return runge_kutta("alexander3", A, A[-1], tolerance=TOLERANCE)


@precisely
def crouzeix3() -> Scheme:
    """Three stages, order 4, γ = cos(π/18)/√3 + ½. Source: Crouzeix 1975; Hairer, Wanner II, (IV.6.18)."""
    g = mpmath.cos(mpmath.pi / 18) / mpmath.sqrt(3) + mpmath.mpf(1) / 2
    d = 1 / (6 * (2 * g - 1) ** 2)
    A = [[g, 0, 0], [mpmath.mpf(1) / 2 - g, g, 0], [2 * g, 1 - 4 * g, g]]
    return runge_kutta("crouzeix3", decimals(A), *decimals([[d, 1 - 2 * d, d]]), tolerance=TOLERANCE)


@precisely
def triple_jump_midpoint() -> Scheme:
    """Implicit midpoint steps of γ h, (1-2γ) h, γ h, γ = 1/(2 - ∛2). Source: HLW, example II.4.2; a DIRK scheme."""
    g = 1 / (2 - mpmath.cbrt(2))
    b = [g, 1 - 2 * g, g]
    A = [[b[j] if j < i else b[i] / 2 if i == j else 0 for j in range(3)] for i in range(3)]
    return runge_kutta("triple_jump", decimals(A), *decimals([b]), tolerance=TOLERANCE)


def splitting(name: str, a: list, b: list) -> Scheme:
    """x += a_i h f(y), y += b_i h g(x) in turn."""

    def rule(f, g, x, y):
        for i in range(len(a)):
            x = x + cut(a[i]) * f(y)
            y = y + cut(b[i]) * g(x) if i < len(b) else y
        return x, y

    return formula(name, rule, fields=("f", "g"), states=("x[n]", "y[n]"), tolerance=TOLERANCE)


@precisely
def forest_ruth() -> Scheme:
    """Order 4. Source: Forest, Ruth, Physica D 43 (1990) 105–117."""
    g = 1 / (2 - mpmath.cbrt(2))
    return splitting("forest_ruth", [g / 2, (1 - g) / 2, (1 - g) / 2, g / 2], [g, 1 - 2 * g, g])


@precisely
def additive() -> Scheme:
    """ARS(2,2,2): one state, f explicit and g implicit, γ = 1 - 1/√2. Source: Ascher, Ruuth, Spiteri 1997, 2.6."""
    g = 1 - 1 / mpmath.sqrt(2)
    d = 1 - 1 / (2 * g)
    explicit = [[0, 0, 0], [g, 0, 0], [d, 1 - d, 0]]
    implicit = [[0, 0, 0], [0, g, 0], [0, 1 - g, g]]
    A = [x + y for x, y in zip(explicit, implicit, strict=True)] * 2
    b = [d, 1 - d, 0, 0, 1 - g, g]
    return general_linear(
        "ars222", decimals(A), [[1]] * 6, decimals([b]), [[1]], fields=("f",) * 3 + ("g",) * 3, tolerance=TOLERANCE
    )


@precisely
def g_symplectic() -> Scheme:
    """Two stages, two states, order 4. Source: Butcher, Hewitt, Numer. Algorithms 51 (2009) 77–84, (the method P)."""
    r = mpmath.sqrt(3)
    g = (3 + r) / 6
    A, U = [[g, 0], [-r / 3, g]], [[1, -(3 + 2 * r) / 3], [1, (3 + 2 * r) / 3]]
    return general_linear(
        "method_p", decimals(A), decimals(U), [["1/2", "1/2"], ["1/2", "-1/2"]], [[1, 0], [0, -1]],
        states=("u[n]", "w[n]"), tolerance=TOLERANCE,
    )  # fmt: skip


@precisely
def dimsim2() -> Scheme:
    """Type 2, order 2, L-stable with R(z) of an SDIRK scheme. Source: Butcher, Applied Numer. Math. 11 (1993)."""
    r = mpmath.sqrt(2)
    g = (2 - r) / 2
    V = [(3 - r) / 2, (r - 1) / 2]
    A = [[g, 0], [(6 + 2 * r) / 7, g]]
    B = [[(73 - 34 * r) / 28, (4 * r - 5) / 4], [(87 - 48 * r) / 28, (34 * r - 45) / 28]]
    return general_linear(
        "dimsim2", decimals(A), [[1, 0], [0, 1]], decimals(B), decimals([V, V]), states=("u[n]", "w[n]"),
        tolerance=TOLERANCE,
    )  # fmt: skip
