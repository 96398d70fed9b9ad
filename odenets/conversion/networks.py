"""Conversion: the blocks of a trained network as a field over depth, followed by another scheme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch

from odenets.conversion import transfer
from odenets.conversion.designs import StageChange, counts, design, source_of, target_basis
from odenets.depth.chains import stages
from odenets.errors import OdenetsError
from odenets.network import Network
from odenets.training import load


@dataclass(frozen=True)
class Conversion:
    """What a conversion did.

    before, after  the names of the schemes
    stages         of each stage its steps, its time, its step size, its weights
    """

    before: str
    after: str
    stages: tuple[StageChange, ...]


def convert(
    model: Network | str,
    scheme: Any = None,
    steps: int | Sequence[int] | None = None,
    weights: str = "",
    h: str | Fraction | None = None,
    *,
    runs: Path | str = "runs",
    **options: Any,
) -> tuple[Network, Conversion]:
    """A trained network, or that of a run, with another scheme or number of steps, without training.

        du/dt = f(θ(t), u),   0 ≤ t ≤ T = Σ h ψ        the chain of a stage as a differential equation

    scheme   a name or a Scheme, with `values` for its parameters; unless said that of the network
    steps    of each stage's chain, the steps that do not change the shape: a number, or one a stage
    weights  "constant": each block on the interval of its step; "linear" between the steps; with a number of knots,
             "linear:4", the nearest such functions; unless said those of the network, else constant
    h        step size; unless said T is kept: h = T / Σ ψ
    options  other fields of the spec, such as solver = "anderson"

    Stem, crossings, layers between stages and head stay as they are. Learned coefficients stay where the scheme does,
    another scheme's are at their starts. Statistics of norms are linear between those of the trained evaluations.
    Raises OdenetsError for fewer steps than one, for blocks that are no increments of a field, and where the scheme
    has other fields, components or crossings; SchemeError where it has no effective step.
    Source: Chang, Meng, Haber, Tung, Begert, Multi-level residual networks from dynamical systems view, ICLR 2018.
    """
    network = load(model, runs) if isinstance(model, str) else model
    if not isinstance(network, Network):
        raise OdenetsError(f"convert takes a network or a run's id, not {model!r}")
    kind = (weights.partition(":")[0] or "constant") if not network.spec.weights else ""
    scheme = network.spec.scheme if scheme is None else scheme
    same = scheme == network.spec.scheme and options.get("values", network.spec.values) == network.spec.values
    options.setdefault("values", network.spec.values if same else {})
    found = [source_of(stage, kind, same) for stage in stages(network)]
    bases = [None if own is None else target_basis(own, weights) for own in found]
    size = None if h is None else str(h)
    spec, changes, known = design(network, scheme, same, counts(network, steps), bases, size, options)
    like = next(network.parameters())
    with torch.random.fork_rng(devices=[]):
        made = Network(spec).to(like.device, like.dtype)
    transfer.copy(network.stem, made.stem, "the stem")
    transfer.copy(network.head, made.head, "the head")
    for old, new, own, coefficients in zip(stages(network), stages(made), found, known, strict=True):
        transfer.around(old, new)
        transfer.coefficients(new, coefficients)
        if own is not None:
            transfer.weights(own, new)
    kept = all(own is None or own.basis == basis for own, basis in zip(found, bases, strict=True))
    if same and kept and h is None and made.state_dict().keys() == network.state_dict().keys():
        made.load_state_dict(network.state_dict())  # evaluations at one depth keep the statistics that each has
    made.train(network.training)
    return made, Conversion(network.spec.label, spec.label, tuple(changes))
