"""Stochastic tables against Itô–Taylor expansions: every term of nonlinear f and g, random numbers as symbols.

At u = 0 the fields are f(x) = a0 + a1 x + a2 x²/2 + a3 x³/6 and g(x) = b0 + b1 x + … + b4 x⁴/24, s = √h; higher
derivatives enter after s⁵. With L0 = f ∂ + ½ g² ∂² and L1 = g ∂, X = Σ (L_i1 … L_in x)(0) I_(i1 … in) (Kloeden, Platen,
chapter 5) and E φ(X) = Σ hⁿ/n! (L0ⁿ φ)(0). Which local errors make a global order: Milstein, Tretyakov, Stochastic
Numerics for Mathematical Physics, chapters 1 and 2.
"""

from fractions import Fraction

import pytest
from sympy import QQ, Matrix, Rational, ring, solve, sqrt, symarray

from analysis import order
from schemes import get, random, reduce, runge_kutta, symbol
from schemes.catalogue.stochastic import AREA
from schemes.exact import coefficient
from schemes.laws import Normal, ThreePoint, TwoPoint
from schemes.registry import entry

RING, s, x, a0, a1, a2, a3, b0, b1, b2, b3, b4, xi, zeta = ring("s x a0 a1 a2 a3 b0 b1 b2 b3 b4 xi zeta", QQ)
NAMES = {"xi": xi, "zeta": zeta}
LAWS = {"xi": Normal(0, 1).moment, "zeta": lambda n: Normal(0, 1).moment(n) / 12 ** (n // 2)}
ITO = [
    *("euler_maruyama", "euler_weak", "milstein", "platen_weak2", "tocino_weak2", "platen15"),
    *("sra1", "sra3", "sosra", "sriw1", "sriw2", "ri1", "ri3", "ri5", "ri6", "dri1"),
]
STRATONOVICH = ["euler_heun", "heun_stratonovich", "midpoint_stratonovich", "rk4_stratonovich", "rs1", "rs2"]
ADDITIVE = "sra1", "sra3", "sosra"


def lifted(c):
    """An entry of the table in the ring."""
    if isinstance(c, Fraction):
        return RING(QQ(c.numerator, c.denominator))
    value = c(**NAMES)
    return value if isinstance(value, type(xi)) else RING(QQ(value.numerator, value.denominator))


def cut(p):
    """p without what is beyond s⁵."""
    return RING.from_dict({m: c for m, c in p.items() if m[0] <= 5})


def drift(y):
    square = cut(y * y)
    return cut(s**2 * (a0 + a1 * y + a2 * square / 2 + a3 * cut(square * y) / 6))


def noise(y):
    square = cut(y * y)
    return cut(s * (b0 + b1 * y + b2 * square / 2 + b3 * cut(square * y) / 6 + b4 * cut(square * square) / 24))


def one_step(scheme):
    """u[n+1] from u[n] = 0 as a polynomial in s, the derivatives and the random numbers."""
    slopes = []
    for field, row in zip(scheme.fields, scheme.A, strict=True):
        y = sum((lifted(c) * k for c, k in zip(row, slopes, strict=False) if c != 0), RING(0))
        slopes.append((drift if field == "f" else noise)(cut(y)))
    return cut(sum((lifted(c) * k for c, k in zip(scheme.B[0], slopes, strict=True)), RING(0)))


def power(p, n):
    """The coefficient of sⁿ."""
    return RING.from_dict({(0, *m[1:]): c for m, c in p.items() if m[0] == n})


def mean(p, laws=LAWS):
    """E over the random numbers."""
    total = RING(0)
    for m, c in p.items():
        factor = c
        for name, n in zip(NAMES, m[-2:], strict=True):
            moment = Fraction(laws[name](n))
            factor *= QQ(moment.numerator, moment.denominator)
        total += RING.from_dict({(*m[:-2], 0, 0): factor})
    return total


def law_of(scheme):
    return next(p.value for p in scheme.parameters if p.name == "xi")


def generators(scheme):
    f = a0 + a1 * x + a2 * x**2 / 2 + a3 * x**3 / 6
    g = b0 + b1 * x + b2 * x**2 / 2 + b3 * x**3 / 6 + b4 * x**4 / 24
    if scheme.name in STRATONOVICH:
        f += g * g.diff(x) / 2
    return lambda p: f * p.diff(x) + g**2 * p.diff(x).diff(x) / 2, lambda p: g * p.diff(x)


def expansion(scheme):
    """Terms of s¹, s² and s³ of the exact solution, and E of that of s⁴; χ = I_(1,0) = ξ/2 + ζ."""
    L = generators(scheme)

    def at(word):
        p = x
        for letter in reversed(word):
            p = L[int(letter)](p)
        return p.evaluate(x, 0).set_ring(RING)

    chi = xi / 2 + zeta
    third = at("10") * chi + at("01") * (xi - chi) + at("111") * (xi**3 - 3 * xi) / 6
    return {1: at("1") * xi, 2: at("0") + at("11") * (xi**2 - 1) / 2, 3: third, 4: at("00") / 2}


def equal(scheme, left, right):
    """Equal, as far as the digits of the table go; for constant g in schemes that are made for it."""
    difference = left - right
    if scheme.name in ADDITIVE:
        difference = RING.from_dict({m: c for m, c in difference.items() if not any(m[7:11])})
    return max(map(abs, difference.values()), default=0) <= 1000 * QQ(*scheme.tolerance.as_integer_ratio())


def strong_order(scheme):
    """γ: the step is right to s^2γ, and its mean to s^(2γ+1); 0 where its ξ is no increment of the Wiener process."""
    if law_of(scheme) != Normal(0, 1):
        return Fraction(0)
    step, exact = one_step(scheme), expansion(scheme)
    right = [equal(scheme, power(step, n), exact[n]) for n in (1, 2, 3)]
    right_mean = [equal(scheme, mean(power(step, n)), mean(exact[n])) for n in (1, 2, 3, 4)]
    known = [n for n in (1, 2, 3) if all(right[:n]) and all(right_mean[: n + 1])]
    return Fraction(max(known, default=0), 2)


def weak_order(scheme):
    """β: E uᵏ is right to s^2β for every k."""
    laws = LAWS | {"xi": law_of(scheme).moment}
    L0, _ = generators(scheme)
    step, found = one_step(scheme), {}
    moment, phi = RING(1), RING(1)
    for _ in range(5):
        moment, phi = cut(moment * step), phi * x
        first, second = L0(phi), L0(L0(phi)) / 2
        exact = {
            1: RING(0),
            2: first.evaluate(x, 0).set_ring(RING),
            3: RING(0),
            4: second.evaluate(x, 0).set_ring(RING),
            5: RING(0),
        }
        for n in exact:
            found[n] = found.get(n, True) and equal(scheme, mean(power(moment, n), laws), exact[n])
    known = [n for n in range(1, 6) if all(found[m] for m in range(1, n + 1))]
    return Fraction(max(max(known, default=1) - 1, 0), 2)


@pytest.mark.parametrize(
    ("name", "strong", "weak"),
    [
        # Kloeden, Platen, chapters 10, 11, 14, 15, and Rümelin 1982
        ("euler_maruyama", "1/2", 1),
        ("euler_weak", "0", 1),
        ("milstein", "1", 1),
        ("euler_heun", "1", 1),
        ("heun_stratonovich", "1", 1),
        ("midpoint_stratonovich", "1", 1),
        ("rk4_stratonovich", "1", 1),
        ("platen_weak2", "1", 2),
        ("tocino_weak2", "1", 2),
        ("platen15", "3/2", 2),
        # Rößler 2010, 2009, 2007; Debrabant, Rößler 2009; Rackauckas, Nie 2020
        ("sra1", "3/2", 2),
        ("sra3", "3/2", 2),
        ("sosra", "3/2", 2),
        ("sriw1", "3/2", "3/2"),
        ("sriw2", "3/2", "3/2"),
        ("ri1", "1", 2),
        ("ri3", "1", 2),
        ("ri5", "0", 2),  # its ΔW is -√h ξ
        ("ri6", "1", 2),
        ("dri1", "1", 2),
        ("rs1", "1", 2),
        ("rs2", "1", 2),
    ],
)
def test_orders_by_the_expansion_of_one_step(name, strong, weak):
    scheme = get(name)
    assert (strong_order(scheme), weak_order(scheme)) == (Fraction(strong), Fraction(weak))


@pytest.mark.parametrize(
    ("law", "order", "named"),
    [
        # Kloeden, Platen, 14.1 and 14.2: ±√h is enough for weak order 1, ±√(3h) and 0 for weak order 2
        (TwoPoint(), 1, "euler_maruyama milstein platen_weak2 ri6"),
        (ThreePoint(), 2, "platen_weak2 ri1 ri3 ri5 ri6 dri1 rs1 rs2"),
        (ThreePoint(), 1, "euler_maruyama milstein tocino_weak2"),  # its ξ³ needs E ξ⁶ = 15, three points have 9
    ],
)
def test_noise_of_few_points_keeps_the_weak_order_that_its_moments_allow(law, order, named):
    for name in named.split():
        assert weak_order(get(name, xi=random(law))) == order, name


@pytest.mark.parametrize("name", ["sra1", "sra3", "sosra"])
def test_schemes_for_constant_g_are_right_for_it_only(name):
    scheme = get(name)
    L = generators(scheme)[1]
    assert power(one_step(scheme), 2) - expansion(scheme)[2] != 0 and L(L(x)).diff(b1) != 0


DETERMINISTIC = {  # name: the table of f alone
    "euler_maruyama": get("euler"),
    "euler_weak": get("euler"),
    "milstein": get("euler"),
    "euler_heun": get("euler"),
    "heun_stratonovich": get("heun2"),
    "midpoint_stratonovich": get("midpoint"),
    "rk4_stratonovich": get("rk4_classic"),
    "platen_weak2": get("heun2"),
    "ri6": get("heun2"),
    "tocino_weak2": get("midpoint"),
    "platen15": get("heun2"),
    "sra1": runge_kutta("quarter", [["3/4"]], ["1/3", "2/3"]),
    "sriw1": runge_kutta("quarter", [["3/4"]], ["1/3", "2/3"]),
    "rs1": get("heun2"),
    **dict.fromkeys(["sra3", "sriw2", "ri3"], get("ssprk33")),
    "dri1": get("kutta3"),
}


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_without_noise_the_table_is_a_known_one(name):
    scheme, known = get(name), DETERMINISTIC[name]
    kept = [i for i, field in enumerate(scheme.fields) if field == "f"]
    A = [[scheme.A[i][j] for j in kept] for i in kept]
    assert reduce(runge_kutta(name, A, [scheme.B[0][i] for i in kept])).table == reduce(known).table


def stationary_variance(name, h):
    """E u² of u' = -u + dW in the long run: P = M P Mᵀ + N Nᵀ, the states are M · states + ξ N."""
    scheme = get(name)
    f, g = (scheme.fields.index(field) for field in "fg")
    states = range(len(scheme.V))
    M = Matrix(len(states), len(states), lambda i, j: scheme.V[i][j] - h * scheme.B[i][f] * scheme.U[f][j])
    N = Matrix([coefficient(scheme.B[i][g]) / symbol("xi") if scheme.B[i][g] != 0 else 0 for i in states]) * sqrt(h)
    P = symarray("p", M.shape)
    equations = Matrix(P) - M * Matrix(P) * M.T - N * N.T
    return solve(list(equations), list(P.flat))[P[0, 0]]


def test_leimkuhler_matthews_has_the_stationary_variance_of_the_exact_solution():
    h = Rational(1, 10)
    assert stationary_variance("leimkuhler_matthews", h) == Rational(1, 2)
    assert stationary_variance("euler_maruyama", h) == 1 / (2 - h)


def test_the_double_integral_has_its_moments():
    # Kloeden, Platen, 10.4: E ΔZ² = h³/3, E ΔW ΔZ = h²/2; χ = ξ/2 + ζ
    assert abs(AREA.moment(2) - Fraction(1, 12)) < Fraction("1e-49") and AREA.moment(1) == 0
    chi = xi / 2 + zeta
    assert mean(chi**2) == QQ(1, 3) and mean(chi * xi) == QQ(1, 2)


@pytest.mark.parametrize("name", [*ITO, *STRATONOVICH, "leimkuhler_matthews"])
def test_claims_are_those_of_the_mean_scheme(name):
    scheme = get(name)
    assert order(scheme) == order(scheme.mean()) == entry(name).order
    assert scheme.explicit and scheme.mean().role("random") == ()
