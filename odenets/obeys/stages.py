"""A stage of a network as what a modified equation speaks of: one table that steps again and again."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

import torch
from torch import Tensor, nn

from odenets.coefficients import learned, value
from odenets.depth.blends import Blend
from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.stages import Stage
from odenets.wiring import Step
from schemes import Scheme

States = tuple[Tensor, ...]


@dataclass(frozen=True)
class Piece:
    """The steps of a stage that have one table: all but the crossing and those that only fill the history.

    scheme   the table, its fields named as the blocks; symbols are coefficients that differ from step to step
    blocks   {field: module} of each step, in evaluation mode and float64
    values   {symbol: number} of each step
    states   between the steps, one tuple more than there are steps
    first    the number of the first of these steps in the stage, from 0
    """

    scheme: Scheme
    blocks: tuple[dict[str, nn.Module], ...]
    values: tuple[dict[str, float], ...]
    states: tuple[States, ...]
    first: int

    @property
    def shared(self) -> bool:
        """Whether every step has the same blocks: then the network is autonomous in u."""
        return all(weighted(modules) == weighted(self.blocks[0]) for modules in self.blocks)


@torch.no_grad()
def piece(network: Network, stage: int, images: Tensor) -> Piece:
    """What a stage (from 0) repeats while these images pass through it, in evaluation mode and float64.

    Raises OdenetsError for a stage that is not there or too short, and where no B-series describes the network: an
    operator scheme, and a coefficient a channel, which does not commute with f'.
    """
    if not 0 <= stage < len(network.stages):
        raise OdenetsError(f"stage {stage + 1} is not there: the network has stages 1 to {len(network.stages)}")
    network = copy.deepcopy(network).double().eval()
    before = nn.Sequential(network.stem, *list(network.stages)[:stage])
    part = cast(Stage, network.stages[stage])
    states = history(part, before(images.double()))
    steps = part.wired()
    proper = [i for i, step in enumerate(steps) if same_method(step.scheme, steps[-1].scheme)]
    first = proper[0]
    if part.crosses and first == 0:
        first = 1  # the crossing has the table of a one-step scheme, but another block
    if len(steps) - first < 2:
        raise OdenetsError(
            f"stage {stage + 1} repeats its scheme {max(0, len(steps) - first)} times, "
            "it takes 2 to see a flow: take a deeper network"
        )
    steps = steps[first:]
    scheme, values = with_values(steps)
    if scheme.operator:
        raise OdenetsError(
            f"{scheme.name} applies a field to a slope: it has no B-series to compare its layers with, "
            f"`odenets modified {scheme.name}` tells what it does on u' = λu"
        )
    return Piece(scheme, tuple(map(blocks_of, steps)), values, tuple(states[first:]), first)


def history(stage: Stage, u: Tensor) -> list[States]:
    """The states before each step of a stage and after the last."""
    states: Any = (u,) if stage.crosses else stage.start(u)
    found = [states]
    for step in stage.steps:
        states = step(*states)
        states = states if isinstance(states, tuple) else (states,)
        found.append(states)
    return found


def weighted(modules: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Those that hold weights: a constant is the same in every step."""
    return {name: module for name, module in modules.items() if module.state_dict()}


def same_method(a: Scheme, b: Scheme) -> bool:
    return a.table == b.table and a.states == b.states


def blocks_of(step: Step) -> dict[str, nn.Module]:
    """The block of each stage by its name; one between knots as a block of its own (odenets.depth)."""
    found = {name: cast(nn.Module, getattr(step, name)) for name in step.block_names}
    return {name: block.solid() if isinstance(block, Blend) else block for name, block in found.items()}


def with_values(steps: list[Step]) -> tuple[Scheme, tuple[dict[str, float], ...]]:
    """The table with every coefficient that all steps share put in, and what is left by step."""
    step = steps[0]
    names = learned(step.scheme)
    values = {name: [scalar(step, name) for step in steps] for name in names}
    fixed = {name: Fraction(row[0]) for name, row in values.items() if len(set(row)) == 1}
    scheme = replace(step.scheme, fields=step.block_names).mean().at(**fixed)
    moving = [name for name in names if name not in fixed]
    return scheme, tuple({name: values[name][i] for name in moving} for i in range(len(steps)))


def scalar(step: Step, name: str) -> float:
    found = value(step, name)
    if found.numel() != 1:
        raise OdenetsError(
            f"{step.scheme.name}: {name} is one number per channel, which no B-series describes: train one a step"
        )
    return found.item()
