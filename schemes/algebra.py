"""Schemes from schemes: run the step on formal symbols in another order and read the table back."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from schemes.errors import SchemeError
from schemes.exact import coefficient
from schemes.interpreter import combine, step
from schemes.parameters import Parameter
from schemes.program import read_back, record
from schemes.scheme import Scheme


def compose(first: Scheme, *others: Scheme, name: str = "") -> Scheme:
    """The scheme of one step of each, the first one first; h is the step of each part, not their sum."""
    parts = (first, *others)
    return derived(
        name or "_then_".join(p.name for p in parts),
        parts,
        lambda steps, u: reduce(lambda v, s: s(v), steps, u),
    )


def repeat(scheme: Scheme, times: int, name: str = "") -> Scheme:
    """The scheme of several steps taken as one."""
    if times < 1:
        raise SchemeError(f"repeat of {scheme.name}: times = {times}, it must be at least 1")
    return compose(*[scheme] * times, name=name or f"{scheme.name}_x{times}")


def average(schemes: Sequence[Scheme], weights: Sequence[Any] | None = None, name: str = "") -> Scheme:
    """Σ w_i Φ_i, the weighted mean (equal weights unless said) of the next states of schemes on the same states."""
    count = len(schemes)
    w = [Fraction(1, count or 1)] * count if weights is None else [coefficient(x, "weight") for x in weights]
    if not count or len(w) != count or sum(w, Fraction(0)) != 1:
        raise SchemeError(f"average of {count} schemes: the weights are {w}, one a scheme is needed and their sum is 1")

    def mean(steps: Sequence[Any], u: Any) -> tuple[Any, ...]:
        return tuple(combine(zip(w, row, strict=True)) for row in zip(*(s(u) for s in steps), strict=True))

    return derived(name or "mean_of_" + "_and_".join(p.name for p in schemes), schemes, mean)


def rescale(scheme: Scheme, factor: Any, name: str = "") -> Scheme:
    """The scheme of step factor · h in units of h."""
    factor = coefficient(factor)
    return derived(name or f"{scheme.name}_scaled", [scheme], lambda steps, u: steps[0](u), factor)


def derived(name: str, parts: Sequence[Scheme], rule: Any, h: Any = Fraction(1)) -> Scheme:
    """The table of rule([step of each part], states)."""
    states = parts[0].states
    if odd := next((p for p in parts if p.states != states), None):
        raise SchemeError(
            f"{odd.name} has the states {odd.states}, {parts[0].name} has {states}: bring both to the same states"
        )
    fields = tuple(dict.fromkeys(name for part in parts for name in part.fields))
    count = len(fields)

    def run(*x: Any) -> Any:
        f = dict(zip(fields, x[:count], strict=True))
        return rule([lambda u, part=part: step(part, f, u, h) for part in parts], x[count:])

    parameters: dict[str, Parameter] = {}
    for part in parts:
        for p in part.parameters:
            if parameters.setdefault(p.name, p) != p:
                raise SchemeError(
                    f"{name}: {p.name} is declared in two ways, {parameters[p.name]} and {p}; fix one by at"
                )
    scale = max(abs(h), Fraction(1)) if isinstance(h, Fraction) else Fraction(1)
    rounding = scale * max(part.tolerance for part in parts)
    return read_back(record(run, fields, states), name, tuple(parameters.values()), tolerance=rounding)
