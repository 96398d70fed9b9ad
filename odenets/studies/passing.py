"""What each step of a network takes, evaluates and gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor, nn

from odenets.memory import Memory
from odenets.network import Network
from odenets.stages import Stage
from odenets.wiring import Step


@dataclass(eq=False)
class Taken:
    """A step from u to after: u behind a change of shape; f, what its first block gives."""

    u: Tensor
    f: Tensor
    after: Tensor


def begun(network: Network, inputs: Tensor) -> Tensor:
    """The state behind the stem."""
    return cast(Tensor, network.stem(inputs))


def passed(network: Network, u: Tensor) -> tuple[Tensor, list[Taken]]:
    """The logits from a state behind the stem, and what each step did."""
    with recorded(network) as taken:
        states: Any = u
        for stage in network.stages:
            states = stage(states)
        return cast(Tensor, network.head(states)), taken


@contextmanager
def recorded(network: Network) -> Iterator[list[Taken]]:
    """A list that each step adds itself to as it runs; no states are rebuilt meanwhile."""
    found: list[Taken] = []
    blocks: list[Tensor] = []  # what has been evaluated in this step so far
    stages = [cast(Stage, stage) for stage in network.stages]
    policies = [stage.memory for stage in stages]

    def begins(_: nn.Module, states: tuple[Tensor, ...]) -> None:
        blocks.clear()

    def evaluates(_: nn.Module, states: tuple[Tensor, ...], value: Tensor) -> None:
        blocks.append(value)

    def ends(_: nn.Module, states: tuple[Tensor, ...], nexts: Any) -> None:
        found.append(Taken(states[0], blocks[0], nexts[0] if isinstance(nexts, tuple) else nexts))

    steps = [step for *_, step in network.steps()]
    handles = [step.register_forward_pre_hook(begins) for step in steps]
    handles += [step.register_forward_hook(ends) for step in steps]
    handles += [block.register_forward_hook(evaluates) for block in blocks_of(steps)]
    try:
        for stage in stages:
            stage.memory = Memory()
        yield found
    finally:
        for handle in handles:
            handle.remove()
        for stage, policy in zip(stages, policies, strict=True):
            stage.memory = policy


def blocks_of(steps: list[Step]) -> list[nn.Module]:
    """Every block once, also where steps share it; the constant is none."""
    found = [
        cast(nn.Module, getattr(step, name))
        for step in steps
        for name, field in zip(step.block_names, step.scheme.fields, strict=True)
        if field != "one"
    ]
    return list(dict.fromkeys(found))
