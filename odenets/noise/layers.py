"""Features under noise: mean square and variance behind every step, of the network and of its stochastic equation."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor

from odenets.continuous import sde
from odenets.continuous.deterministic import Twin, entered
from odenets.continuous.sampling import Sampling
from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.noise.modes import by_sample, drawing, with_weights
from odenets.results import interval
from odenets.stages import Crossing, Stage

GROUPS = 8  # of draws, whose spread gives the intervals
# Methods of torchsde and steps in those of the network: variances of trained networks on digits are within 1 % of their
# limit by srk, 5 % by euler, which takes every noise (srk takes no dropout: each number's noise reads all numbers).
SOLVERS = (("srk", 1 / 2), ("euler", 1 / 64))
Walk = Callable[[Tensor], list[Tensor]]
Estimate = tuple[float, float]  # and half of its 95 % interval


@dataclass(frozen=True)
class LayerMoments:
    """Behind each step, over the draws at fixed inputs: the mean over inputs and elements of the variance, and of the
    square of the mean, with the half widths of their Monte Carlo intervals."""

    variance: tuple[Estimate, ...]
    square: tuple[Estimate, ...]


@dataclass(frozen=True)
class Features:
    """measured  of the network · predicted  of its stochastic equation, None where `refused` says why there is none
    coarse  of Euler–Maruyama's method with the network's own steps: what is left of the difference when h is no cause
    solver  of torchsde, with its steps
    """

    steps: tuple[str, ...]
    measured: LayerMoments
    predicted: LayerMoments | None = None
    coarse: LayerMoments | None = None
    solver: str = ""
    refused: str = ""


def features(network: Network, images: Tensor, draws: int = 64, seed: int = 0) -> Features:
    """What noise does to the features of a network, and what dX = E[w] f dt + Σ_ξ σ_ξ ∂w/∂ξ f dB_ξ says that it does.

    The equation is that of odenets.continuous.sde: a step of the network takes the time 1, its blocks are those of the
    step; the first of SOLVERS that takes its noise solves it. A step that changes the shape has no equation and is
    taken as it is. The norms are those of evaluation. Draws per batch are made per sample, the same law for each image.
    Raises OdenetsError for fewer than two draws a group (16).
    """
    if draws < 2 * GROUPS:
        raise OdenetsError(f"draws = {draws} are too few for an interval: take {2 * GROUPS} or more")
    own = with_weights(by_sample(network.spec), network)
    steps = tuple(f"{i + 1}.{j + 1}" for i, j in network.spec.places)
    shared = any(p.kind == "random" and p.per == "batch" for *_, step in own.steps() for p in step.scheme.parameters)
    walk = partial(apart, partial(walked, own), len(images)) if shared else partial(walked, own)
    with drawing(own, seed):
        measured = moments(walk, images, draws)
    refused = ""
    for method, dt in SOLVERS:
        try:
            predicted = of_equation(own, method, dt, images, draws, seed + 1)
            coarse = of_equation(own, "euler", 1.0, images, draws, seed + 2)
        except OdenetsError as error:
            refused = str(error)
        else:
            return Features(steps, measured, predicted, coarse, f"{method} in steps of {dt}")
    return Features(steps, measured, refused=refused)


def of_equation(network: Network, method: str, dt: float, images: Tensor, draws: int, seed: int) -> LayerMoments:
    """The moments of the network's equation. Raises OdenetsError where it has none, or one with another noise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of norms over the batch, which are fixed here
        twin = sde(network, method, dt)
    with drawing(network, seed):
        return moments(partial(solved, twin), images, draws)


@torch.no_grad()
def moments(walk: Walk, images: Tensor, draws: int) -> LayerMoments:
    """The moments of the states that a walk passes, over independent draws in groups: variances without bias, and
    squares of means corrected by them."""
    size = draws // GROUPS
    rows = [[summed(u, size) for u in walk(images.repeat(size, *[1] * (images.dim() - 1)))] for _ in range(GROUPS)]
    variance, square = ([interval([row[n][k] for row in rows]) for n in range(len(rows[0]))] for k in (0, 1))
    return LayerMoments(tuple(variance), tuple(square))


def summed(u: Tensor, size: int) -> Estimate:
    """Variance and square of the mean over `size` draws, averaged over inputs and elements."""
    u = u.double().unflatten(0, (size, -1))
    variance = float(u.var(0).mean())
    return variance, float(u.mean(0).square().mean()) - variance / size


def apart(walk: Walk, count: int, images: Tensor) -> list[Tensor]:
    """A walk for each copy of the images: what is drawn once a batch, for the whole network, is drawn for each."""
    walks = [walk(part) for part in images.split(count)]
    return [torch.cat(states) for states in zip(*walks, strict=True)]


def walked(network: Network, images: Tensor) -> list[Tensor]:
    """The state behind each step of a network, its components in one tensor."""
    found: list[Tensor] = []

    def keep(stage: Stage, _: Any, __: Any, states: Any) -> None:
        found.append(stage.start.joined(states if isinstance(states, tuple) else (states,)))

    stages = [cast(Stage, stage) for stage in network.stages]
    hooks = [step.register_forward_hook(partial(keep, stage)) for stage in stages for step in stage.steps]
    try:
        network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def solved(twin: Twin, images: Tensor) -> list[Tensor]:
    """The state of the equation at the end of each step of the network."""
    found: list[Tensor] = []
    u: Any = twin.network.stem(images)
    for stage, solver in zip(twin.network.stages, twin.solvers, strict=True):
        stage = cast(Stage, stage)
        states = entered(stage, u)
        z = stage.start.joined(states)
        if isinstance(stage.steps[0], Crossing):
            found.append(z)
        for leg in cast(Sampling, solver).legs if solver else ():
            z = cast(Sampling, solver).across(leg, z)
            found.append(z)
        u = z
    return found
