"""Batches of a split, made on the device from uint8, as a pure function of the seed and the epoch."""

from collections.abc import Iterator
from math import ceil

import numpy as np
import torch
from torch import Tensor

from odenets.data.augment import MARGIN, crop_and_flip, normalise
from odenets.data.dataset import Split
from odenets.errors import OdenetsError


class Batches:
    """Pairs (images float32 (b, C, H, W) normalised, labels int64 (b,)) on `device`; the last batch may be smaller.

    `epoch(e)` depends on (seed, e) alone, never on what was iterated before: a resumed run has no state to restore.
    Rank r takes images r, r + world, … of that epoch, so `world` ranks with batches of b see together, batch by batch,
    the very images of one process with batches of world·b. Plain iteration gives epoch 0, for use in evaluation.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        *,
        mean: Tensor,
        std: Tensor,
        device: torch.device | str,
        augment: bool,
        shuffle: bool,
        seed: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        """Copies the split to the device; raises OdenetsError for numbers that do not fit together."""
        _check(len(split), batch_size, seed, rank, world)
        self.images, self.labels = split.images.to(device), split.labels.to(device)
        self.mean, self.std = mean.to(device), std.to(device)
        self.batch_size, self.augment, self.shuffle = batch_size, augment, shuffle
        self.seed, self.rank, self.world = seed, rank, world

    def __len__(self) -> int:
        """Batches in an epoch, the same number on every rank."""
        return ceil(len(self.labels) / (self.batch_size * self.world))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return self.epoch(0)

    def epoch(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The batches of one epoch, counted from 0."""
        for draws in torch.split(self._draws(epoch).to(self.labels.device), self.batch_size):
            index, top, left, mirrored = draws.unbind(1)
            images = normalise(self.images[index], self.mean, self.std)
            if self.augment:
                images = crop_and_flip(images, top, left, mirrored.bool())
            yield images, self.labels[index]

    def _draws(self, epoch: int) -> Tensor:
        """This rank's rows (index, top, left, mirrored), int64 (n, 4), drawn on the CPU: the same on every device."""
        # The epoch comes first: SeedSequence splits a seed of over 32 bits into words, and (seed, epoch) would be
        # ambiguous.
        random = np.random.default_rng((epoch, self.seed))
        count = len(self.labels)
        order = random.permutation(count) if self.shuffle else np.arange(count)
        crops = random.integers((2 * MARGIN + 1, 2 * MARGIN + 1, 2), size=(count, 3))
        return torch.from_numpy(np.column_stack((order, crops))[self.rank :: self.world])


def _check(count: int, batch_size: int, seed: int, rank: int, world: int) -> None:
    """Raises OdenetsError unless every rank gets the same number of batches, none of them empty."""
    if batch_size < 1:
        raise OdenetsError(f"batch_size is {batch_size}: a batch holds at least 1 image")
    if seed < 0:
        raise OdenetsError(f"seed is {seed}: give 0 or more")
    if not 0 <= rank < world:
        raise OdenetsError(f"rank is {rank} of {world} processes: ranks run from 0 to world - 1")
    tail = count % (batch_size * world)
    if 0 < tail < world:
        raise OdenetsError(
            f"{count} images in batches of {batch_size} on each of {world} processes leave {tail} for the last batch, "
            "fewer than processes: choose another batch_size"
        )
