"""The noise of a step, read off its table: what each random coefficient does to each component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import sqrt
from typing import Any

from odenets.continuous.flows import Flow, Term, terms
from odenets.errors import OdenetsError
from odenets.wiring import Step
from schemes import Parameter, Scheme, symbol
from schemes.exact import is_zero
from schemes.symbols import RationalFunction


def noises(step: Step, drift: Flow) -> dict[str, Flow]:
    """{ξ: its noise}: σ_ξ ∂weights/∂ξ of each field, measured as the drift of the same step.

    A step of X adds E[w] f and (ξ - E ξ) ∂w/∂ξ f, which has the variance σ_ξ² (∂w/∂ξ)² f² and is white from step to
    step. Raises OdenetsError where noises are not independent, not linear, or read by the stages of a step.
    """
    random = {p.name: p for p in step.scheme.coefficients if p.kind == "random"}
    check(step.scheme, random)
    found = {}
    for name, p in random.items():
        sigma = Fraction(sqrt(p.value.variance))
        made = (noise(term, name, sigma, random) for term in terms(step, step.scheme))
        own = tuple(term for term in made if not all(map(is_zero, term.weights)))
        if own:
            found[name] = replace(drift, terms=own, unit=drift)
    return found


def check(scheme: Scheme, random: Mapping[str, Parameter]) -> None:
    """Raises OdenetsError for noises that are not those of one Brownian motion each."""
    if joined := next((p for p in random.values() if p.value.together is not None), None):
        raise OdenetsError(
            f"{scheme.name} draws {joined.name} together with others, and what is drawn for the whole network is no "
            "Brownian motion: take a scheme with independent coefficients, such as stochastic_depth"
        )
    entries = (x for rows in (scheme.A, scheme.U, scheme.V) for row in rows for x in row)
    if read := next((x for x in entries if isinstance(x, RationalFunction) and x.symbols & set(random)), None):
        name = min(read.symbols & set(random))
        raise OdenetsError(
            f"{scheme.name} has stages that read the noise {name}, whose square then drifts: take a scheme with random "
            "coefficients in its next states alone"
        )


def noise(term: Term, name: str, sigma: Fraction, random: Mapping[str, Parameter]) -> Term:
    """σ ∂weights/∂ξ. Raises OdenetsError unless they are linear in the random coefficients."""
    return replace(term, weights=tuple(sigma * slope(x, name, random) for x in term.weights))


def slope(x: Any, name: str, random: Mapping[str, Parameter]) -> Any:
    if not isinstance(x, RationalFunction) or not x.symbols & set(random):
        return Fraction(0)
    zeros = dict.fromkeys(random, Fraction(0))
    constant = x(**zeros)
    slopes = {p: x(**{**zeros, p: Fraction(1)}) - constant for p in random}
    if x != sum((slopes[p] * symbol(p) for p in random), constant):
        raise OdenetsError(f"the weight {x} is not linear in the random {name}: its noise is not one Brownian motion")
    return slopes[name]


def spread(scheme: Scheme, names: Sequence[str]) -> str:
    """Where the coefficients are drawn anew: for each batch, sample or element.

    Raises OdenetsError where they differ in this.
    """
    found = {p.per for p in scheme.parameters if p.name in names} or {"batch"}
    if len(found) > 1:
        raise OdenetsError(
            f"{scheme.name} draws {', '.join(names)} per {' and '.join(sorted(found))}: draw all of them alike"
        )
    return found.pop()
