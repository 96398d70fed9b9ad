"""A trained stage as a field that depends on depth: du/dt = f(t, u), t from 0 to T."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from torch import Tensor, nn

from odenets.depth.basis import Basis
from odenets.depth.blends import Blend, evaluated, statistics
from odenets.depth.chains import lows, schedule, span, spec_of
from odenets.depth.courses import Course
from odenets.depth.knots import in_order
from odenets.depth.times import begun
from odenets.errors import OdenetsError
from odenets.stages import Stage
from odenets.tables import evaluated as fields_of
from odenets.tables import resolvent
from odenets.wiring import Step
from schemes import Scheme


@dataclass(frozen=True)
class Weights:
    """The weights of a stage as functions of depth in [0, 1], and where their statistics are measured.

    basis, knots   θ(s) = Σ_m φ_m(s) θ_m by field
    places, seen   of each evaluation: its depth, whether it ends its step, and the module that holds its statistics
    """

    basis: Basis
    knots: Mapping[str, Sequence[nn.Module]]
    places: Mapping[str, Sequence[tuple[Any, bool]]]
    seen: Mapping[str, Sequence[nn.Module]]

    def between(self, field: str, s: Any, end: bool = False) -> dict[int, float]:
        """The evaluations around a depth, linear between them; of a constant piece those of that piece alone."""
        places = self.places[field]
        allowed = list(range(len(places)))
        if self.basis.kind == "constant":
            here = self.basis.weights(s, end)
            allowed = [j for j in allowed if self.basis.weights(*places[j]) == here] or allowed
        first = {float(places[j][0]): j for j in reversed(allowed)}
        nodes = sorted(first)
        found = Basis("linear", tuple(nodes)).weights(float(s), end)
        return {first[nodes[m]]: w for m, w in found.items()}


def weights_of(stage: Stage, how: str = "constant", placed: bool = False) -> Weights:
    """The weights of a trained stage over its depth.

    how   of a stage whose steps have blocks of their own: "constant" on each step's interval, or "linear" between them,
          each at the mean time of its step's evaluations
    placed  steps are as long as coefficients, and h, made them when training started: as a network places its weights

    Raises OdenetsError where a step has several blocks for one field, and where blocks are no increments of a field.
    """
    steps = stage.behind()
    check(stage, steps)
    raw = lows(stage)
    own = begun(stage.spec, stage.number, raw) if placed or stage.spec.weights else schedule(stage)
    times = own.depths
    if stage.spec.weights:
        knots = {name: list(cast(nn.ModuleList, row)) for name, row in stage.knots.items()}
        return Weights(Course.of(stage.spec, stage.number).basis, knots, *evaluations(stage, raw, times))
    basis = Basis(how, tuple(own.starts if how == "constant" else [mean([s for s, _ in at]) for at in times]))
    fields = dict.fromkeys(field for step in steps for field in fields_of(step.scheme))
    blocks = {name: [next(iter(blocks_of(step, name).values())) for step in steps] for name in fields}
    return Weights(basis, blocks, {name: [(s, False) for s in basis.places] for name in fields}, blocks)


Places = dict[str, list[tuple[Any, bool]]]


def evaluations(
    stage: Stage, lows: Sequence[Scheme], times: Sequence[Any]
) -> tuple[Places, dict[str, list[nn.Module]]]:
    """Of each field the places where a stage with knots evaluates it, and the modules that do."""
    own = spec_of(stage)
    order_of = {low: in_order(own, low, stage.number)[1] for low in dict.fromkeys(lows)}
    places: Places = {}
    seen: dict[str, list[nn.Module]] = {}
    for step, low, at in zip(stage.behind(), lows, times, strict=True):
        for i, name, attribute in zip(order_of[low], step.scheme.fields, step.block_names, strict=True):
            if name in fields_of(step.scheme):
                places.setdefault(name, []).append(at[i])
                seen.setdefault(name, []).append(cast(nn.Module, getattr(step, attribute)))
    return places, seen


def mean(places: Sequence[Any]) -> Any:
    return sum(places, Fraction(0)) / len(places)


def check(stage: Stage, steps: Sequence[Step]) -> None:
    """Raise OdenetsError where a stage's blocks are no field of depth."""
    spec, place = stage.spec, f"stage {stage.number + 1}"
    if not steps:
        raise OdenetsError(f"{place} has no step behind its crossing: take a deeper network")
    if not spec.residual or any(resolvent(spec, field) for field in fields_of(steps[-1].scheme)):
        raise OdenetsError(f"the blocks of {place} are maps, not increments h f of a field: take increments")
    for step in steps:
        for field in fields_of(step.scheme):
            if not spec.weights and len(set(blocks_of(step, field).values())) > 1:
                raise OdenetsError(f"a step of {place} has several blocks for {field} (share = 'stage'): they are no "
                                   "values of one field")  # fmt: skip


def blocks_of(step: Step, field: str) -> dict[str, nn.Module]:
    """The blocks of a step that evaluate a field, by their names in it."""
    pairs = zip(step.scheme.fields, step.block_names, strict=True)
    return {own: cast(nn.Module, getattr(step, own)) for name, own in pairs if name == field}


class ChainField(nn.Module):
    """One field of a stage at any depth: forward(t, u), t from 0 to T, is the increment per unit of time.

    Statistics of norms are those between the evaluations of the network, and are not tracked in training.
    """

    def __init__(self, weights: Weights, field: str, time: float) -> None:
        super().__init__()
        self.basis, self.time = weights.basis, time
        self.knots = nn.ModuleList(dict.fromkeys(weights.knots[field]))
        self.index = [list(self.knots).index(knot) for knot in weights.knots[field]]
        self.weights, self.field = weights, field

    def forward(self, t: float | Tensor, u: Tensor) -> Tensor:
        s = float(t) / self.time
        weights: dict[int, float] = {}
        for m, w in self.basis.weights(s).items():
            weights[self.index[m]] = weights.get(self.index[m], 0.0) + w
        holders = self.weights.seen[self.field]
        if self.basis.kind == "constant" and not isinstance(holders[0], Blend):  # a block with statistics of its own
            return cast(Tensor, self.knots[next(iter(weights))](u))
        known = statistics(holders, self.weights.between(self.field, s))
        return evaluated(list(self.knots), weights, known, u)


def chain_field(stage: Stage, field: str = "f", how: str = "constant") -> ChainField:
    """One field of a trained stage as a function of time and state, f(t, u) with t in [0, span(stage)].

    The weights are those of `spec.weights`, or else constant on the interval of each step, or "linear" between steps.
    A vector field that a step adds h times: du/dt = f(t, u) is what the chain follows.
    Raises OdenetsError as `weights_of` does, and for a field that the stage does not evaluate.
    """
    found = weights_of(stage, how)
    if field not in found.knots:
        raise OdenetsError(
            f"stage {stage.number + 1} evaluates no field {field!r}: it has {', '.join(map(repr, found.knots))}"
        )
    return ChainField(found, field, float(span(stage)))
