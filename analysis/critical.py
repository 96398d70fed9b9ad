"""Where the power boundedness of a matrix can change along a line: the critical values of its parameter.

With ζ = (1+it)/(1-it) the characteristic polynomial on the unit circle is a(t, x) + i b(t, x) with real polynomials.
A root of P meets the circle where a and b share a real t: at the roots of their resultant. A common factor of a and b
lies on the circle identically (or in pairs ζ, 1/ζ̄) and changes only where its own roots meet: at its discriminant.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import mul
from typing import Any

from analysis.algebraic import Point, real_roots
from analysis.stability import Matrix, characteristic
from schemes import RationalFunction


def critical_values(matrix: Matrix, name: str, turn: Any = 1, entries: Sequence[Any] = ()) -> list[Point]:
    """The real x, ascending, at which M(turn · x) can become or cease to be power bounded; poles, of `entries` too.

    matrix: rational functions of the one symbol `name`; turn: 1, -1, 1j or a Gaussian
    rational of sympy. Between neighbours the answer is constant,
    but for single points where an eigenvalue that is multiple for every x changes its Jordan blocks.
    """
    from sympy import I, Poly, Symbol

    x, t = Symbol("x", real=True), Symbol("t", real=True)
    z = x * (I if turn == 1j else turn)

    def polynomial(terms: Any) -> Any:
        return Poly(sum(c * z ** dict(m).get(name, 0) for m, c in terms.items()), x, gaussian=True)

    coefficients = characteristic(matrix)
    everything = [c for row in (*matrix, coefficients, entries) for c in row]
    poles = [polynomial(c.den) for c in everything if isinstance(c, RationalFunction)]
    cleared = [c.as_expr() for c in without_denominators(coefficients, polynomial, x)]
    return real_roots([*map(norm, poles), *circle_conditions(cleared, x, t)])


def without_denominators(coefficients: list[Any], polynomial: Any, x: Any) -> list[Any]:
    """The coefficients times their least common denominator, as polynomials in x."""
    from sympy import Poly, lcm

    pairs = [
        (polynomial(c.num), polynomial(c.den))
        if isinstance(c, RationalFunction)
        else (Poly(c.numerator, x, gaussian=True), Poly(c.denominator, x, gaussian=True))
        for c in coefficients
    ]
    common = reduce(lcm, [den for _, den in pairs])
    return [num * common.quo(den) for num, den in pairs]


def curve(matrix: Matrix) -> Any:
    """φ(ζ, z) = det(ζI - M(z)) times its least common denominator in z, as a sympy Poly over Z in ζ and z."""
    from sympy import Poly, Symbol, lcm

    zeta, z = Symbol("zeta"), Symbol("z")

    def parts(c: Any) -> list[Any]:
        pair = (c.num, c.den) if isinstance(c, RationalFunction) else ({(): c.numerator}, {(): c.denominator})
        return [Poly({(dict(m).get("z", 0),): n for m, n in p.items()}, z, domain="ZZ") for p in pair]

    pairs = [parts(c) for c in characteristic(matrix)]
    common = reduce(lcm, [den for _, den in pairs])
    rows = [num * common.quo(den) for num, den in pairs]
    return Poly({(j, k): c for j, p in enumerate(rows) for (k,), c in p.terms()}, zeta, z, domain="ZZ")


def boundary(matrix: Matrix) -> list[list[int]]:
    """φ without factors in ζ alone (eigenvalues that z does not move): the coefficient of ζ^j z^k in row j, column k.

    On the boundary of the stability region φ(e^(iθ), z) = 0 for a real θ.
    """
    from sympy import Poly

    phi = curve(matrix)
    zeta, z = phi.gens
    phi = phi.quo(Poly(phi.as_expr(), z).content().as_poly(zeta, z, domain="ZZ"))
    known = dict(phi.terms())
    return [[int(known.get((j, k), 0)) for k in range(phi.degree(z) + 1)] for j in range(phi.degree(zeta) + 1)]


def circle_conditions(coefficients: list[Any], x: Any, t: Any) -> list[Any]:
    """Polynomials in x with a real root wherever roots of Σ c_j(x) ζ^j come to the unit circle or meet on it."""
    from sympy import I, Poly, Symbol

    zeta = Symbol("zeta")
    P = Poly(coefficients[::-1], zeta)
    while P.eval(-1).expand() == 0:  # a root that stays at ζ = -1, which is t = ∞
        P = Poly([c.expand() for c in P.quo(Poly(zeta + 1, zeta)).all_coeffs()], zeta)
    r = P.degree()
    on_circle = sum(c * (1 + I * t) ** j * (1 - I * t) ** (r - j) for j, c in enumerate(P.all_coeffs()[::-1]))
    a, b = real_and_imaginary(Poly(on_circle, t, x, gaussian=True))
    common = a.gcd(b)
    a, b = a.quo(common), b.quo(common)
    simple = reduce(mul, (factor for factor, _ in common.sqf_list()[1]), common.one)
    eliminated = [a.resultant(b)] + [simple.discriminant()] * (simple.degree(t) > 0)
    return [norm(Poly(P.eval(-1), x, gaussian=True)), *(Poly(c.as_expr(), x) for c in eliminated)]


def real_and_imaginary(p: Any) -> tuple[Any, Any]:
    """a and b of p = a + ib, polynomials over Q in p's symbols, which are real."""
    from sympy import Poly

    terms = [(m, c.as_real_imag()) for m, c in p.terms()]
    a, b = (Poly({m: c[part] for m, c in terms}, *p.gens, domain="QQ") for part in (0, 1))
    return a, b


def norm(p: Any) -> Any:
    """a² + b² of p = a + ib: its real roots are the common ones of a and b; p itself where it is real."""
    a, b = real_and_imaginary(p)
    return a if b.is_zero else a * a + b * b
