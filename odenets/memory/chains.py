"""Steps one after the other, whose states are rebuilt in the backward pass instead of kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch._compile import _disable_dynamo

from odenets.errors import OdenetsError
from odenets.memory.passes import States
from odenets.memory.policy import Memory, sums_in
from odenets.memory.work import Carried, Work, trained
from odenets.wiring import Step

REBUILT = Memory(reversible=True)


class Remembering(nn.Module):
    """A module with a chain of steps; `memory` says what it keeps of them."""

    memory: Memory

    def chain(self) -> list[Step]:
        raise NotImplementedError


class Chain(Remembering):
    """Steps of one shape as a module: chain(u), or chain(u_n, u_{n-1}, …), gives the states behind the last.

    Its gradient is that of the steps one by one, but their blocks are evaluated twice and hold no activations between.
    Raises OdenetsError in the backward pass where a rebuilt state is not what it was.
    """

    def __init__(self, steps: Sequence[Step], memory: Memory = REBUILT) -> None:
        super().__init__()
        self.steps, self.memory = nn.ModuleList(steps), memory

    def chain(self) -> list[Step]:
        return [cast(Step, step) for step in self.steps]

    def forward(self, *states: Tensor) -> Any:
        states = carried(self.chain(), states, self.memory)
        return states[0] if len(states) == 1 else states


def stepped(steps: Iterable[nn.Module], states: States) -> States:
    """The states behind steps, one by one."""
    for step in steps:
        nexts = step(*states)
        states = nexts if isinstance(nexts, tuple) else (nexts,)
    return states


@_disable_dynamo  # torch.compiler.disable would import all of dynamo at once
def carried(steps: Sequence[Step], states: States, memory: Memory) -> States:
    """The states behind the steps, with the backward pass that `memory` says."""
    if not torch.is_grad_enabled() or not memory or not steps:
        return stepped(steps, states)
    if torch._C._are_functorch_transforms_active():
        raise OdenetsError(
            "a chain whose states are rebuilt or computed again is not for torch.func (grad, vmap, …): take "
            "reversible = False and checkpoint = 0"
        )
    given = states[0].dtype
    wide = sums_in(given, memory)
    casts = torch.is_autocast_enabled(states[0].device.type) and wide != torch.float64  # autocast leaves doubles alone
    inner = None if wide == given or casts else given
    if any(getattr(step, "_is_replica", False) for step in steps):  # its weights are none of its parameters
        raise OdenetsError(
            "a chain whose states are rebuilt or computed again is not for nn.DataParallel: take "
            "DistributedDataParallel, or reversible = False and checkpoint = 0"
        )
    parameters = trained(steps)
    work = Work(steps, memory, inner, parameters)
    found: States = Carried.apply(  # type: ignore[no-untyped-call]
        work, len(states), *(x.to(wide) for x in states), *parameters
    )
    return tuple(x.to(given) for x in found)
