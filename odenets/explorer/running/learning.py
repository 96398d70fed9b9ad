"""The learned coefficients of a run by epoch and step, and what theory says of those that have one."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import numpy as np

from analysis.k_theory import Array, Mask, effective_step, past_range, running_product
from odenets.explorer.running.listing import finite
from odenets.records import ParameterValue

Recorded = Iterable[tuple[int, ParameterValue]]


def coefficients(recorded: Recorded, about: dict[str, Any] | None, after: int = -1) -> dict[str, Any]:
    """{name: {"places", "epochs", "values", …}} of each learned coefficient, its epochs after `after` alone.

    places   [stage, step] of each column, both counted from 0
    steps    the number of each column over the whole depth, from 1; None while the stages' lengths are not known
    values   by epoch and place, the mean over channels; None where none is recorded, or it is not finite
    theory   of a two-step scheme's k: see `theory`
    """
    tables: dict[str, dict[int, dict[tuple[int, int], list[float]]]] = {}
    for epoch, value in recorded:
        by_epoch = tables.setdefault(value.name, {})
        by_epoch.setdefault(epoch, {}).setdefault((value.stage, value.step), []).append(value.value)
    return {name: one(name, by_epoch, about, after) for name, by_epoch in sorted(tables.items())}


def one(name: str, by_epoch: dict[int, dict[tuple[int, int], list[float]]], about: dict[str, Any] | None, after: int
        ) -> dict[str, Any]:  # fmt: skip
    places = sorted({place for values in by_epoch.values() for place in values})
    epochs = sorted(epoch for epoch in by_epoch if epoch > after)
    table = np.array([[mean(by_epoch[e].get(place, [])) for place in places] for e in epochs], float)
    table = table.reshape(len(epochs), len(places))
    found: dict[str, Any] = {"places": places, "epochs": epochs, "values": table.tolist(), "steps": None}
    lengths = (about or {}).get("stages")
    if about and lengths and all(stage < len(lengths) and step < lengths[stage] for stage, step in places):
        starts = [0, *accumulate(lengths)]
        columns = [starts[stage] + step for stage, step in places]
        found |= {"steps": [n + 1 for n in columns], "range": about.get("ranges", {}).get(name)}
        if name in about.get("two_step", {}):
            whole = np.full((len(epochs), sum(lengths)), np.nan)
            whole[:, columns] = table
            absent = np.isin(np.arange(sum(lengths)), columns, invert=True)
            found["theory"] = theory(whole, absent, lengths, about["two_step"][name])
    return dict(finite(found))


def theory(k: Array, absent: Mask, lengths: list[int], weight: list[float]) -> dict[str, Any]:
    """What k of shape (epochs, steps) says by epoch, of characteristic roots 1 and -k.

    depth     Σ (b + c k_n)/(1 + k_n), the Euler steps that the network is worth; b, c = weight; without k ≤ -1
    parasite  Π |k_n| over each stage: how far its parasitic mode has grown
    outside   steps with k ≤ -1 or k > 1, where the scheme is not zero-stable
    """
    b, c = weight
    with np.errstate(all="ignore"):
        known = np.where(absent, 0.0, k)
        advances = (b + c * known) * effective_step(k, absent)
        products = running_product(k, [0, *accumulate(lengths[:-1])])
    ends = list(accumulate(lengths))
    parts = [products[:, end - length : end] for end, length in zip(ends, lengths, strict=True)]
    return {
        "advances": advances.tolist(),
        "depth": np.nansum(advances, axis=1).tolist(),
        "parasite": np.array([last_known(part) for part in parts]).T.tolist(),
        "outside": past_range(k).sum(axis=1).tolist(),
    }


def last_known(products: Array) -> Array:
    """By epoch the last column that has a number; NaN where none has."""
    known = ~np.isnan(products)
    last = products.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), products[np.arange(len(products)), last], np.nan)


def mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
