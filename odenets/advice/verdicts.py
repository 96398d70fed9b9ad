"""Whether a design is zero-stable, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

from odenets.advice.families import recovered, repair, stable_range, symbols
from odenets.advice.words import assigned, culprit, listed, short, symbolic_roots
from schemes import Scheme, Uniform

ONE_STATE = ((Fraction(1),),)


@dataclass(frozen=True)
class Verdict:
    """Whether a design is zero-stable, None where that is not known, and why.

    reason: roots, or the one that decides; place: the coefficients it holds for; repair: those that would do;
    weak: a root other than 1 is on the unit circle.
    """

    stable: bool | None
    reason: str
    place: str = ""
    repair: str = ""
    weak: bool = False

    @property
    def text(self) -> str:
        """One line: "not zero-stable: root -1.2 outside the unit circle at k = 1.2: take k from (-1, 1]"."""
        word = {True: "zero-stable", False: "not zero-stable", None: "zero-stability is not known"}[self.stable]
        said = " ".join(filter(None, ["weakly" * self.weak, f"{word}:", self.reason, self.place]))
        return f"{said}: {self.repair}" if self.repair else said


def zero_stability(scheme: Scheme, *others: Scheme) -> Verdict:
    """Whether the powers of V stay bounded, with the root that decides, the coefficients it holds for, and the repair.

    others: the schemes of further steps; each is asked by itself, equal ones once. Raises nothing.
    Source: Butcher, Numerical Methods for ODEs, section 510.
    """
    schemes = (scheme, *others)
    steps, counts = len(schemes), Counter(schemes)
    verdicts = {scheme: verdict(scheme) for scheme in counts}
    if len(set(verdicts.values())) == 1:
        return verdicts[scheme]
    for answer in (False, None):
        if odd := [scheme for scheme, found in verdicts.items() if found.stable is answer]:
            found = verdicts[odd[0]]
            return replace(found, place=f"{found.place} in {sum(counts[s] for s in odd)} of {steps} steps".strip())
    first, last = verdicts[scheme], verdicts[schemes[-1]]
    place = f"{first.place} in the first and {last.place} in the last of {steps} steps"
    alike = first.reason == last.reason and first.place and last.place
    about = (first.reason, place) if alike else (f"each of {steps} steps by itself", "")
    return Verdict(True, *about, weak=any(found.weak for found in verdicts.values()))


@lru_cache(maxsize=512)
def verdict(scheme: Scheme) -> Verdict:
    if scheme.V == ONE_STATE:
        return Verdict(True, "root 1")  # the usual case, and no import
    try:
        found = decided(scheme.mean())
        return replace(found, place=found.place + kept(scheme.mean())) if found.stable else found
    except Exception as error:  # a design is built whatever befalls its theory
        return Verdict(None, str(error))


def decided(scheme: Scheme) -> Verdict:
    """The verdict of a table without random coefficients; raises what analysis raises."""
    family, values = recovered(scheme)
    laws = {p.name: p.value for p in family.coefficients if p.name in symbols(family.V) and p.name not in values}
    drawn = {name: (law.low, law.high) for name, law in laws.items() if isinstance(law, Uniform)}
    rest = {p.name: values.get(p.name, p.mean) for p in family.coefficients if p.name not in drawn}
    if len(drawn) == 1:
        ((name, ends),) = drawn.items()
        return over_range(family.at(**rest), name, *ends)
    corners = [rest | dict(zip(drawn, corner, strict=True)) for corner in product(*drawn.values())]
    found = [at_values(family, corner) for corner in corners]
    unstable = next((v for v in found if not v.stable), None)
    return unstable or replace(found[0], place=f"at all ends of {' and '.join(drawn)}" if drawn else found[0].place)


def kept(scheme: Scheme) -> str:
    """Whether training can leave the stable values of the one coefficient of V, where an interval holds it."""
    bound = {p.name: p.within for p in scheme.coefficients if p.within and p.name in symbols(scheme.V)}
    if len(bound) != 1 or len(symbols(scheme.V)) != 1:
        return ""
    ((name, (low, high)),) = bound.items()
    others = {p.name: p.mean for p in scheme.coefficients if p.name != name}
    intervals = getattr(stable_range(scheme.at(**others)), "intervals", ())
    inside = any(part.low <= low and high <= part.high for part in intervals)
    return f", {'as' if inside else 'but not'} for all {name} in ({short(low)}, {short(high)})"


def over_range(family: Scheme, name: str, low: Fraction, high: Fraction) -> Verdict:
    """The verdict over all values of the one coefficient that is free, decided exactly."""
    from analysis.roots import StableRange

    found = stable_range(family)
    if not isinstance(found, StableRange):
        return Verdict(None, found.reason)
    stable = any(low in part and high in part for part in found.intervals)
    reason = symbolic_roots(family) or "all roots"
    place = f"for {name} in [{short(low)}, {short(high)}]"
    return Verdict(stable, reason, place, "" if stable else repair(family))


def at_values(family: Scheme, values: Mapping[str, Any]) -> Verdict:
    """The verdict of a table of numbers, in the words of its family."""
    from analysis import zero_stability

    found = zero_stability(family.at(**values))
    named = assigned(symbols(family.V), values)
    place = f"at {named}" if named else ""
    if found.stable:
        return Verdict(True, symbolic_roots(family) or listed(found), place, weak=not found.strictly_stable)
    others = {name: x for name, x in values.items() if name not in symbols(family.V)}
    usual = repair(family.at(**others))
    if not usual and any(root.value == 1 and root.multiplicity == 2 for root in found.roots):
        usual = "a step of u'' = f(u), whose states grow linearly with depth, so take a small h"
    return Verdict(False, culprit(found), place, usual)
