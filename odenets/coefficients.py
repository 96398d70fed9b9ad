"""A scheme's parameters in a network: trained numbers, free or bounded, and random draws, their mean at evaluation."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any, cast

import torch
from torch import Tensor, nn

from odenets.errors import OdenetsError
from odenets.joins import Column, Join
from odenets.laws import draw, sampler
from odenets.spreads import has_numbers, spread
from schemes import Distribution, Parameter, Scheme
from schemes.joins import joins_of


def held(scheme: Scheme, channels: int | None = None, dims: int = 2) -> dict[str, nn.Parameter | nn.Module]:
    """What a step holds for the coefficients of its table, by the names that its source has for them.

    Raises OdenetsError as `trained` and `Draw` do, SchemeError where a weight of a join is fixed alone.
    """
    found: dict[str, nn.Parameter | nn.Module] = {}
    together = {name: names[0] for names in joins_of(scheme).values() for name in names}
    declared = {p.name: p for p in scheme.parameters}
    columns: dict[Any, Column] = {}
    for p in scheme.coefficients:
        if p.name not in together:
            found[p.name] = Draw(p, dims) if p.kind == "random" else trained(p, channels, dims)
        elif (name := f"join_{together[p.name]}") not in found:
            law = declared[together[p.name]].value
            for argument in (law.p, law.share):
                number(argument, p.name)
            leads = law.together not in columns
            column = columns.setdefault(law.together, Column(int(law.columns), law.share))
            found[name] = Join(law, p.per, column, leads, dims)
    return found


@lru_cache(maxsize=512)
def draws(scheme: Scheme) -> dict[str, tuple[str, ...]]:
    """The random coefficients that stand in a table, by the attribute that draws them: eta: (eta,), join_a: (a, b)."""
    together = [tuple(names) for names in joins_of(scheme).values()]
    joined = {name for names in together for name in names}
    alone = [p.name for p in scheme.coefficients if p.kind == "random" and p.name not in joined]
    return {f"join_{names[0]}": names for names in together} | {name: (name,) for name in alone}


def drawn(scheme: Scheme, draw: Callable[[str], Any]) -> dict[str, Any]:
    """The random coefficients by their names; draw(attribute) gives one, or those of a join."""
    found: dict[str, Any] = {}
    for attribute, names in draws(scheme).items():
        x = draw(attribute)
        found |= {attribute: x} if names == (attribute,) else dict(zip(names, x, strict=True))
    return found


@lru_cache(maxsize=512)
def learned(scheme: Scheme) -> tuple[str, ...]:
    """The names of the learned coefficients that stand in a table."""
    return tuple(p.name for p in scheme.coefficients if p.kind == "learned")


def live(step: nn.Module, name: str) -> Tensor:
    """The learned coefficient of this name as it is now, behind its constraint, in the graph of what is trained."""
    kept = getattr(step, name)
    return cast(Tensor, kept() if isinstance(kept, Bounded) else kept)


def value(step: nn.Module, name: str) -> Tensor:
    """The learned coefficient of this name as it is now, detached."""
    return live(step, name).detach()


def raw(step: nn.Module, name: str) -> nn.Parameter:
    """What is trained for the learned coefficient of this name: itself, or what its interval is parametrised by."""
    kept = getattr(step, name)
    return cast(nn.Parameter, kept.raw if isinstance(kept, Bounded) else kept)


def trained(parameter: Parameter, channels: int | None = None, dims: int = 2) -> nn.Parameter | Bounded:
    """A learned coefficient, drawn from its starting law: a scalar, or one per channel, of shape (C, 1, …, 1).

    dims: number of axes behind the channels. Raises OdenetsError where the number of channels is needed and not given.
    """
    start = started(parameter, channels, dims)
    return Bounded(start, *map(float, parameter.within)) if parameter.within else nn.Parameter(start)


def started(parameter: Parameter, channels: int | None, dims: int) -> Tensor:
    """Where training starts a coefficient. Raises OdenetsError as `trained` does."""
    if parameter.per == "channel" and channels is None:
        raise OdenetsError(f"{parameter.name} is one number per channel: give `channels` to wire")
    shape = (channels, *[1] * dims) if parameter.per == "channel" and channels else ()
    if isinstance(parameter.value, Distribution):
        for argument in vars(parameter.value).values():
            number(argument, parameter.name)
        return draw(parameter.value, shape, torch.get_default_dtype(), torch.get_default_device())
    if parameter.value is None:
        raise OdenetsError(f"{parameter.name} has no starting value: declare it by learned(start)")
    return torch.full(shape, number(parameter.value, parameter.name))


class Bounded(nn.Module):
    """A learned coefficient in an interval: forward() is low + (high - low) σ(raw), raw is trained.

    An end of the interval is what rounding may reach, at |raw| above 17 in single precision; σ' vanishes there.
    """

    def __init__(self, start: Tensor, low: float, high: float) -> None:
        super().__init__()
        self.low, self.high = low, high
        part = (start.double() - low) / (high - low)
        self.raw = nn.Parameter(torch.logit(part).to(start.dtype))

    def forward(self) -> Tensor:
        return self.low + (self.high - self.low) * torch.sigmoid(self.raw)

    def extra_repr(self) -> str:
        return f"{self.low}..{self.high}"


class Draw(nn.Module):
    """A random coefficient: drawn anew at each call in training, its mean at evaluation.

    forward(u) gives a number per batch (a tensor where torch.compile traces it), in u's type and on its device a tensor
    of the shape (N, 1, …) per sample, (N, …, C, …) with `dims` axes behind the channels per channel, u's per element.
    """

    def __init__(self, parameter: Parameter, dims: int = 2) -> None:
        super().__init__()
        self.law: Distribution = parameter.value
        self.per, self.dims = parameter.per, dims
        self.mean = number(self.law.mean, parameter.name)
        for argument in vars(self.law).values():
            number(argument, parameter.name)
        self.sample = sampler(self.law)

    def forward(self, u: Tensor) -> Tensor | float:
        if not self.training:
            return self.mean
        if self.per == "batch":  # on the processor: whether a block is dropped is known before it would run
            return known(self.sample((), u.dtype, "cpu"), u)
        return self.sample(spread(self.per, u, self.dims), u.dtype, u.device)

    def extra_repr(self) -> str:
        return f"{self.law}, per={self.per!r}"


def known(x: Tensor, u: Tensor) -> Tensor | float:
    """What is drawn once for a whole batch: a number, which tells what is dropped, where a tensor has one."""
    return x.item() if has_numbers(x) else x.to(u.device)


def number(x: Any, name: str) -> float:
    if not isinstance(x, Fraction):
        raise OdenetsError(f"the law of {name} still depends on {x}: fix it, for instance get(…, {x}=0.5)")
    return float(x)
