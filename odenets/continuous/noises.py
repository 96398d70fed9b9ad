"""The noise of a step, read off its table: what each Brownian motion does to each component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from math import sqrt
from typing import Any

from odenets.continuous.flows import Flow, Term, terms
from odenets.errors import OdenetsError
from odenets.wiring import Step
from schemes import Parameter, Scheme, SchemeError
from schemes.brownian import Noise, random_parameters
from schemes.brownian import noises as factored
from schemes.symbols import RationalFunction


def noises(step: Step, drift: Flow) -> list[tuple[Flow, str]]:
    """The noises of a step, measured as the drift of the same step, and where each is drawn anew: √D l of each field.

    A step of X adds E[w] f and (w - E w) f, whose covariance Σ_k D_k l_k l_kᵀ is white from step to step.
    Raises OdenetsError where it is not, where weights have no variance, and where stages of a step read the noise.
    """
    try:
        random = random_parameters(step.scheme)
        found = terms(step, step.scheme)
        weights = {(i, c): x for i, term in enumerate(found) for c, x in enumerate(term.weights)}
        made = factored(weights, random)
    except SchemeError as error:
        raise OdenetsError(str(error)) from None
    check(step.scheme, random)
    for noise in made:
        check_separate(step.scheme, noise)
    return [(flow(noise, found, drift), noise.per) for noise in made]


def flow(noise: Noise, found: list[Term], drift: Flow) -> Flow:
    """√D l of each field as a flow."""
    sigma, none = Fraction(sqrt(noise.variance)), Fraction(0)
    own = (
        replace(term, weights=tuple(sigma * noise.weights.get((i, c), none) for c in range(len(term.weights))))
        for i, term in enumerate(found)
        if any(place == i for place, _ in noise.weights)
    )
    return replace(drift, terms=tuple(own), unit=drift)


def check(scheme: Scheme, random: Mapping[str, Parameter]) -> None:
    """Raises OdenetsError where stages read the noise of their step."""
    entries: tuple[Any, ...] = tuple(x for rows in (scheme.A, scheme.U, scheme.V) for row in rows for x in row)
    if read := next((x for x in entries if isinstance(x, RationalFunction) and x.symbols & set(random)), None):
        raise OdenetsError(
            f"{scheme.name} has stages that read the noise {min(read.symbols & set(random))}, whose square then drifts "
            "(analysis.sde_limit tells how): take a scheme with random coefficients in its next states alone"
        )


def check_separate(scheme: Scheme, noise: Noise) -> None:
    """Raises OdenetsError for a variance that is trained, and for one draw in the elements of two components."""
    if not isinstance(noise.variance, Fraction):
        raise OdenetsError(
            f"{scheme.name} has noise of the variance {noise.variance}, and a trained coefficient in it: fix it"
        )
    if noise.own and len({c for _, c in noise.weights}) > 1:
        raise OdenetsError(
            f"{scheme.name} draws {', '.join(noise.coefficients)} per {noise.per} for several components at "
            "once, which no diagonal noise does: draw one for each component, or per sample"
        )
