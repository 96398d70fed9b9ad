"""The spec of a converted network: for each stage its functions of depth, and the step size that keeps the time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from odenets.coefficients import learned
from odenets.depth import times
from odenets.depth.basis import Basis, read, written
from odenets.depth.chains import lows_of, schedule, span, stages
from odenets.depth.courses import Course
from odenets.depth.fields import Weights, weights_of
from odenets.depth.times import filled
from odenets.errors import OdenetsError
from odenets.network import Network, changed
from odenets.spec import Spec
from odenets.stages import Stage
from odenets.tables import filling, scheme_of
from odenets.wiring import Step
from schemes import Scheme
from schemes.starting import restarted


@dataclass(frozen=True)
class StageChange:
    """How one stage changes: steps of its chain before and after, its time T = Σ h ψ, its step size and weights."""

    before: int
    after: int
    time: Fraction
    h: str
    weights: str


def counts(network: Network, steps: int | Sequence[int] | None) -> list[int]:
    """The steps of each chain after conversion; a stage that is its crossing alone has none.

    Raises OdenetsError for less than one step, and for another number of stages.
    """
    had = [len(stage.behind()) for stage in stages(network)]
    asked = had if steps is None else list(steps) if isinstance(steps, Sequence) else [steps] * len(had)
    if len(asked) != len(had) or any(type(n) is not int or n < 1 for n, old in zip(asked, had, strict=False) if old):
        raise OdenetsError(
            f"steps = {steps}: give one number, at least 1, or one for each of the {len(had)} stages of the network"
        )
    return [n if old else 0 for n, old in zip(asked, had, strict=True)]


def source_of(stage: Stage, kind: str, same: bool) -> Weights | None:
    """The weights of a trained stage as functions of depth: those of plain steps are constant on each step's interval,
    or for another kind of weights linear between the steps. The same scheme finds its steps where it had them."""
    return weights_of(stage, "constant" if kind == "constant" else "linear", placed=same) if stage.behind() else None


def target_basis(found: Weights, asked: str) -> Basis:
    """A basis as asked, "linear:4"; "linear" alone, or nothing, keeps the places that there are."""
    if ":" in asked:
        return read(asked)
    if not asked or asked == found.basis.kind:
        return found.basis
    return read(f"{asked}:{len(found.basis.places)}")


def design(
    network: Network, scheme: Any, same: bool, steps: Sequence[int], bases: Sequence[Basis | None], h: str | None,
    options: dict[str, Any],
) -> tuple[Spec, list[StageChange], list[list[dict[str, Step]]]]:  # fmt: skip
    """The spec of the new network, what changes in each stage, and where its coefficients come from."""
    old = network.spec
    had = stages(network)
    crossings = [len(stage.steps) - len(stage.behind()) for stage in had]
    layers = tuple(n + extra for n, extra in zip(steps, crossings, strict=True))
    common = {**options, "scheme": scheme, "layers": layers, "depth_shared": False, "share": "field"}
    common.setdefault("h", crossing_size(network))
    if layers == old.steps and not old.layers:
        common["depth"] = old.depth  # the name says it as before
    sketch = changed(old, **common, weights="constant:1")
    changes, courses, known = [], [], []
    for stage, basis, n in zip(had, bases, steps, strict=True):
        found = lows_of(sketch, stage.number, len(stage.steps) - len(stage.behind()), known_steps(sketch, stage))
        coefficients = carried(stage, found) if same else [{} for _ in found]
        known.append(coefficients)
        if basis is None:
            courses.append("constant:1")
            changes.append(StageChange(0, 0, Fraction(0), old.h, ""))
            continue
        time = span(stage)
        psi = times.schedule(found, filled(sketch, stage.number, found), Fraction(1), coefficients).time
        size = written(time / psi) if h is None else h
        if same and h is None and n == len(stage.behind()) and "learned" in old.h:
            size = old.h
            for own, step in zip(coefficients, stage.behind(), strict=True):
                own["h"] = step
        courses.append(str(Course(basis, size)))
        changes.append(StageChange(len(stage.behind()), n, time, size, str(basis)))
    text = courses[0] if len(set(courses)) == 1 else "; ".join(courses)
    return changed(old, **common, weights=text), changes, known


def known_steps(spec: Spec, stage: Stage) -> int:
    """How many steps the first of a chain knows before it, in a network of this spec that crosses where it does."""
    n, scheme = stage.number, scheme_of(spec, stage.number, 0)
    if n and spec.history == "project":
        return sum(spec.steps[:n]) + stage.crosses
    anew = stage.crosses and restarted(filling(spec, scheme, 0)).states != scheme.states
    return stage.crosses - anew


def carried(stage: Stage, new: Sequence[Scheme]) -> list[dict[str, Step]]:
    """For each new step the old step that each of its learned coefficients comes from: the one at its depth, or the
    first behind it that has them, where the history fills."""
    steps = stage.behind()
    if not steps:
        return []
    starts = schedule(stage).starts
    found: list[dict[str, Step]] = []
    for n, low in enumerate(new):
        at = n if len(new) == len(steps) else bisect_right(starts, Fraction(n, len(new))) - 1
        nearest = sorted(range(len(steps)), key=lambda j: (j < at, abs(j - at)))
        names = [p.name for p in low.coefficients if p.kind == "learned"]
        has = {name: next((steps[j] for j in nearest if name in learned(steps[j].scheme)), None) for name in names}
        found.append({name: step for name, step in has.items() if step is not None})
    return found


def crossing_size(network: Network) -> str:
    """h of the steps that cross, which stay as they are. Raises OdenetsError where each has another one, 1/N."""
    spec = network.spec
    if spec.h != "1/N":
        return str(spec.h)
    found = {f"1/{spec.steps[stage.number]}" for stage in stages(network) if stage.crosses}
    if len(found) > 1:
        raise OdenetsError(
            f"h = '1/N' gives the steps between stages the sizes {', '.join(sorted(found))}, and they keep one: "
            "convert networks of stages of equal length, or of across = 'layer'"
        )
    return found.pop() if found else spec.h
