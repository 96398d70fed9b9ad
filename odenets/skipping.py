"""Blocks that a draw drops are not evaluated: which coefficients decide, and the call that they guard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import gcd
from typing import Any

from torch import Tensor

from schemes import RationalFunction, Scheme, symbol
from schemes.exact import is_zero
from schemes.joins import DropPath, spelled_out
from schemes.scheme import Row
from schemes.symbols import ONE
from schemes.writing import PYTHON

Factors = frozenset[Any]  # of a product of random coefficients


def kept(block: Callable[[Tensor], Tensor], *coefficients: Any) -> Callable[[Tensor], Any]:
    """The block, or what gives the number 0 in its place where all of its coefficients are the number 0.

    Tensors are never looked at: draws of a sample or an element, and those that torch.compile traces.
    """
    return block if any(isinstance(c, Tensor) or c != 0 for c in coefficients) else nothing


def nothing(u: Tensor) -> Any:
    return 0


def guards(scheme: Scheme) -> tuple[tuple[Factors, ...], ...]:
    """For each stage products of which one is not 0 where its slope changes anything; () where that is always so.

    A coefficient η that is drawn once a batch, and takes some value with a positive probability, makes η f(u) vanish,
    and with it the stages that only f reads. What is left of a sum must still have the shape of a state.
    """
    scheme = spelled_out(scheme)
    once = [p for p in scheme.coefficients if p.kind == "random" and p.per == "batch"]
    drawn = {p.name for p in once if p.value.points or isinstance(p.value, DropPath)}
    found: list[tuple[Factors, ...]] = [()] * scheme.stages
    for i in reversed(range(scheme.stages)):
        uses: list[tuple[Any, Row, tuple[Factors, ...]]]
        uses = [(row[i], states, ()) for row, states in zip(scheme.B, scheme.V, strict=True)]
        uses += [(scheme.A[j][i], scheme.U[j], found[j]) for j in range(i + 1, scheme.stages)]
        parts = [used(x, behind, drawn) if lasts(states) else () for x, states, behind in uses if not is_zero(x)]
        found[i] = least(product for part in parts for product in part) if all(parts) else ()
    return tuple(found)


def lasts(states: Row) -> bool:
    """Whether a sum has a state in it, whatever is drawn."""
    return any(not is_zero(x) for x in states)


def used(x: Any, behind: Sequence[Factors], drawn: set[str]) -> tuple[Factors, ...]:
    """Where a use of a slope counts: its coefficient x is not 0, nor is one of the products of what it goes into."""
    own = vanishing(x, drawn)
    if not own or not behind:
        return (*own, *behind)
    return tuple(a | b for a in own for b in behind)


def vanishing(x: Any, drawn: set[str]) -> tuple[Factors, ...]:
    """Products that are all 0 only where x is: those of its terms, or 1 - η itself; () where x does not vanish.

    A sum stands without its divisor and its content, 1 + ξ for (2 + 2ξ)/3: multiples are one factor.
    """
    if not isinstance(x, RationalFunction):
        return ()
    terms = [frozenset(symbol(name) for name, _ in m if name in drawn) for m in x.num]
    if all(terms):
        return tuple(terms)
    own = {name for m in x.num for name, _ in m}
    if not own or not own <= drawn:
        return ()
    content = gcd(*x.num.values()) if x.num[()] > 0 else -gcd(*x.num.values())
    return (frozenset({RationalFunction({m: c // content for m, c in x.num.items()}, ONE)}),)


def least(products: Iterable[Factors]) -> tuple[Factors, ...]:
    """Those that have no other among their factors: where η b is not 0, η is not."""
    kinds = list(dict.fromkeys(products))
    return tuple(a for a in kinds if not any(b < a for b in kinds))


def texts(scheme: Scheme) -> list[list[str]]:
    """The products of `guards` as source, ["eta"], ["b2 * b4", "b2 * c4"]."""
    lone = [[sorted(map(PYTHON.coefficient, product)) for product in products] for products in guards(scheme)]
    return [[" * ".join(words) if len(words) > 1 else bare(words[0]) for words in one] for one in lone]


def bare(text: str) -> str:
    return text.removeprefix("(").removesuffix(")") if text.startswith("(") else text
