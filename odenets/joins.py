"""Joins with drop-path in a network: weights that are drawn together, and one column for the whole network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate

import torch
from torch import Tensor, nn

from odenets.errors import OdenetsError
from odenets.spreads import has_numbers, spread
from schemes.joins import DropPath

FINE = 2**31  # integers stay what they are when a module is cast to half precision, and its thresholds would not


class Column(nn.Module):
    """The global draw: which column is taken alone in this batch, 1 the first; 0 where every join draws by itself."""

    number: Tensor
    thresholds: Tensor

    def __init__(self, columns: int, share: Fraction) -> None:
        super().__init__()
        self.columns, self.share = columns, share
        self.register_buffer("number", torch.zeros((), dtype=torch.long), persistent=False)
        self.register_buffer("thresholds", thresholds([share / columns] * columns), persistent=False)

    def draw(self) -> None:
        """A new column for the batch that comes."""
        place = uniform((), self.thresholds)
        self.number.copy_((place + 1) % (self.columns + 1))

    def extra_repr(self) -> str:
        return f"{self.columns} columns, {self.share} of batches with one alone"


class Join(nn.Module):
    """The weights of a join: drawn together at each call in training, 1/inputs each at evaluation.

    forward(u): one weight an input, a number per batch, (N, 1, …) per sample, in u's type: 1/kept, or exactly 0.
    leads: it draws its step's column; none does in a network, which draws one for all steps (`one_column`).
    """

    masks: Tensor
    thresholds: Tensor

    def __init__(self, law: DropPath, per: str, column: Column, leads: bool, dims: int = 2) -> None:
        super().__init__()
        self.inputs, self.per, self.leads, self.dims = int(law.inputs), per, leads, dims
        self.column = column
        first = int(law.columns - law.inputs) + 1
        met = range(first, first + self.inputs)
        kept, chances = zip(*law.outcomes(), strict=True)
        alone = [(c,) if c in met else tuple(met) for c in range(1, column.columns + 1)]
        masks = torch.tensor([[c in chosen for c in met] for chosen in (*kept, *alone)])
        self.register_buffer("masks", masks, persistent=False)
        self.register_buffer("thresholds", thresholds(chances[:-1]), persistent=False)

    def forward(self, u: Tensor) -> Sequence[Tensor | float]:
        if not self.training:
            return (1 / self.inputs,) * self.inputs
        if self.leads:
            self.column.draw()
        shape = spread(self.per, u, self.dims)
        own, chosen = uniform(shape, self.thresholds), self.column.number
        row = torch.where(chosen > 0, len(self.thresholds) + chosen, own)  # behind the rows of local draws
        # torch.compile would read a scalar index back from the device, and break its graph
        kept = self.masks.index_select(0, row.flatten()).reshape(*shape, self.inputs).to(u.dtype)
        weights = kept / kept.sum(-1, keepdim=True)
        return weights.tolist() if self.per == "batch" and has_numbers(weights) else weights.unbind(-1)

    def extra_repr(self) -> str:
        return f"{self.inputs} inputs, per={self.per!r}"


def one_column(network: nn.Module) -> Column | None:
    """The column that all joins of a network share from now on; None where it has none.

    Whoever runs the network calls its `draw` before each forward pass in training.
    Raises OdenetsError where joins differ in their columns, or in the share of batches with one alone.
    """
    joins = [module for module in network.modules() if isinstance(module, Join)]
    kinds = {(join.column.columns, join.column.share) for join in joins}
    if len(kinds) > 1:
        told = " and ".join(f"{columns} columns with share {share}" for columns, share in sorted(kinds))
        raise OdenetsError(f"one column is drawn for the whole network, which has {told}: give all steps the same")
    for join in joins:
        join.column, join.leads = joins[0].column, False
    return joins[0].column if joins else None


def thresholds(chances: Iterable[Fraction]) -> Tensor:
    """Ascending integers, of which `uniform` is below the i-th with the probability of the first i + 1."""
    return torch.tensor([round(x * FINE) for x in accumulate(chances)], dtype=torch.long)


def uniform(shape: tuple[int, ...], steps: Tensor) -> Tensor:
    """How many thresholds a uniform number has reached, independently in each place."""
    drawn = torch.randint(FINE, shape, device=steps.device)
    return torch.bucketize(drawn, steps, right=True)
