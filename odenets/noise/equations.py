"""A stochastic differential equation on tensors: drift and noises as theory has them, of fields as functions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import sqrt
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from odenets.errors import OdenetsError
from odenets.noise.timed import clock
from odenets.noise.walks import Fields, by_field
from schemes import RationalFunction, Scheme

if TYPE_CHECKING:
    from analysis.stochastic.limits import Differential, SDELimit


class Dynamics:
    """du = Σ drift dt + Σ_k √D_k Σ weights · field dB_k at tensors, as `analysis.sde_limit` derives it.

    limit   of a scheme; a scheme itself is given its limit
    fields  f(u) on (paths, …), or {field: function}
    form    "ito" or "stratonovich"; unless said the one with fewer terms
    noise   of a scheme: the fields that are noise, as `schemes.diffusion.diffusive` takes them

    Of several components the state is (paths, …) with their numbers side by side on the last axis.
    Raises OdenetsError where a field is missing or a coefficient is still a symbol, AnalysisError as `sde_limit` does.
    """

    def __init__(
        self, limit: Scheme | SDELimit, fields: Fields, *, form: str = "", noise: Collection[str] | None = None
    ) -> None:
        self.limit = limit_of(limit, noise) if isinstance(limit, Scheme) else limit
        self.form = form or ("stratonovich" if self.limit.form == "Stratonovich" else "ito")
        if self.form not in ("ito", "stratonovich"):
            raise OdenetsError(f"form = {form!r}: take 'ito' or 'stratonovich'")
        own = self.limit.drift if self.form == "ito" else self.limit.stratonovich()
        self.drift = {key: number(c, key) for key, c in own.items()}
        self.noises = [
            {edge: sqrt(number(noise.variance, "variance")) * number(x, edge) for edge, x in noise.weights.items()}
            for noise in self.limit.noises
        ]
        self.spreads = ["sample" if noise.per == "batch" else noise.per for noise in self.limit.noises]
        self.fields = known(self.limit, fields)
        self.clock = clock(self.fields.values())

    def both(self, z: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Drift and noises, each field evaluated once."""
        parts = z.chunk(len(self.limit.components), -1)
        slopes = {name: self.fields[edge.field](parts[edge.reads]) for name, edge in self.limit.edges.items()}
        drift = [torch.zeros_like(u) for u in parts]
        for key, c in self.drift.items():
            feeds = self.limit.edges[key.outer].feeds
            slope = slopes[key.outer] if key.inner is None else self.along(key, parts, slopes[key.inner])
            drift[feeds] = drift[feeds] + c * slope
        return torch.cat(drift, -1), [self.joined(noise, parts, slopes) for noise in self.noises]

    def joined(self, weights: Mapping[str, float], parts: Sequence[Tensor], slopes: Mapping[str, Tensor]) -> Tensor:
        found = [torch.zeros_like(u) for u in parts]
        for name, x in weights.items():
            feeds = self.limit.edges[name].feeds
            found[feeds] = found[feeds] + x * slopes[name]
        return torch.cat(found, -1)

    def along(self, key: Differential, parts: Sequence[Tensor], v: Tensor) -> Tensor:
        """f'(u) v, or of its derivative only what an element, or a channel, does to itself."""
        edge = self.limit.edges[key.outer]
        u = parts[edge.reads]
        v = v.expand_as(u)
        total = torch.zeros_like(u)
        for mask in masks(u, key.within):
            moved: Tensor = torch.func.jvp(self.fields[edge.field], (u,), (v * mask,))[1]
            total = total + mask * moved
        return total


def limit_of(scheme: Scheme, noise: Collection[str] | None) -> SDELimit:
    from analysis.stochastic.limits import sde_limit

    return sde_limit(scheme, noise=noise)


def known(limit: SDELimit, fields: Fields) -> dict[str, Any]:
    """The field of each edge, with the constant 1."""
    needed = dict.fromkeys(edge.field for edge in limit.edges.values())
    given = by_field(limit.scheme, needed, fields)
    if missing := [name for name in needed if name != "one" and name not in given]:
        raise OdenetsError(f"{limit.scheme} moves along the field {missing[0]!r}: give it, got {list(given)}")
    return {"one": torch.ones_like, **given}


def number(x: Any, what: Any) -> float:
    if isinstance(x, RationalFunction):
        raise OdenetsError(f"the coefficient {x} of {what} depends on {min(x.symbols)}: fix it by scheme.at(…)")
    return float(x)


def masks(u: Tensor, within: str) -> Iterator[Tensor]:
    """1 for all elements of a path; or one after the other for each channel, or each element."""
    if within == "sample":
        yield torch.ones_like(u)
        return
    shape = u.shape[1:] if within == "element" else u.shape[1:2]
    for place in torch.eye(shape.numel(), dtype=u.dtype, device=u.device):
        yield place.reshape(*shape, *[1] * (u.dim() - 1 - len(shape))).expand(u.shape)
