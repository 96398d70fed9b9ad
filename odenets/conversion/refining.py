"""How far a converted network is from the flow of its field, with ever more steps, and what theory expects."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import isfinite, lcm, log2
from typing import Any

from torch import Tensor, nn

from odenets.continuous.tables import edges
from odenets.conversion.comparing import distances, states
from odenets.conversion.networks import convert
from odenets.depth.chains import lows, stages
from odenets.depth.fields import weights_of
from odenets.depth.times import at_starts, begun
from odenets.network import Network
from odenets.obeys.stages import same_method
from schemes import Scheme, components
from schemes.timing import abscissae

MOST_PIECES = 64  # finer places are those of trained coefficients, which no steps meet
FINEST = 32  # steps of the reference, of order 8 or 4, at least; and as many as the finest network has
REFERENCES = ("fehlberg78", "forest_ruth")  # one component; two that feed each other


@dataclass(frozen=True)
class Refinement:
    """Relative distances to the flow, behind each stage and of the logits.

    steps      of the chains, one tuple a row
    rows       distances of the converted network with those steps
    original   distance of the network that was converted; accuracy: how far the reference itself may be off
    slopes     log2 of the falls from row to row, of the logits
    order      of the scheme; promised: what is left of it for the reasons given
    """

    scheme: str
    reference: str
    steps: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[float, ...], ...]
    original: tuple[float, ...]
    accuracy: tuple[float, ...]
    slopes: tuple[float, ...]
    order: int
    promised: int
    reasons: tuple[str, ...]


def refine(network: Network, converted: Network, images: Tensor, halvings: int = 2) -> Refinement:
    """The distances of a network and its conversion, with 1, 2, 4, … times its steps, to the flow of the same field.

    In float64 and evaluation mode; the flow is followed by a scheme of order 8, or 4 where the field has two parts.
    """
    first, base = (copy.deepcopy(x).double().eval() for x in (network, converted))
    images = images.double()
    own = [len(stage.behind()) for stage in stages(base)]
    counts = [tuple(n * 2**i for n in own) for i in range(halvings + 1)]
    finer = [finest(n, stage) if n else 1 for n, stage in zip(counts[-1], stages(base), strict=True)]
    last = base.schemes()[-1]
    name = reference(last)
    follower = last if name is None else name
    exact = states(convert(base, follower, finer, runs="")[0], images)
    half = states(convert(base, follower, [max(1, n // 2) for n in finer], runs="")[0], images)
    made = [base, *(convert(base, base.spec.scheme, row)[0] for row in counts[1:])]
    rows = tuple(distances(exact, states(x, images)) for x in made)
    order = order_of(last)
    limits = caps(base, made[-1])
    return Refinement(
        scheme=base.spec.label,
        reference=name or last.name,
        steps=tuple(counts),
        rows=rows,
        original=distances(exact, states(first, images)),
        accuracy=distances(exact, half),
        slopes=tuple(fall(a[-1], b[-1]) for a, b in pairwise(rows)),
        order=order,
        promised=min([order, *limits.values()]),
        reasons=tuple(reason for reason, cap in limits.items() if cap < order),
    )


def fall(before: float, after: float) -> float:
    return log2(before / after) if before > 0 and after > 0 and isfinite(before) else float("nan")


def finest(steps: int, stage: Any) -> int:
    """Steps of the reference, which meet the jumps and kinks of the weights where some number does."""
    inner = [Fraction(s).limit_denominator(10**6) for s in weights_of(stage).basis.places]
    pieces = lcm(*(s.denominator for s in inner))
    together = lcm(steps, pieces) if pieces <= MOST_PIECES else steps
    return together * -(-max(FINEST, steps) // together)


def reference(scheme: Scheme) -> str | None:
    """A scheme of high order that couples the same fields in the same way; None: the scheme itself."""
    from schemes import get

    wanted = edges(at_starts(scheme))
    return next((name for name in REFERENCES if edges(get(name)) == wanted), None)


def order_of(scheme: Scheme) -> int:
    from analysis import order

    return order(at_starts(scheme).mean())


def caps(converted: Network, finest: Network) -> dict[str, int]:
    """What keeps an order down, each with what is left of it; of the finest network, whose steps meet the most."""
    found: dict[str, int] = {}
    for coarse, stage in zip(stages(converted), stages(finest), strict=True):
        if not stage.behind():
            continue
        own, measured = weights_of(stage), weights_of(coarse)
        starts = [float(s) for s in begun(stage.spec, stage.number, lows(stage)).starts]
        met = all(near(s, starts) for s in own.basis.places)
        over = reaching(lows(stage)[-1]) and any(not near(s, ()) for s in own.basis.places)
        if own.basis.kind == "constant" and not met:
            found["steps do not meet the jumps of piecewise constant weights: order 1, and not evenly"] = 1
        elif own.basis.kind == "constant" and over:
            found["history, or stages outside of their step, reach over the jumps of constant weights: order 1"] = 1
        if own.basis.kind == "linear" and not met:
            found["steps do not meet the kinks of piecewise linear weights: order 2, and not evenly"] = 2
        elif own.basis.kind == "linear" and over:
            found["history, or stages outside of their step, reach over the kinks of linear weights: order 2"] = 2
        tracked = [field for field, knots in own.knots.items() if any(True for _ in knots[0].buffers())]
        if not all(near(s, starts) for field in tracked for s, _ in measured.places[field]):
            found["steps do not meet the kinks of norms' statistics, linear between the evaluations: order 2"] = 2
    if any(
        isinstance(part, nn.ReLU) for stage in stages(converted) for step in stage.behind() for part in step.modules()
    ):
        found["blocks have relu, and no second derivative: no order beyond 1 is promised"] = 1
    firsts = [lows(stage) for stage in stages(converted) if stage.behind()]
    if any(not same_method(row[0], row[-1]) for row in firsts):
        found["the first steps of each stage are another scheme's, Euler's unless said: order 2"] = 2
    return found


def reaching(scheme: Scheme) -> bool:
    """Whether a step uses the field of other steps: by a history, or by stages before its start or behind its end."""
    table = at_starts(scheme)
    outside = any(not -1e-9 < c < 1 + 1e-9 for c in abscissae(table))
    return outside or len(table.states) > len(components(table))


def near(s: Any, starts: Sequence[float]) -> bool:
    """Whether a place inside of the depth is the beginning of a step."""
    return not 0 < s < 1 - 1e-9 or any(abs(float(s) - x) < 1e-9 for x in starts)
