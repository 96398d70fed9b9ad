"""Networks that draw their random coefficients outside training, their norms and weights as in evaluation."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from odenets.coefficients import Draw
from odenets.joins import Column, Join
from odenets.memory import MemoryWarning
from odenets.network import Network, build
from odenets.spec import Spec
from odenets.stages import Crossing, Stage
from odenets.wiring import Step
from schemes import Scheme, random
from schemes.registry import entry

DRAWERS = (Network, Stage, Crossing, Step, Draw, Join, Column)  # blocks and norms are none of them


@contextmanager
def drawing(network: Network, seed: int) -> Iterator[Network]:
    """The network with random coefficients drawn from a seed, and all else as in evaluation; afterwards as it was."""
    before = {module: module.training for module in network.modules()}
    for module in before:
        module.training = isinstance(module, DRAWERS)
    devices = [p.device for p in network.parameters() if p.device.type == "cuda"][:1]
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        try:
            yield network
        finally:
            for module, training in before.items():
                module.training = training


def is_random(network: Network) -> bool:
    """Whether a network draws anything."""
    return any(step.scheme.role("random") for *_, step in network.steps())


def with_weights(spec: Spec, network: Network) -> Network:
    """A network of another spec with the same weights, in evaluation mode: the same blocks with other noise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MemoryWarning)
        made = build(spec)
    made.load_state_dict(network.state_dict())
    device = next(network.parameters()).device
    return made.to(device).eval()


def by_sample(spec: Spec) -> Spec:
    """The spec with draws per sample where they are per batch: to one image its law is the same."""
    return replace(spec, scheme=per_sample(spec.scheme, spec.values))


def per_sample(scheme: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(scheme, tuple):
        return tuple(per_sample(x, values) for x in scheme)
    table: Scheme = entry(scheme).usual if isinstance(scheme, str) else scheme
    alone = [p for p in table.parameters if p.kind == "random" and p.per == "batch" and p.value.together is None]
    usual = {p.name: p.value for p in table.parameters if p.kind == "chosen" and p.name not in values}
    return table.at(**usual, **{p.name: random(p.value, per="sample") for p in alone}) if alone else scheme
