"""Figures of others that the page of evidence puts beside ours: test error in % on CIFAR-10, and where it is from."""

from __future__ import annotations

from dataclasses import dataclass

NOT_READ = "not re-read"  # a figure from memory: its source was not opened again


@dataclass(frozen=True)
class Published:
    """Test error in % of a network that was not trained here. mark: what a reader must know of the figure."""

    network: str
    family: str
    depth: int
    error: float
    source: str
    mark: str = ""

    def __str__(self) -> str:
        return f"{self.error:.2f}{f' ({self.mark})' if self.mark else ''}"


PAPER = "Lu, Zhong, Li, Dong 2018 (arXiv 1710.10121)"
HE = "He, Zhang, Ren, Sun 2015, 2016 (arXiv 1512.03385, 1603.05027)"
REPLICATION = "an independent replication of Lu et al. 2018"

# trainable numbers of `odenets build resnet20`, …; LM-ResNet has a k a step more, 51 at most
SIZES = {20: 272_378, 32: 466_810, 44: 661_242, 56: 855_674, 110: 1_730_618}


def table() -> list[Published]:
    paper = {20: 8.33, 32: 7.18, 44: 6.66, 56: 6.31, 110: 6.16}
    plain = {20: 8.75, 32: 7.51, 44: 7.17, 56: 6.97, 110: 6.37}
    again = {20: 8.00, 32: 7.96, 44: 7.21, 56: 6.85, 110: 6.43}
    return [
        *(Published(f"LM-ResNet-{n}", "lm", n, error, PAPER) for n, error in paper.items()),
        *(Published(f"ResNet-{n}", "resnet", n, error, HE, NOT_READ) for n, error in plain.items()),
        *(Published(f"LM-ResNet-{n}", "lm", n, error, REPLICATION) for n, error in again.items()),
        Published("LM-ResNet-56", "lm_dropped", 56, 5.14, PAPER),
        Published("LM-ResNet-56", "lm_dropped", 56, 5.60, REPLICATION),
    ]


def published(family: str, depth: int, source: str | None = None) -> Published:
    """A figure by family, depth and source (the first that has it unless given)."""
    return next(p for p in table() if (p.family, p.depth) == (family, depth) and source in (None, p.source))
