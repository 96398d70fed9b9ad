"""All that is said of a scheme, and the warning of an unstable one."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, fields

from odenets.advice.families import at_start
from odenets.advice.verdicts import zero_stability
from odenets.advice.words import assigned
from schemes import Scheme

QUESTIONS = ("order", "effective_step", "real_interval", "imaginary_interval", "evaluations", "registers")


class StabilityWarning(UserWarning):
    """A design that is not zero-stable: its states grow with depth even where all blocks are 0."""


@dataclass(frozen=True)
class Advice:
    """What theory says of a scheme as a network begins with it: phrases, or the sentence why there is no answer.

    start: the learned coefficients that the answers are for, "k = -0.05"; registers: the live states of a step.
    """

    zero_stability: str
    order: str
    effective_step: str
    real_interval: str
    imaginary_interval: str
    evaluations: str
    registers: str
    start: str


def advise(scheme: Scheme) -> Advice:
    """Zero-stability, order, effective step, intervals of stability, evaluations and live states of a scheme.

    Learned and random coefficients at the means of their laws, but zero-stability over all that a start can draw.
    Raises nothing.
    """
    try:
        from analysis import recall
        from analysis.certificates import Certificate, Unknown

        say = {f.name: f.metadata["fact"].say for f in fields(Certificate) if f.name in QUESTIONS}
        found = recall(at_start(scheme), QUESTIONS)
        phrases = {name: x.reason if isinstance(x, Unknown) else say[name](x) for name, x in found.items()}
        start = {p.name: p.mean for p in scheme.coefficients if p.kind == "learned"}
        phrases["start"] = assigned(start, start)
    except Exception as error:  # a design is built whatever befalls its theory
        phrases = dict.fromkeys(QUESTIONS, f"not known: {error}") | {"start": ""}
    return Advice(zero_stability=zero_stability(scheme).text, **phrases)


def warn(scheme: Scheme, *others: Scheme) -> None:
    """One StabilityWarning with the reason where a design, given by the schemes of its steps, is not zero-stable."""
    verdict = zero_stability(scheme, *others)
    if verdict.stable is False:
        warnings.warn(f"{scheme.name} is {verdict.text}", StabilityWarning, stacklevel=3)
