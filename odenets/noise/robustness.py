"""Accuracy under noise that training has not seen: on the input, and on the weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from odenets.network import Network
from odenets.noise.predictions import probabilities

INPUT = (0.0, 0.25, 0.5, 1.0, 1.5)  # in standard deviations of the normalised pixels
WEIGHTS = (0.0, 0.2, 0.4, 0.6, 0.8)  # in root mean squares of each tensor of weights


def input_noise(
    network: Network, images: Tensor, labels: Tensor, levels: Sequence[float], repeats: int, seed: int = 0
) -> list[float]:
    """Accuracy in % on x + s ε, ε normal, at each level s; the mean over some draws, the same for every network."""
    generator = torch.Generator(images.device).manual_seed(seed)
    noises = [torch.randn(images.shape, generator=generator, device=images.device) for _ in range(repeats)]
    return [
        mean([accuracy(network, images + level * noise, labels) for noise in (noises if level else noises[:1])])
        for level in levels
    ]


def weight_noise(
    network: Network, images: Tensor, labels: Tensor, levels: Sequence[float], repeats: int, seed: int = 0
) -> list[float]:
    """Accuracy in % with weights w + s rms(w) ε, ε normal, of every tensor of weights but biases and norms.

    Learned coefficients stay as well: the noise is on the blocks, stem and head. The network is left as it was.
    """
    found = []
    for level in levels:
        values = []
        for repeat in range(repeats if level else 1):
            with perturbed(network, level, seed + repeat):
                values.append(accuracy(network, images, labels))
        found.append(mean(values))
    return found


@contextmanager
def perturbed(network: Network, level: float, seed: int) -> Iterator[None]:
    """The weights of at least two axes with noise on them; as they were afterwards, bit for bit."""
    learned = {id(p) for *_, p in network.coefficients()}
    weights = [p for p in network.parameters() if p.dim() > 1 and id(p) not in learned]
    kept = [p.detach().clone() for p in weights]
    with torch.no_grad():
        for i, p in enumerate(weights):
            generator = torch.Generator(p.device).manual_seed(1000 * seed + i)
            noise = torch.randn(p.shape, generator=generator, device=p.device, dtype=p.dtype)
            p.add_(noise * (level * p.square().mean().sqrt()))
    try:
        yield
    finally:
        with torch.no_grad():
            for p, before in zip(weights, kept, strict=True):
                p.copy_(before)


def accuracy(network: Network, images: Tensor, labels: Tensor) -> float:
    return 100 * float((probabilities(network, images).argmax(1) == labels).double().mean())


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
