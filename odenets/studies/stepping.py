"""One training step of a network: forward, loss, backward, SGD. Run by Python, or captured (`captured`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from torch import Tensor
from torch.nn import functional as F

from odenets.precision import arrange, autocast
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
        self.trainer, self.forward = trainer, forward or trainer.model

    def __call__(self, images: Tensor, labels: Tensor, lr: float) -> tuple[Tensor, Tensor]:
        set_rate(self.trainer, lr)
        found = gradients(self.trainer, self.forward, images, labels)
        self.trainer.optimizer.step()
        return found


def set_rate(trainer: Trainer, lr: float) -> None:
    for group in trainer.optimizer.param_groups:
        group["lr"] = lr


def gradients(
    trainer: Trainer, forward: Callable[[Tensor], Any], images: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor]:
    """The gradients of a batch in the place of those before; gives its mean loss and how many were right."""
    work = trainer.work
    with autocast(work.precision, trainer.device):
        logits = forward(arrange(images, work.precision))
        loss = F.cross_entropy(logits, labels, label_smoothing=work.recipe.label_smoothing)
    trainer.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    return loss.detach(), (logits.detach().argmax(1) == labels).sum()
