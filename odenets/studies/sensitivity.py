"""How a network carries gradients backwards and perturbations forwards, and how far each step goes along its field."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, autograd, func
from torch.nn import functional as F

from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.studies.advances import advances, field_of
from odenets.studies.measured import Measured
from odenets.studies.passing import Taken, begun, passed

AT_ONCE = 64  # images: ResNet-20 keeps 6 MB of activations of each
Sums = dict[str, list[Tensor]]  # by quantity, by step: one number an image, float64


def sensitivity(about: Measured, images: int = 256) -> dict[str, Any]:
    """By step over the depth, of the network after and before its training: what `looked` finds on test images.

    stages           the stage of each step, from 0
    trained, before  what `looked` finds of each
    sentence         in place of all that: why the steps of this network cannot be looked at so
    """
    try:
        field_of(about.network)
    except OdenetsError as error:
        return {"sentence": str(error)}
    given, labels = about.images(images)
    return {
        "images": len(labels),
        "stages": [stage for stage, *_ in about.network.steps()],
        "trained": looked(about.network, given, labels, about.seed),
        "before": looked(about.before, given, labels, about.seed),
    }


def looked(network: Network, images: Tensor, labels: Tensor, seed: int = 0) -> dict[str, Any]:
    """Norms and advances of the N steps; u_0 is the state behind the stem, u_n that behind n steps, f_n what the first
    block of step n + 1 gives, at u_n in a step of one stage.

    gradients   N + 1 means over images of ‖dL/du_n‖, L the cross-entropy of an image; u_n counts wherever it is read,
                also as u_{n-1} a step later, and other states, such as velocities, stay
    growth      N + 1 ratios rms ‖δu_n‖ / rms ‖δu_0‖ for normal δu_0, exact derivatives (forward mode)
    features    N + 1 means of ‖u_n‖;  increments  N means of ‖f_n‖
    advance     what Δ_n = u_{n+1} - u_n is beside f_n, as `advances` says:
      measured    Σ <Δ_n, f_n> / Σ ‖f_n‖² over images: the c with the least Σ ‖Δ_n - c f_n‖²
      cosine      Σ <Δ_n, f_n> / (Σ ‖Δ_n‖² Σ ‖f_n‖²)^½: 1 where Δ_n is c f_n in every image, with one c
      smoothness  the same of f_{n-1} and f_n; null in the first step of a stage
      transient, limit  the predictions

    A number that is not finite is null. Raises OdenetsError as `field_of` does.
    """
    field_of(network)
    network = copy.deepcopy(network).eval()
    generator = torch.Generator().manual_seed(seed)
    sums: Sums = {}
    for part, own in zip(images.split(AT_ONCE), labels.split(AT_ONCE), strict=True):
        with torch.no_grad():
            u = begun(network, part)
            delta = torch.randn(u.shape, generator=generator, dtype=u.dtype).to(u.device)
        for found in (backwards(network, u, own), forwards(network, u, delta)):
            for name, rows in found.items():
                held = sums.setdefault(name, [torch.empty(0, dtype=torch.float64)] * len(rows))
                sums[name] = [torch.cat([a, b.cpu()]) for a, b in zip(held, rows, strict=True)]
    transient, limit = advances(network)
    length, along = sums["f f"], sums["Δ f"]
    before = [length[0], *length[:-1]]  # of the step before; what stands first is not read
    first = [not j for _, j, _ in network.steps()]
    return {
        "gradients": [mean(x.sqrt()) for x in sums["g g"]],
        "growth": [ratio(x, sums["δ δ"][0], 0.5) for x in sums["δ δ"]],
        "features": [mean(x.sqrt()) for x in sums["u u"]],
        "increments": [mean(x.sqrt()) for x in length],
        "advance": {
            "measured": [ratio(x, y) for x, y in zip(along, length, strict=True)],
            "cosine": [cosine(*row) for row in zip(along, sums["Δ Δ"], length, strict=True)],
            "smoothness": [
                None if new else cosine(*row) for new, *row in zip(first, sums["f' f"], before, length, strict=True)
            ],
            "transient": transient,
            "limit": limit,
        },
    }


def backwards(network: Network, u: Tensor, labels: Tensor) -> Sums:
    """Of each image ‖dL/du_n‖², ‖u_n‖², and the products of increments f and advances Δ."""
    with torch.enable_grad():
        u = u.detach().requires_grad_()
        logits, taken = passed(network, u)
        loss = F.cross_entropy(logits, labels, reduction="sum")  # of each image its own: no batch norm couples them
        states = [u, *(step.after for step in taken)]
        gradients = autograd.grad(loss, states, materialize_grads=True)  # 0 where nothing reads a state
    steps = [Taken(*(x.detach() for x in (step.u, step.f, step.after))) for step in taken]
    moved = [step.after - step.u for step in steps]
    fields = [step.f for step in steps]
    before = [f if f.shape != g.shape else g for f, g in zip(fields, [fields[0], *fields[:-1]], strict=True)]
    return {
        "g g": products(gradients, gradients),
        "u u": products(states, states),
        "f f": products(fields, fields),
        "Δ f": products(moved, fields),
        "Δ Δ": products(moved, moved),
        "f' f": products(before, fields),
    }


@torch.no_grad()  # the gradient of `lincomb` has no forward mode, its plain sum has
def forwards(network: Network, u: Tensor, delta: Tensor) -> Sums:
    """Of each image ‖δu_n‖², the derivative of u_n along δu_0."""

    def states(u: Tensor) -> tuple[Tensor, ...]:
        return (u, *(step.after for step in passed(network, u)[1]))

    _, moved = cast(tuple[Any, tuple[Tensor, ...]], func.jvp(states, (u,), (delta,)))
    return {"δ δ": products(moved, moved)}


def products(xs: Sequence[Tensor], ys: Sequence[Tensor]) -> list[Tensor]:
    """<x, y> of each image, float64."""
    return [(x.detach().double() * y.detach().double()).flatten(1).sum(1) for x, y in zip(xs, ys, strict=True)]


def mean(x: Tensor) -> float | None:
    return finite(x.mean())


def ratio(x: Tensor, y: Tensor, power: float = 1.0) -> float | None:
    return finite((x.sum() / y.sum()) ** power)


def cosine(product: Tensor, x: Tensor, y: Tensor) -> float | None:
    return finite(product.sum() / (x.sum() * y.sum()).sqrt())


def finite(x: Tensor) -> float | None:
    return x.item() if bool(x.isfinite()) else None
