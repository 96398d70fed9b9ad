"""Training recipes, one a data set."""

from __future__ import annotations

from dataclasses import dataclass

from odenets.errors import OdenetsError


@dataclass(frozen=True)
class Recipe:
    """Stochastic gradient descent with momentum, cross-entropy, a learning rate that falls in steps.

    epochs         passes over the training set
    milestones     epochs after which the learning rate is multiplied by `factor`
    weight_decay   of all weights, but not of a scheme's learned coefficients
    """

    epochs: int = 160
    batch_size: int = 128
    lr: float = 0.1
    momentum: float = 0.9
    weight_decay: float = 1e-4
    milestones: tuple[int, ...] = (80, 120)
    factor: float = 0.1
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "lr", "factor"):
            if not getattr(self, name) > 0:
                raise OdenetsError(f"{name} = {getattr(self, name)} must be positive")
        for name in ("momentum", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise OdenetsError(f"{name} = {getattr(self, name)} must be at least 0 and below 1")
        if self.weight_decay < 0:
            raise OdenetsError(f"weight_decay = {self.weight_decay} must not be negative")

    def lr_at(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 0."""
        return self.lr * float(self.factor ** sum(epoch >= m for m in self.milestones))

    def over(self, epochs: int) -> Recipe:
        """The same recipe stretched or pressed to another number of epochs."""
        milestones = tuple(max(1, round(m * epochs / self.epochs)) for m in self.milestones)
        return Recipe(**{**vars(self), "epochs": epochs, "milestones": milestones})


# CIFAR: Lu et al. 2018, section 2.2 and their published code, theirs from He et al. 2016.
RECIPES = {
    "cifar10": Recipe(),
    "cifar100": Recipe(epochs=300, milestones=(150, 225)),
    "folder": Recipe(epochs=90, milestones=(30, 60)),
    "digits": Recipe(epochs=30, batch_size=64, milestones=(15, 24)),
}
