"""Weak orders by brute force: one step on random cubic fields in the plane, against the generator, without trees."""

from fractions import Fraction
from itertools import product
from math import factorial
from random import Random

import pytest
from sympy import QQ, ring

from analysis.stochastic.weak_orders import weak_order
from schemes import get
from schemes.diffusion import diffusive

PLANE, x, y = ring("x y", QQ)
STEP, s, xi, zeta = ring("s xi zeta", QQ)
LAST = 6  # powers of s = √h that are looked at
MONOMIALS = [(i, j) for i, j in product(range(4), repeat=2) if 0 < i + j < 4]


def cubic(seed):
    """Two polynomials of degree 3 with small whole coefficients, none of them 0."""
    draw = Random(seed)
    powers = [(i, j) for i, j in product(range(4), repeat=2) if i + j < 4]
    return tuple(PLANE.from_dict({m: QQ(draw.choice([-2, -1, 1, 2])) for m in powers}) for _ in range(2))


FIELDS = {"f": cubic(1), "g": cubic(2)}


def rational(c):
    return QQ(c.numerator, c.denominator)


class Point:
    """Two polynomials in s and the random numbers, cut off beyond s^LAST."""

    def __init__(self, *u):
        self.u = tuple(map(cut, u))

    def __add__(self, other):
        return Point(*(a + b for a, b in zip(self.u, other.u, strict=True)))

    def __rmul__(self, c):
        c = rational(c) if isinstance(c, int | Fraction) else c
        return Point(*(c * a for a in self.u))

    def at(self, field):
        """The value of a field, power by power."""
        powers = [[STEP(1)], [STEP(1)]]
        for row, a in zip(powers, self.u, strict=True):
            for _ in range(3):
                row.append(cut(row[-1] * a))
        return Point(*(sum((c * cut(powers[0][i] * powers[1][j]) for (i, j), c in p.items()), STEP(0)) for p in field))


def cut(p):
    return STEP.from_dict({m: c for m, c in p.items() if m[0] <= LAST})


def lifted(c, names):
    """An entry times s², a polynomial."""
    if isinstance(c, Fraction):
        return rational(c) * s**2
    num = sum((STEP(n) * power(m, names) for m, n in c.num.items()), STEP(0))
    den = sum((STEP(n) * power(m, names) for m, n in c.den.items()), STEP(0))
    return (num * s**2).exquo(den)


def power(monomial, names):
    found = STEP(1)
    for name, e in monomial:
        found *= names[name] ** e
    return found


def moments_of_a_step(scheme):
    """{monomial: the coefficients of 1, s, … in E of it after a step from 0}."""
    table, laws = diffusive(scheme), [p.value for p in scheme.parameters if p.kind == "random"]
    names = dict(zip(["root_h", *scheme.role("random")], (s, xi, zeta), strict=False))
    A, B = ([[lifted(c, names) if c != 0 else 0 for c in row] for row in rows] for rows in (table.A, table.B))
    slopes = []
    for field, row in zip(table.fields, A, strict=True):
        at = sum((c * k for c, k in zip(row, slopes, strict=False) if c != 0), Point(STEP(0), STEP(0)))
        slopes.append(at.at(FIELDS[field]))
    end = sum((c * k for c, k in zip(B[0], slopes, strict=True) if c != 0), Point(STEP(0), STEP(0)))
    return {m: mean(cut(cut(end.u[0] ** m[0]) * cut(end.u[1] ** m[1])), laws) for m in MONOMIALS}


def mean(p, laws):
    found = [Fraction(0)] * (LAST + 1)
    for (n, *drawn), c in p.items():
        value = Fraction(int(c.numerator), int(c.denominator))
        for law, e in zip(laws, drawn, strict=False):
            value *= law.moment(e)
        found[n] += value
    return found


def moments_of_the_equation(drift, noise, variance=Fraction(1)):
    """E of monomials by Σ hⁿ Lⁿ/n! at 0, L = μ·∂ + variance/2 Σ σ_i σ_j ∂_i ∂_j."""

    def generator(p):
        first = p.diff(x), p.diff(y)
        second = [[q.diff(x), q.diff(y)] for q in first]
        pairs = sum((noise[i] * noise[j] * second[i][j] for i, j in product(range(2), repeat=2)), PLANE(0))
        return drift[0] * first[0] + drift[1] * first[1] + rational(variance) * pairs / 2

    found = {}
    for i, j in MONOMIALS:
        p, row = x**i * y**j, []
        for n in range(LAST // 2 + 1):
            c = p.coeff(1) / factorial(n)
            row += [Fraction(int(c.numerator), int(c.denominator)), Fraction(0)]
            p = generator(p)
        found[i, j] = row[: LAST + 1]
    return found


def ito(f, g):
    return f, g


def stratonovich(f, g):
    """The drift with g'g/2 beside."""
    return tuple(a + (g[0] * b.diff(x) + g[1] * b.diff(y)) / 2 for a, b in zip(f, g, strict=True)), g


@pytest.mark.parametrize(
    ("name", "equation"),
    [
        ("euler_maruyama", ito),
        ("euler_weak", ito),
        ("milstein", ito),
        ("platen_weak2", ito),
        ("ri6", ito),
        ("sriw1", ito),
        ("sriw2", ito),
        ("platen15", ito),
        ("euler_heun", stratonovich),
        ("rk4_stratonovich", stratonovich),
        ("rs1", stratonovich),
    ],
)
def test_the_first_power_that_fails_is_that_of_the_trees(name, equation):
    scheme = get(name)
    mine, exact = moments_of_a_step(scheme), moments_of_the_equation(*equation(FIELDS["f"], FIELDS["g"]))
    off = [n for n in range(LAST + 1) if any(abs(mine[m][n] - exact[m][n]) > 1e-30 for m in MONOMIALS)]
    assert Fraction(off[0] - 2, 2) == weak_order(scheme).order


@pytest.mark.parametrize("p", ["1/2", "4/5"])
def test_stochastic_depth(p):
    """p f dt + √(p(1-p)) f dB."""
    scheme, p = get("stochastic_depth", p=p), Fraction(p)
    f = FIELDS["f"]
    exact = moments_of_the_equation([rational(p) * a for a in f], f, p * (1 - p))
    mine = moments_of_a_step(scheme)
    off = [n for n in range(LAST + 1) if any(mine[m][n] != exact[m][n] for m in MONOMIALS)]
    assert Fraction(off[0] - 2, 2) == weak_order(scheme).order
