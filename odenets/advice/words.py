"""Roots and coefficients in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from odenets.advice.families import symbols
from schemes import Scheme

if TYPE_CHECKING:
    from analysis import ZeroStability


def symbolic_roots(family: Scheme) -> str:
    """ "roots 1, -k": where but one root of det(ζI - V) is neither 0 nor 1, and depends on a coefficient; else ""."""
    from analysis.roots import without_one
    from analysis.stability import characteristic

    f, counts = characteristic(family.V), Counter[str]()
    while f[0] == 0:
        f, counts["0"] = f[1:], counts["0"] + 1
    while sum(f[1:], f[0]) == 0:
        f, counts["1"] = without_one(f), counts["1"] + 1
    if len(f) != 2 or not symbols([f]):
        return ""
    return in_words({"1": counts["1"], str(-f[0] / f[1]).replace("**", "^"): 1, "0": counts["0"]})


def listed(found: ZeroStability) -> str:
    return in_words({short(root.value): root.multiplicity for root in found.roots})


def in_words(roots: Mapping[str, int]) -> str:
    texts = [f"{x} ({m}-fold)" if m > 1 else x for x, m in roots.items() if m]
    return f"root{'s' * (len(texts) > 1)} {', '.join(texts)}"


def culprit(found: ZeroStability) -> str:
    """The root that makes a table unstable."""
    largest = found.roots[0]
    if abs(complex(largest.value)) > 1 + 1e-12:  # irrational roots are known to double precision
        return f"root {short(largest.value)} outside the unit circle"
    worst = max(found.roots, key=lambda root: (abs(complex(root.value)) > 1 - 1e-12) * root.multiplicity)
    return f"{worst.multiplicity}-fold root {short(worst.value)} on the unit circle"


def short(x: Any) -> str:
    """-0.05 where that is exact and short, else -1/3; complex numbers to six digits."""
    if isinstance(x, Fraction):
        decimal = f"{float(x):g}"
        return decimal if Fraction(decimal) == x else str(x)
    from analysis.phrases import tidy

    return tidy(x)


def assigned(names: Iterable[str], values: Mapping[str, Any]) -> str:
    """ "k1 = 0 and k2 = 0"."""
    return " and ".join(f"{name} = {short(values[name])}" for name in sorted(names))
