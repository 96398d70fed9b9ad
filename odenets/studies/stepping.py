"""One training step of a network: forward, loss, backward, SGD. Run by Python, or captured (`captured`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from torch import Tensor

from odenets.training import Trainer


class Step(Protocol):
    """A training step on images (b, C, H, W), normalised, and labels (b,), at a learning rate.

    Gives the mean loss and how many were right, both scalar tensors on the device, which hold until the next call.
    Nothing waits for the device.
    """

    def __call__(self, images: Tensor, labels: Tensor, lr: float) -> tuple[Tensor, Tensor]: ...


class Eager:
    """The step of `odenets.training.Trainer.run_epoch`, operation by operation."""

    def __init__(self, trainer: Trainer, forward: Callable[[Tensor], Any] | None = None) -> None:
        self.trainer, self.forward = trainer, forward

    def __call__(self, images: Tensor, labels: Tensor, lr: float) -> tuple[Tensor, Tensor]:
        self.trainer.set_rate(lr)
        found = self.trainer.gradients(images, labels, self.forward)
        self.trainer.optimizer.step()
        return found
