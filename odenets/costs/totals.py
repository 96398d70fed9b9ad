"""All costs of a network at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from odenets.costs.counting import Size, multiply_adds, size
from odenets.costs.memory import activation_bytes, measure
from odenets.costs.paths import Depth, depth


@dataclass(frozen=True)
class Costs:
    """What a network costs on an input of a shape; multiply_adds and bytes are those of one example.

    activation_bytes  kept by autograd for the backward pass, estimated
    measured_bytes    the highest that a real train step allocated; None where it was not measured
    """

    size: Size
    multiply_adds: int
    activation_bytes: int
    depth: Depth
    measured_bytes: int | None = None


def cost_of(network: nn.Module, shape: Tensor | Sequence[int], *, measured_on: str | None = None) -> Costs:
    """The costs of a network; measured_on: cpu or cuda, where a real train step of the shape's batch is run as well.

    Raises OdenetsError as `measure` does, and for a shape without examples.
    """
    measured = None if measured_on is None else measure(network, shape, measured_on)
    return Costs(
        size(network), multiply_adds(network, shape), activation_bytes(network, shape), depth(network, shape), measured
    )
