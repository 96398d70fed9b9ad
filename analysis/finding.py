"""Schemes by what is known of them: find(order=4, explicit=True, max_stages=6, real_interval=5, sort="error_constant").

A criterion is a fact of the table (schemes.names) or of the certificate. Larger is better for some facts, smaller for
others: their criterion is a bound, the least or the most that is wanted; `min_` and `max_` bound any number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from math import inf
from typing import Any

from analysis.certificates import Unknown, ask
from analysis.errors import AnalysisError
from analysis.geometry import Reach
from analysis.intervals import Interval
from analysis.inverses import reversal
from analysis.remembered import QUESTIONS, recall
from analysis.structure import structure
from schemes import Scheme, entries, get
from schemes.registry import FACTS, Entry

TABLE: dict[str, Callable[[Entry, Scheme], Any]] = {
    **{name: fact for name, fact in FACTS.items() if name != "order"},  # which is computed, also where none is claimed
    "embedded": lambda e, s: s.embedded is not None,
    "states": lambda e, s: len(s.states),
    "fields": lambda e, s: len(set(s.fields)),
    "invertible": lambda e, s: reversal(s).how == "explicit",
    "symplectic": lambda e, s: magnitude(recall(s, ["symplectic_order"])["symplectic_order"]) == inf,
    "symmetric": lambda e, s: magnitude(recall(s, ["symmetric_order"])["symmetric_order"]) == inf,
}
YES_NO = ("explicit", "exact", "learned", "stochastic", "embedded", "invertible", "symplectic", "symmetric",
          "a_stable", "l_stable", "first_same_as_last")  # fmt: skip
NO_SIZE = ("principal_error", "zero_stability", "stability_function", "stability_matrix", "reversal")
COUNTS = ("stages", "states", "fields", "history")
AT_LEAST = (
    "stage_order", "effective_order", "embedded_order", "linear_order", "dissipation_order", "dispersion_order",
    "real_interval", "imaginary_interval", "a_alpha", "ssp_coefficient", "symplectic_order", "symmetric_order",
    "energy_order",
)  # fmt: skip
ON_ONE_FIELD = ("real_interval", "imaginary_interval", "a_alpha", "a_stable", "l_stable", "ssp_coefficient")
AT_MOST = ("error_constant", "principal_error_norm", "evaluations", "registers")


@dataclass(frozen=True)
class Found:
    """An entry that meets all criteria, and the facts that were asked about."""

    entry: Entry
    scheme: Scheme
    facts: dict[str, Any]


def find(sort: str | None = None, **criteria: Any) -> list[Scheme]:
    """The registry's schemes that meet all criteria, the best first where `sort` names a fact.

    criteria    fact=value: equal, or at least (order conditions, intervals, angles), or at most (errors, costs);
                min_fact, max_fact: bounds. Facts are those of `schemes.names` and of `Certificate`; an interval is
                measured by its length on the negative axis, or up the imaginary one
    A scheme of which the fact is unknown meets no criterion. Nor does one that adds several fields, as
    implicit–explicit pairs do, meet one on stability: their certificates have each field stand for the whole of λ.
    Raises AnalysisError for a fact that does not exist and a bound that is no size.
    """
    return [found.scheme for found in search(sort, **criteria)]


def search(sort: str | None = None, **criteria: Any) -> list[Found]:
    """As `find`, with the facts. Certificates come from the cache as far as it has them."""
    for name in criteria:
        check_fact(name if name in (*TABLE, *QUESTIONS) else name.removeprefix("min_").removeprefix("max_"))
    tests = [criterion(name, wanted) for name, wanted in criteria.items() if wanted is not None]
    if sort is not None:
        check_fact(sort.removeprefix("-"))
    names = list(dict.fromkeys([*(fact for fact, _ in tests), *([sort.removeprefix("-")] if sort else [])]))
    tests.sort(key=lambda pair: pair[0] not in TABLE)  # what the table says at once comes first
    found = [met for met in (examined(e, tests, names) for e in entries()) if met]
    if sort and found and all(magnitude(f.facts[sort.removeprefix("-")]) is None for f in found):
        raise AnalysisError(f"{sort.removeprefix('-')} is no number of any of them: sort by another fact")
    return sorted(found, key=lambda f: rank(sort, f.facts)) if sort else found


def examined(entry: Entry, tests: list[tuple[str, Callable[[Any], bool]]], names: list[str]) -> Found | None:
    """The entry with its facts, if it passes; facts behind the first that fails are not computed."""
    scheme = get(entry.name)
    facts: dict[str, Any] = {}
    for name, test in tests:
        if name not in facts:
            facts[name] = fact(entry, scheme, name)
        if not test(facts[name]):
            return None
    return Found(entry, scheme, {name: facts[name] if name in facts else fact(entry, scheme, name) for name in names})


def shares(scheme: Scheme) -> bool:
    """Whether several fields are added to one unknown: then none has the whole of λ, as λu in each supposes.

    A scheme that steps two halves of u, a field each, has u' = λv, v' = λu.
    """
    if len(set(scheme.fields)) < 2:
        return False
    if scheme.kind != "partitioned":
        return True
    try:
        fed = [colour.feeds for colour in structure(scheme).colours]
    except AnalysisError:
        return True
    return len(set(fed)) < len(fed)


def fact(entry: Entry, scheme: Scheme, name: str) -> Any:
    if name in ON_ONE_FIELD and shares(scheme):
        return Unknown(f"{scheme.name} adds several fields: its stability depends on how they share λ")
    return ask(TABLE[name], entry, scheme) if name in TABLE else recall(scheme, [name])[name]


def criterion(name: str, wanted: Any) -> tuple[str, Callable[[Any], bool]]:
    """(fact, test of its value) of a criterion on a fact that exists."""
    bound, _, bare = name.partition("_")
    if bound in ("min", "max") and bare:
        check_size(bare)
        check_bound(name, wanted)
        return bare, at_least(wanted) if bound == "min" else at_most(wanted)
    if name in NO_SIZE:
        raise AnalysisError(f"{name} is a record, no criterion: see odenets show, or ask for invertible")
    if name == "kind" and wanted not in (kinds := sorted({get(e.name).kind for e in entries()})):
        raise AnalysisError(f"no entry has kind {wanted!r}, take one of {', '.join(kinds)}")
    if name in YES_NO and not isinstance(wanted, bool):
        raise AnalysisError(f"{name} = {wanted!r}: it is True or False")
    if name == "order" or name in COUNTS:
        check_bound(name, wanted)
    if isinstance(wanted, bool) or name not in (*AT_LEAST, *AT_MOST):
        return name, lambda x: bool(equal(x, wanted))
    check_bound(name, wanted)
    return name, at_least(wanted) if name in AT_LEAST else at_most(wanted)


def check_size(name: str) -> None:
    if name in ("kind", *YES_NO, *NO_SIZE):
        raise AnalysisError(f"{name} has no size: bound another fact")


def check_bound(name: str, wanted: Any) -> None:
    if isinstance(wanted, bool) or not isinstance(wanted, int | float | Fraction) or not wanted >= 0:
        raise AnalysisError(f"{name} = {wanted}: facts are compared by their size, give a number that is at least 0")


def at_least(wanted: Any) -> Callable[[Any], bool]:
    """A test of size; an interval whose end is the bound must include it."""

    def test(x: Any) -> bool:
        size = magnitude(x)
        closed = not isinstance(x, Interval) or (x.low_closed and x.high_closed)
        return size is not None and bool(size > wanted or (closed and size == wanted))

    return test


def at_most(wanted: Any) -> Callable[[Any], bool]:
    return lambda x: (size := magnitude(x)) is not None and bool(size <= wanted)


def equal(x: Any, wanted: Any) -> bool:
    """x is the value wanted; True and False also ask for the verdict of a range."""
    if isinstance(wanted, bool) and hasattr(x, "stable"):
        return bool(x.stable == wanted)
    return not isinstance(x, Unknown) and x == wanted


def magnitude(x: Any) -> Any:
    """A fact as one number to compare: an interval's reach, all evaluations together; None if it is none."""
    match x:
        case Interval():
            empty = x.low == x.high and not x.low_closed
            return 0 if empty else max(x.high, -x.low)
        case Reach():
            return x.order
        case dict() if x and all(isinstance(n, int) for n in x.values()):
            return sum(x.values())
        case bool():
            return int(x)
        case int() | float() | Fraction():
            return abs(x)
    return None


def rank(sort: str, facts: dict[str, Any]) -> tuple[bool, float]:
    """Best first: small errors and costs, large orders and intervals; `-` before the fact turns the order round."""
    name = sort.removeprefix("-")
    size = magnitude(facts[name])
    if size is None:
        return True, 0.0
    turned = (name in AT_LEAST or name == "order") != sort.startswith("-")
    return False, -float(size) if turned else float(size)


def check_fact(name: str) -> None:
    known = [*TABLE, *QUESTIONS]
    if name not in known:
        near = get_close_matches(name, known, 3)
        hint = f"near it are {', '.join(near)}" if near else f"the facts are {', '.join(known)}"
        raise AnalysisError(f"{name!r} is no fact of a scheme, {hint}")
