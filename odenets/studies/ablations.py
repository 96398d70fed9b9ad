"""What a trained network loses with its history, with the blocks of its last stage, and with each block."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

from torch import Tensor, nn

from odenets.network import Network
from odenets.noise.robustness import accuracy
from odenets.recalibration import recalibrate
from odenets.stages import Stage, Start
from odenets.studies.measured import Measured
from odenets.wiring import Step
from schemes.starting import components

States = tuple[Tensor, ...]


def ablations(about: Measured, images: int = 2000) -> dict[str, Any]:
    """Test errors in % on the first images, of the trained network whole and with parts of it removed.

    whole               as it is
    history_removed     every step is given the states of a start from its u: u_n for u_{n-1}, 0 for velocities and
                        slopes; absent where the scheme keeps nothing but its components
    last_stage_removed  the states go through the last stage unchanged but for the step that crosses the shape; absent
                        where that is all there is
    blocks_removed      the same of each step alone, a list by step; null where it crosses the shape

    Each has `error`, the parts taken out and nothing else, and `recalibrated`, with the statistics of the batch norms
    averaged anew over training images: those of `whole` say what that alone does. The network stays as it was.
    Source: Veit, Wilber, Belongie 2016 (Residual networks behave like ensembles), section 4.1, for single blocks.
    """
    inputs, labels = about.images(images)

    def errors(remove: Callable[[Network], None]) -> dict[str, float]:
        network = copy.deepcopy(about.network)
        remove(network)
        error = 100 - accuracy(network, inputs, labels)
        recalibrate(network, about.calibration())
        return {"error": error, "recalibrated": 100 - accuracy(network, inputs, labels)}

    found: dict[str, Any] = {"images": len(labels), "whole": errors(lambda _: None)}
    if remembers(about.network):
        found["history_removed"] = errors(forget)
    places = removable(about.network)
    last = [place for place in places if place and place[0] == len(about.network.stages) - 1]
    if last:
        found["last_stage_removed"] = errors(lambda network: skip(network, last))
    each = [errors(lambda network, place=place: skip(network, [place])) if place else None for place in places]  # type: ignore[misc]
    found["blocks_removed"] = {name: [row[name] if row else None for row in each] for name in ("error", "recalibrated")}
    return found


def remembers(network: Network) -> bool:
    """Whether a step is given more than the values that a start is made from."""
    return any(len(scheme.states) > len(components(scheme)) for scheme in network.schemes())


def forget(network: Network) -> None:
    """Let every step of one shape, and each that a history comes through to, begin from the states of a start."""
    for stage in map(stage_of, network.stages):
        for step in stage.steps:
            if stage.keeps or isinstance(step, Step):  # a crossing that restarts takes u alone
                step.register_forward_pre_hook(anew(stage.start))


def anew(start: Start) -> Callable[[nn.Module, States], States]:
    return lambda _, states: cast(States, start(start.joined(states)))


def removable(network: Network) -> list[tuple[int, int] | None]:
    """(stage, step) of each step over the depth; None where it crosses the shape."""
    return [
        (i, j) if isinstance(step, Step) else None
        for i, stage in enumerate(map(stage_of, network.stages))
        for j, step in enumerate(stage.steps)
    ]


def skip(network: Network, places: list[tuple[int, int]]) -> None:
    """Take steps out: all states go through unchanged."""
    for i, j in places:
        stage_of(network.stages[i]).steps[j] = Through()


class Through(nn.Module):
    """The step that does nothing."""

    def forward(self, *states: Tensor) -> States:
        return states


def stage_of(module: nn.Module) -> Stage:
    return cast(Stage, module)
