"""The block of a field at one depth: the knots' structure at blended parameters."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.func import functional_call

Weights = Mapping[int, float]


def blended(tensors: Sequence[tuple[float, Tensor]]) -> Tensor:
    """Σ w x; a number that is no real one, such as a counter, is that of the largest weight."""
    (w, x), *rest = tensors
    if not x.is_floating_point():
        return max(tensors, key=lambda pair: pair[0])[1]
    total = x if w == 1 else w * x
    for w, x in rest:
        total = total + w * x
    return total


def parameters(knots: Sequence[nn.Module], weights: Weights) -> dict[str, Tensor]:
    """θ = Σ_m φ_m θ_m by name."""
    named = {m: dict(knots[m].named_parameters()) for m in weights}
    return {name: blended([(w, named[m][name]) for m, w in weights.items()]) for name in next(iter(named.values()))}


def statistics(holders: Sequence[nn.Module], weights: Weights) -> dict[str, Tensor]:
    """Buffers between those of evaluations, detached copies: what is measured there is not kept."""
    named = {m: buffers(holders[m]) for m in weights}
    found = next(iter(named.values()))
    return {name: blended([(w, named[m][name]) for m, w in weights.items()]).detach().clone() for name in found}


def buffers(module: nn.Module) -> dict[str, Tensor]:
    """The statistics of an evaluation by the names that its block has for them."""
    return module.statistics() if isinstance(module, Blend) else dict(module.named_buffers())


class Blend(nn.Module):
    """A field at one depth: forward(u) is the block of the weights θ = Σ_m φ_m θ_m.

    The knots belong to the stage: they are found here by `modules()` and `parameters()`, and not in the state_dict.
    Running statistics belong to the evaluation: they are measured of the states at this place, not trained, and those
    of places between are interpolated.
    """

    def __init__(self, knots: Sequence[nn.Module], weights: Weights) -> None:
        super().__init__()
        self.weights = dict(weights)
        self.knots = tuple(knots)  # a tuple is no submodule
        self.own = {name: name.replace(".", "_") for name, _ in self.template.named_buffers()}
        for name, buffer in self.template.named_buffers():
            self.register_buffer(self.own[name], buffer.clone())

    @property
    def template(self) -> nn.Module:
        return self.knots[next(iter(self.weights))]

    def statistics(self) -> dict[str, Tensor]:
        return {name: cast(Tensor, getattr(self, own)) for name, own in self.own.items()}

    def forward(self, u: Tensor) -> Tensor:
        return evaluated(self.knots, self.weights, self.statistics(), u)

    @torch.no_grad()
    def solid(self) -> nn.Module:
        """The block as it is at this depth, with weights and statistics of its own; a knot alone is that knot."""
        if len(self.weights) == 1 and not self.own:
            return self.template
        made = copy.deepcopy(self.template)
        made.load_state_dict(parameters(self.knots, self.weights), strict=False)
        for name, buffer in self.statistics().items():
            made.get_buffer(name).copy_(buffer)
        return made

    def reset_running_stats(self) -> None:
        """As before training: what the knots, whose own statistics are never touched, hold."""
        for name, buffer in self.template.named_buffers():
            getattr(self, self.own[name]).copy_(buffer)

    def named_modules(
        self, memo: set[nn.Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Module]]:
        """With the knots, for what walks over blocks; not by every path, as those of a state_dict are the stage's."""
        memo = set() if memo is None else memo
        yield from super().named_modules(memo, prefix, remove_duplicate)
        for m in self.weights if remove_duplicate else ():
            yield from self.knots[m].named_modules(memo, f"{prefix}.knots.{m}".lstrip("."))

    def extra_repr(self) -> str:
        return " + ".join(f"{w:.3g} knot {m}" for m, w in self.weights.items())


def evaluated(knots: Sequence[nn.Module], weights: Weights, known: Mapping[str, Tensor], u: Tensor) -> Tensor:
    """The block at blended weights and these statistics; a knot alone, without statistics, as it is."""
    knot = knots[next(iter(weights))]
    if len(weights) == 1 and not known:
        return cast(Tensor, knot(u))
    return cast(Tensor, functional_call(knot, {**parameters(knots, weights), **known}, (u,)))


def unlisted(knot: nn.Module) -> nn.Module:
    """The knot with statistics that are not saved: each evaluation has its own.

    The counters of batch norms are: torch misses them in any state_dict that does not say its version.
    """
    for module in knot.modules():
        for name, buffer in list(module.named_buffers(recurse=False)):
            module.register_buffer(name, buffer, persistent=not buffer.is_floating_point())
    return knot
