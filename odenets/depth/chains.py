"""The chain of a stage in time: its tables, the time of each step, and T."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from odenets.depth import times
from odenets.depth.courses import Course
from odenets.depth.times import Holders, Schedule, Span, filled, holders
from odenets.spec import Spec
from odenets.stages import Stage, table_of
from odenets.values import parse
from schemes import Parameter, Scheme, symbol
from schemes.rewriting import without_idle

if TYPE_CHECKING:
    from odenets.network import Network


def stages(network: Network) -> list[Stage]:
    return [cast(Stage, stage) for stage in network.stages]


def span(stage: Stage) -> Fraction:
    """T = Σ h ψ over the chain of a stage, the time that it follows its field; ψ is the effective step of each table.

    Learned coefficients are as they are, a step that fills a history has ψ of the whole steps behind it.
    Raises SchemeError for a scheme without an effective step.
    """
    return sum((own.now for own in spans(stage)), Fraction(0))


def spans(stage: Stage) -> list[Span]:
    """The time of each step of the chain. Raises SchemeError for a scheme without an effective step."""
    found = lows(stage)
    return times.spans(found, filled(stage.spec, stage.number, found), size(stage), held(stage))


def schedule(stage: Stage) -> Schedule:
    """Where the steps of the chain are, with learned coefficients as they are."""
    found = lows(stage)
    return times.schedule(found, filled(stage.spec, stage.number, found), size(stage), held(stage))


def lows(stage: Stage) -> list[Scheme]:
    """The table of each step of the chain, before its blocks take part."""
    return lows_of(stage.spec, stage.number, len(stage.steps) - len(stage.behind()), stage.known)


def lows_of(spec: Spec, number: int, first: int, known: int) -> list[Scheme]:
    """The same of a stage that is not built: `first` steps cross, and the next one knows `known` steps before it."""
    return [without_idle(table_of(spec, number, n, known + n - first)) for n in range(first, spec.steps[number])]


def held(stage: Stage) -> list[Holders]:
    """What holds the learned coefficients of each step of the chain."""
    return [holders(step) for step in stage.behind()]


def size(stage: Stage) -> Any:
    """h of the chain, or its symbol where each step learns its own."""
    h = spec_of(stage).h
    if h == "1/N":
        return Fraction(1, stage.spec.steps[stage.number])
    found = parse("h", h)
    return symbol("h") if isinstance(found, Parameter) else Fraction(found)


def spec_of(stage: Stage) -> Spec:
    """The spec of the steps of the chain, which may have an h of their own."""
    return Course.of(stage.spec, stage.number).spec(stage.spec) if stage.spec.weights else stage.spec
