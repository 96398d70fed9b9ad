"""Monte Carlo for any scheme with random coefficients: smooth nonlinear fields by its fields' names, and a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.stochastic.answers import WeakSlope
from analysis.stochastic.levels import Functional
from analysis.stochastic.multilevel import weak_slopes
from analysis.stochastic.sampling import Array
from analysis.stochastic.stepping import Field
from schemes import Scheme

RATE = 2e7  # evaluations of a field for one path of two components in a second, on one core of 2020
COARSEST, FINEST = 4, 256  # steps
START = (0.0, 0.0)


@dataclass(frozen=True)
class MonteCarlo:
    """Weak slopes of the moments of the first component, and the fields that were taken, as text."""

    fields: Mapping[str, str]
    slopes: Mapping[str, WeakSlope]

    @property
    def decided(self) -> bool:
        return all(slope.decided for slope in self.slopes.values())

    @property
    def facts(self) -> dict[str, Any]:
        return {"fields": dict(self.fields), "slopes": {name: slope.facts for name, slope in self.slopes.items()}}

    def __str__(self) -> str:
        fields = ", ".join(f"{name} = {text}" for name, text in self.fields.items())
        lines = [f"Monte Carlo, {fields}; u(0) = 0, time 1, v is the other component:"]
        return "\n".join([*lines, *(f"{name}: {slope}" for name, slope in self.slopes.items())])


def monte_carlo(
    scheme: Scheme,
    budget_seconds: float = 20,
    *,
    moments: int = 4,
    noise: Collection[str] | None = None,
    constant: Collection[str] = ("one",),
    path: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> MonteCarlo:
    """Weak orders that E u, E u², … show on nonlinear fields, with confidence intervals; levels are added as needed.

    Steps of 1/4 to 1/32 come first; while a slope is not decided and the budget allows, all is done again with a finer
    level, up to 1/256. The answer depends on the budget and not on the machine: a second counts 2·10⁷ evaluations.

    constant  fields that do not depend on the state, as g of schemes for additive noise
    noise, path, and what is raised: as in `weak_error`
    """
    names = {name: name in {*constant, "one"} for name in scheme.fields}
    fields = {name: flat(k) if still else wave(k) for k, (name, still) in enumerate(names.items())}
    text = {name: words(k, still) for k, (name, still) in enumerate(names.items())}
    left, count = RATE * budget_seconds, 4
    while True:
        levels = tuple(COARSEST * 2**i for i in range(count))
        found = weak_slopes(
            scheme, fields, START, powers(moments),
            levels=levels, budget=left, seed=seed, noise=noise, path=path,
        )  # fmt: skip
        result = MonteCarlo(text, found)
        spent = next(iter(found.values())).evaluations
        left, count = left - spent, count + 1
        if result.decided or left < 4 * spent or levels[-1] >= FINEST:
            return result


def wave(k: int) -> Field:
    """A field whose derivatives do not vanish, and which couples two components."""
    return lambda x: (1 + np.sin(x[:, ::-1] + k + 0.5) / 4) / (k + 2)


def flat(k: int) -> Field:
    return lambda x: np.full_like(x, 1 / (k + 2))


def words(k: int, constant: bool) -> str:
    return f"1/{k + 2}" if constant else f"(1 + sin(v + {2 * k + 1}/2)/4)/{k + 2}"


def powers(moments: int) -> dict[str, Functional]:
    """u, u², … of the first component."""

    def power(n: int) -> Functional:
        def phi(x: Array) -> Array:
            return np.asarray(np.prod([x[:, 0]] * n, axis=0))

        return phi

    return {f"E u^{n}" if n > 1 else "E u": power(n) for n in range(1, moments + 1)}
