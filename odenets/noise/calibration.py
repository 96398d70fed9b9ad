"""Calibration: whether a network that is sure in p of its answers is right in p of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

BINS = 15  # of Guo et al. 2017


@dataclass(frozen=True)
class Reliability:
    """Answers by their confidence, the probability of the class that was taken, in bins of equal width.

    confidence, accuracy   their means in each bin; 0 where it is empty
    """

    counts: tuple[int, ...]
    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]

    @property
    def ece(self) -> float:
        """The expected calibration error Σ_b n_b/N |accuracy_b - confidence_b|.

        Source: Guo, Pleiss, Sun, Weinberger 2017 (arXiv 1706.04599), (3).
        """
        rows = zip(self.counts, self.confidence, self.accuracy, strict=True)
        return sum(n * abs(a - c) for n, c, a in rows) / sum(self.counts)


def reliability(probabilities: Tensor, labels: Tensor, bins: int = BINS) -> Reliability:
    """Probabilities (N, classes) of N answers in bins ((b-1)/bins, b/bins] of their confidence (Guo et al. 2017, 2)."""
    confidence, answers = probabilities.double().max(1)
    place = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)
    right = (answers == labels).double()
    counts = torch.bincount(place, minlength=bins)
    means = (torch.bincount(place, x, minlength=bins) / counts.clamp_min(1) for x in (confidence, right))
    return Reliability(tuple(counts.tolist()), *(tuple(x.tolist()) for x in means))


def scores(probabilities: Tensor, labels: Tensor) -> dict[str, float]:
    """error in %, nll (nats, the mean of -log p of the right class) and ece of probabilities (N, classes)."""
    own = probabilities.double().gather(1, labels[:, None]).clamp_min(torch.finfo(torch.float32).tiny)
    return {
        "error": 100 * float((probabilities.argmax(1) != labels).double().mean()),
        "nll": -float(own.log().mean()),
        "ece": reliability(probabilities, labels).ece,
    }
