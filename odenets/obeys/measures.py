"""Distances between layers and modified flows, and the rates at which they fall with the step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import torch
from torch import Tensor, nn

from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.obeys.flows import Point
from odenets.obeys.stages import piece
from odenets.obeys.systems import System, system

SMOOTH, KINKED = 1e-9, 1e-5  # of dopri5: each of a layer's thousand kinks costs it as many steps as there are digits


@dataclass(frozen=True)
class Obedience:
    """What `measure` found of one stage; every distance is ‖u_n - y_q(t_n)‖/‖u_n‖ over all images.

    layers     {q: distances after 0, 1, … steps}: the network as it ran, y_q through the smooth part of its start
    unsmooth   why layers is empty: its start has no smooth part, and the halvings begin at S(u_0); "" where it has one
    halvings   {q: the largest distance at h = 1, 1/2, 1/4, …}: the same blocks from states on the smooth manifold
    slopes     {q: log₂ of the ratios of successive ones};  expected {q: the power of h that the theorem gives}
    """

    scheme: str
    stage: int
    first: int
    shared: bool
    drifting: tuple[str, ...]
    kinked: bool
    parasitic: bool
    unsmooth: str
    layers: dict[int, list[float]]
    halvings: dict[int, list[float]]
    slopes: dict[int, list[float]]
    expected: dict[int, int]

    @property
    def steps(self) -> list[float]:
        return [0.5**i for i in range(len(self.halvings[1]))]


@torch.no_grad()
def measure(
    network: Network,
    stage: int,
    images: Tensor,
    order: int = 3,
    halvings: int = 2,
    curve: str = "spline",
    report: Callable[[str], None] = lambda _: None,
) -> Obedience:
    """Compare a stage (from 0) of a network with the modified flows of 1, 2, …, order terms of its own blocks.

        y' = Σ_{i<q} h^i f_i(y),   y_q(t_0) the smooth part of u_0,   distance O(h^q)

    images    what passes through, (N, C, H, W)
    halvings  of the step: the same blocks with N, 2N, 4N, … steps
    curve     through weights and coefficients that vary in depth: spline, or linear, which has a kink at every step
    report    takes a line before each part of the work
    Where a truncated field has no solution that long, or none that dopri5 finds in flows.WORK evaluations, it is inf.
    Raises OdenetsError for a stage of which no flow can be seen, AnalysisError for a scheme without B-series.
    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.1, IX.7, XV.
    """
    if order < 1 or halvings < 0:
        raise OdenetsError(f"order = {order} must be at least 1 and halvings = {halvings} at least 0")
    found = system(piece(network, stage, images), order, curve)
    varies = found.clock or bool(found.piece.values[0])
    tolerance = KINKED if kinks(found) or (varies and curve == "linear") else SMOOTH
    orders = range(1, order + 1)
    report(f"{found.piece.scheme.name}: {found.steps} steps, the smooth part of the start")
    y, unsmooth = beginning(found)
    rows, layers = [], {}
    for parts in (2**i for i in range(halvings + 1)):
        report(f"flows of {order} modified fields at h = {Fraction(1, parts)}")
        theirs = {q: flow(found, y, 1.0 / parts, q, tolerance) for q in orders}
        if parts == 1 and not unsmooth:
            ran = found.run(found.start, 1.0, found.steps)
            layers = {q: distances(found, ran, theirs[q]) for q in orders}
        path = found.run(found.theory.manifold(0.0, y, 1.0 / parts), 1.0 / parts, found.steps * parts)[::parts]
        rows.append({q: max(distances(found, path, theirs[q])) for q in orders})
    falls = {q: [row[q] for row in rows] for q in orders}
    return Obedience(
        scheme=found.piece.scheme.name,
        stage=stage,
        first=found.piece.first,
        shared=found.piece.shared,
        drifting=tuple(found.piece.values[0]),
        kinked=kinks(found),
        parasitic=len(found.start) > len(found.theory.structure.components),
        unsmooth=unsmooth,
        layers=layers,
        halvings=falls,
        slopes={q: slopes(row) for q, row in falls.items()},
        expected={q: found.theory.exponent(q) for q in orders},
    )


def beginning(found: System) -> tuple[Point, str]:
    """The smooth part of the network's start; where there is none, u_0, and why."""
    try:
        return found.theory.smooth(0.0, found.start, 1.0), ""
    except OdenetsError as error:
        return tuple(found.start[part.states[0]] for part in found.theory.structure.components), str(error)


def flow(found: System, y: Point, h: float, q: int, tolerance: float) -> list[Point] | None:
    """The flow with q terms through y at whole depths; None where it has no solution."""
    try:
        return found.theory.flow(y, [float(n) for n in range(found.steps + 1)], h, q, tolerance)
    except OdenetsError:
        return None


def distances(found: System, path: list[Point], theirs: list[Point] | None) -> list[float]:
    """Relative distances of a path from a flow, at whole depths."""
    if theirs is None:
        return [math.inf for _ in path]
    pairs = [(found.seen(a), found.seen(b)) for a, b in zip(path, theirs, strict=True)]
    return [float((a - b).norm() / a.norm()) for a, b in pairs]


def slopes(row: list[float]) -> list[float]:
    """log₂ of the ratios of successive distances; nan beside an infinite one, or where rounding is all that is left."""
    usable = [x if 1e-13 < x < math.inf else math.nan for x in row]
    return [math.log2(a / b) for a, b in pairwise(usable)]


def kinks(found: System) -> bool:
    """Whether a block has a relu: then its field has no second derivative, and modified flows are not smooth."""
    return any(isinstance(m, nn.ReLU) for block in found.piece.blocks[0].values() for m in block.modules())
