"""What a measure is given: a network before and after its training, and the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from odenets.data import Batches, Dataset, Split
from odenets.network import Network
from odenets.training import CALIBRATING

BATCH = 128


@dataclass(frozen=True, eq=False)
class Measured:
    """A trained network in evaluation mode and float32.

    before  the same network as it was before training, its batch norms calibrated on training images
    """

    network: Network
    before: Network
    dataset: Dataset
    seed: int

    def images(self, count: int, train: bool = False) -> tuple[Tensor, Tensor]:
        """The first test (training) images, float32 (count, C, H, W), normalised, and their labels."""
        return next(iter(self.batches(self.dataset.train if train else self.dataset.test, count, count)))

    def calibration(self) -> Iterator[Tensor]:
        """Batches of training images without augmentation, for `odenets.recalibration.recalibrate`."""
        return (images for images, _ in self.batches(self.dataset.train, CALIBRATING, BATCH))

    def batches(self, split: Split, count: int, size: int) -> Batches:
        few = Split(split.images[:count], split.labels[:count])
        device = next(self.network.parameters()).device
        mean, std = self.dataset.mean, self.dataset.std
        return Batches(few, size, mean=mean, std=std, device=device, augment=False, shuffle=False, seed=0)
