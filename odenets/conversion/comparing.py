"""What a network and its conversion say of the same images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from odenets.network import Network
from odenets.stages import Stage


@dataclass(frozen=True)
class Comparison:
    """Errors in % and losses of the two on the same images, in how many % of them they agree, and the relative
    distances |a - b| / |a| of the states behind each stage and of the logits, over the first batch."""

    images: int
    error: tuple[float, float]
    loss: tuple[float, float]
    agreement: float
    distances: tuple[float, ...]


@torch.no_grad()
def states(network: Network, images: Tensor) -> list[Tensor]:
    """The state behind each stage, and the logits."""
    u = network.stem(images)
    found = []
    for stage in network.stages:
        u = stage(u)
        found.append(cast(Stage, stage).start.joined(u) if isinstance(u, tuple) else u)
    return [*found, network.head(u)]


def distances(first: Sequence[Tensor], second: Sequence[Tensor]) -> tuple[float, ...]:
    """|a - b| / |a| of each pair."""
    return tuple(((a - b).norm() / a.norm()).item() for a, b in zip(first, second, strict=True))


@torch.no_grad()
def compare(first: Network, second: Network, batches: Iterable[tuple[Tensor, Tensor]]) -> Comparison:
    """The two in evaluation mode on batches of images and labels."""
    modes = [network.training for network in (first, second)]
    first.eval()
    second.eval()
    far: tuple[float, ...] = ()
    wrong, losses, seen, agreed = [0, 0], [0.0, 0.0], 0, 0
    for images, labels in batches:
        found = [states(network, images) for network in (first, second)]
        far = far or distances(*found)
        said = [own[-1].argmax(1) for own in found]
        for i, own in enumerate(found):
            wrong[i] += int((said[i] != labels).sum())
            losses[i] += F.cross_entropy(own[-1], labels, reduction="sum").item()
        agreed += int((said[0] == said[1]).sum())
        seen += len(labels)
    for network, mode in zip((first, second), modes, strict=True):
        network.train(mode)
    return Comparison(
        images=seen,
        error=(100 * wrong[0] / seen, 100 * wrong[1] / seen),
        loss=(losses[0] / seen, losses[1] / seen),
        agreement=100 * agreed / seen,
        distances=far,
    )
