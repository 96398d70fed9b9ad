"""Training recipes, one a data set."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from odenets.errors import OdenetsError

# how the learning rate falls to 0 over the part x in [0, 1] of the epochs behind the warm-up; "steps" has milestones
DECAYS: Mapping[str, Callable[[float], float]] = {
    "steps": lambda x: 1.0,
    "linear": lambda x: 1 - x,
    "cosine": lambda x: (1 + math.cos(math.pi * x)) / 2,
}


@dataclass(frozen=True)
class Recipe:
    """Stochastic gradient descent with momentum, cross-entropy, a learning rate that falls.

    epochs         passes over the training set
    decay          "steps": lr is multiplied by `factor` behind each of the milestones, in epochs;
                   "linear", "cosine": it falls to 0 at the end, from batch to batch, whatever the milestones
    warmup         epochs, or a part of one, over which lr rises from 0, from batch to batch
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
    decay: str = "steps"
    warmup: float = 0.0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "lr", "factor"):
            if not getattr(self, name) > 0:
                raise OdenetsError(f"{name} = {getattr(self, name)} must be positive")
        for name in ("momentum", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise OdenetsError(f"{name} = {getattr(self, name)} must be at least 0 and below 1")
        if not all(type(m) in (int, float) and m >= 0 for m in self.milestones):
            raise OdenetsError(f"milestones = {list(self.milestones)} must be epochs, numbers of at least 0")
        if self.decay not in DECAYS:
            raise OdenetsError(f"decay = {self.decay!r}: take {', '.join(DECAYS)}")
        if not 0 <= self.warmup < self.epochs:
            raise OdenetsError(f"warmup = {self.warmup} must be at least 0 and below the {self.epochs} epochs")
        if self.weight_decay < 0:
            raise OdenetsError(f"weight_decay = {self.weight_decay} must not be negative")

    def lr_at(self, epoch: float) -> float:
        """The learning rate when that many epochs have passed, parts of one counted."""
        rise = min(1.0, epoch / self.warmup) if self.warmup else 1.0
        if self.decay == "steps":
            return self.lr * rise * float(self.factor ** sum(epoch >= m for m in self.milestones))
        passed = (epoch - self.warmup) / (self.epochs - self.warmup)
        return self.lr * rise * DECAYS[self.decay](min(1.0, max(0.0, passed)))

    def over(self, epochs: int) -> Recipe:
        """The same recipe stretched or pressed to another number of epochs."""
        milestones = tuple(max(1, round(m * epochs / self.epochs)) for m in self.milestones)
        changed = {"epochs": epochs, "milestones": milestones, "warmup": self.warmup * epochs / self.epochs}
        return Recipe(**{**vars(self), **changed})


def whole(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe of a record with the fields that are younger than it, which were as they are by default."""
    return {**{f.name: f.default for f in fields(Recipe) if f.name in ("decay", "warmup")}, **recipe}


# CIFAR: Lu et al. 2018, section 2.2 and their published code, theirs from He et al. 2016.
RECIPES = {
    "cifar10": Recipe(),
    "cifar100": Recipe(epochs=300, milestones=(150, 225)),
    "folder": Recipe(epochs=90, milestones=(30, 60)),
    "digits": Recipe(epochs=30, batch_size=64, milestones=(15, 24)),
}
