"""What one network has learned, in another: weights, statistics and coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from odenets.coefficients import Bounded, raw, trained
from odenets.depth.basis import Basis
from odenets.depth.blends import Blend, parameters, statistics
from odenets.depth.fields import Weights, weights_of
from odenets.errors import OdenetsError
from odenets.stages import Crossing, Stage
from odenets.wiring import Step

POINTS = 8  # of Gauss's rule on each piece: exact for squares of polynomials of degree 7


def copy(source: nn.Module | None, target: nn.Module | None, what: str) -> None:
    """All parameters and buffers of one module in another. Raises OdenetsError where they are others."""
    if source is None or target is None:
        if source is not target:
            raise OdenetsError(f"{what} is in one network and not in the other: keep `across` and `widths`")
        return
    new, old = target.state_dict(), source.state_dict()
    odd = sorted(set(new) ^ set(old)) or [name for name, x in new.items() if x.shape != old[name].shape]
    if odd:
        raise OdenetsError(f"{what} has other weights with this scheme ({odd[0]}): take one with the same first step")
    target.load_state_dict(old)


def around(source: Stage, target: Stage) -> None:
    """The layer before a stage, or its crossing."""
    place = f"stage {source.number + 1}"
    copy(source.enter, target.enter, f"the layer before {place}")
    pairs = zip(source.steps[: source.crosses], target.steps[: target.crosses], strict=True)
    for old, new in pairs:
        copy(cast(Crossing, old), cast(Crossing, new), f"the crossing to {place}")


def projection(source: Basis, target: Basis) -> NDArray[np.float64]:
    """W with θ'_l = Σ_m W_lm θ_m: the functions of the target nearest to those of the source in L²[0, 1]."""
    if source.near(target):
        return np.eye(len(source.places))
    breaks = sorted({0.0, 1.0, *(float(s) for basis in (source, target) for s in basis.places)})
    nodes, gauss = np.polynomial.legendre.leggauss(POINTS)
    rows: dict[Basis, list[list[float]]] = {source: [], target: []}
    for low, high in pairwise(breaks):
        for x, w in zip((nodes + 1) / 2, np.sqrt(gauss * (high - low) / 2), strict=True):
            for basis, row in rows.items():
                found = basis.weights(low + (high - low) * float(x))
                row.append([w * found.get(m, 0.0) for m in range(len(basis.places))])
    found, *_ = np.linalg.lstsq(np.array(rows[target]), np.array(rows[source]), rcond=None)
    return np.where(np.abs(found) < 1e-13, 0.0, found)


@torch.no_grad()
def weights(found: Weights, stage: Stage) -> None:
    """The knots of a new stage from the weights of the old one, and the statistics of its evaluations.

    Raises OdenetsError where the two evaluate different fields, or blocks of other shapes.
    """
    new = weights_of(stage)
    if set(new.knots) != set(found.knots):
        raise OdenetsError(f"the trained blocks are those of {', '.join(found.knots)}, the new scheme evaluates "
                           f"{', '.join(new.knots)}: take a scheme of the same fields")  # fmt: skip
    matrix = projection(found.basis, new.basis)
    for field, knots in new.knots.items():
        for knot, row in zip(knots, matrix, strict=True):
            blend = {m: float(w) for m, w in enumerate(row) if w != 0}
            fill(dict(knot.named_parameters()), parameters(found.knots[field], blend))
        for holder, (s, end) in zip(new.seen[field], new.places[field], strict=True):
            if isinstance(holder, Blend):
                fill(holder.statistics(), statistics(found.seen[field], found.between(field, s, end)))


def fill(target: Mapping[str, torch.Tensor], source: Mapping[str, torch.Tensor]) -> None:
    for name, x in target.items():
        if name not in source or source[name].shape != x.shape:
            raise OdenetsError(f"the trained blocks have no {name} of shape {tuple(x.shape)}: keep block and widths, "
                               "and a scheme of as many components")  # fmt: skip
        x.copy_(source[name])


@torch.no_grad()
def coefficients(stage: Stage, known: Sequence[Mapping[str, Step]]) -> None:
    """Learned coefficients of the steps of a chain, as the old steps have them; others at the means of their starts,
    with which T was kept."""
    for step, own in zip(stage.behind(), known, strict=True):
        for p in step.scheme.coefficients:
            if p.name in own:
                raw(step, p.name).copy_(raw(own[p.name], p.name))
            elif p.kind == "learned":
                begun = trained(replace(p, value=p.mean, per="step"))
                raw(step, p.name).copy_(begun.raw if isinstance(begun, Bounded) else begun)
