"""Factors of small polynomials: monomials, differences of unknowns, contents and rational roots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import product
from math import gcd, isqrt

from schemes.symbols import (
    Monomial,
    Polynomial,
    add,
    by_powers,
    division,
    exact_division,
    mul,
    polynomial_gcd,
    primitive,
    symbols_of,
    total_degree,
)


def without(p: Polynomial, parts: Iterable[Polynomial]) -> Polynomial:
    """p divided by each of the parts as often as it goes."""
    for part in parts:
        while p and symbols_of(part) and symbols_of(part) <= symbols_of(p) and (less := division(p, part)) is not None:
            p = less
    return p


def factors(p: Polynomial) -> list[Polynomial]:
    """Different factors whose zeros together are those of p; not always irreducible ones."""
    if not symbols_of(p):
        return []
    p = primitive(p)
    for part in candidates(p):
        if part != p and division(p, part) is not None:
            return [part, *factors(without(p, [part]))]
    return [p]


def candidates(p: Polynomial) -> Iterator[Polynomial]:
    names = sorted(symbols_of(p))
    for i, x in enumerate(names):
        yield {((x, 1),): 1}
        for y in names[:i]:
            yield {((x, 1),): 1, ((y, 1),): -1}
    if len(names) == 1:
        yield from linear_factors(p, names[0])
    else:
        for x in names:
            content = reduce(polynomial_gcd, by_powers(p, x).values())
            if symbols_of(content):
                yield content
        for x in names:
            yield from halves(p, x)


def linear_factors(p: Polynomial, x: str) -> Iterator[Polynomial]:
    """d x - n where n/d may be a root: n divides the constant coefficient, d the leading one."""
    last = p.get((), 0)
    leading = p[max(p, key=lambda m: m[0][1] if m else 0)]
    for d, n in product(divisors(leading), divisors(last)):
        if gcd(n, d) == 1:
            yield {((x, 1),): d, (): n}
            yield {((x, 1),): d, (): -n}


def divisors(n: int) -> list[int]:
    return [d for d in range(1, min(abs(n), 1000) + 1) if n % d == 0]


def halves(p: Polynomial, x: str) -> Iterator[Polynomial]:
    """The factors of a x² + b x + c where b² - 4ac = r²: 2a x + b ± r without their contents."""
    rows = by_powers(p, x)
    if max(rows) != 2:
        return
    a, b, c = rows[2], rows.get(1, {}), rows.get(0, {})
    root = square_root(add(mul(b, b), mul(a, c), -4))
    if root is not None:
        for sign in (1, -1):
            part = add(mul({((x, 1),): 2}, a), add(b, root, sign))
            yield exact_division(part, reduce(polynomial_gcd, by_powers(part, x).values()))


def square_root(p: Polynomial) -> Polynomial | None:
    """r with r² = p, or None; term by term, the largest first, as in long division."""
    if not p:
        return {}
    names = sorted(symbols_of(p))

    def top(q: Polynomial) -> Monomial:
        return max(q, key=lambda m: (total_degree(m), [dict(m).get(name, 0) for name in names]))

    m, c = top(p), p[top(p)]
    if c < 0 or isqrt(c) ** 2 != c or any(e % 2 for _, e in m):
        return None
    lead = tuple((name, e // 2) for name, e in m)
    root: Polynomial = {lead: isqrt(c)}
    while rest := add(p, mul(root, root), -1):
        term = division({top(rest): rest[top(rest)]}, {lead: 2 * isqrt(c)})
        if term is None:
            return None
        root |= term
    return root
