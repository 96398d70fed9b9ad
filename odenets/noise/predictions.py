"""What a network answers: with its coefficients at their means, or on average over draws of them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from odenets.data import Dataset
from odenets.data.augment import normalise
from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.noise.modes import drawing

AT_ONCE = 512  # images


def test_images(dataset: Dataset, device: torch.device | str = "cpu") -> tuple[Tensor, Tensor]:
    """All test images as a network takes them, normalised, and their labels."""
    images = normalise(dataset.test.images.to(device), dataset.mean.to(device), dataset.std.to(device))
    return images, dataset.test.labels.to(device)


@torch.no_grad()
def probabilities(network: Network, images: Tensor, samples: int = 0, seed: int = 0) -> Tensor:
    """softmax(logits) (N, classes); with `samples` its mean over so many draws of the random coefficients.

    0 samples: every coefficient at its mean, as at evaluation. The mean of softmaxes is the prediction of the mixture,
    Σ_s p(y | x, ξ_s) / S (Gal, Ghahramani 2016, (6), for dropout). Leaves the network in evaluation mode.
    Raises OdenetsError for a negative number of samples.
    """
    if samples < 0:
        raise OdenetsError(f"samples = {samples} must be at least 0, which takes the means")
    network.eval()
    if not samples:
        return softmax(network, images)
    with drawing(network, seed):
        total = sum((softmax(network, images) for _ in range(samples)), torch.zeros(()))
    return total / samples


def softmax(network: Network, images: Tensor) -> Tensor:
    return torch.cat([network(part).float().softmax(1) for part in chunks(images)])


def chunks(images: Tensor) -> Iterator[Tensor]:
    yield from images.split(AT_ONCE)
