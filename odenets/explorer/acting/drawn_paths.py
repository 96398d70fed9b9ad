"""Paths of a scheme with random coefficients on a scalar problem, over the bands of the equation that it tends to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.stochastic.sampling import CommonNumbers
from analysis.stochastic.stepping import Walk, step_tables
from analysis.systems import Array
from odenets.explorer.acting.bands import LEVELS, Bands, bands
from odenets.explorer.acting.branches import branches, function, read, words
from odenets.explorer.acting.finite import number, plain
from odenets.explorer.acting.problems import ROADS
from odenets.explorer.acting.setting import Setting, read_setting
from odenets.explorer.designs import fixed
from schemes import Scheme, SchemeError

COUNTED = 2000  # paths whose share between the outer bands is counted
SAMPLES = 120  # of a path that is drawn
EXPECTED = LEVELS[-1] - LEVELS[0]
SCALED = "deviations of the coefficients are scaled by the square root of h, as the limit asks"
AS_DRAWN = "coefficients are as drawn, with h before them: as the network has them"


@dataclass(frozen=True)
class Drawn:
    """Paths at the times that are drawn, an array times × paths, and how noise depends on h."""

    at: Array
    values: Array
    scaling: str


def act_paths(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """Paths of a scheme on a scalar problem and the bands of the law of its limit, over t = nh.

    options  problem, h, steps (so that steps · h is the time shown), seed, paths (how many are drawn)
    paths    a list a path, over `times`
    bands    {"times", "levels", "values": a list a level, "says"}, or null with the library's sentence in `says`
    share    of 2,000 paths the part between the outer bands at the end, beside what the limit expects; null as bands
    A path depends on the seed and the table alone. Raises OdenetsError for wrong options, AnalysisError
    where nothing is random and where coefficients are drawn together.
    """
    setting = read_setting(options, ROADS)
    scheme, at = settled(scheme)
    time = setting.h * setting.steps
    says: list[str] = []
    limit: Bands | None = None
    try:
        limit = bands(scheme, setting.problem.name, time)
    except (AnalysisError, SchemeError) as error:
        says.append(f"There are no bands: {error}.")
    drawn = draw(scheme, setting)
    times = setting.step * drawn.at
    if not np.all(np.isfinite(drawn.values)):
        says.append("Some paths leave every bound: take a smaller h.")
    return {
        "problem": setting.problem.name,
        "fields": words(branches(scheme, setting.problem)),
        "h": str(setting.h),
        "step": number(setting.step),
        "steps": setting.steps,
        "range": list(setting.problem.reach),
        "seed": setting.seed,
        "at": at,
        "scaling": drawn.scaling,
        "times": plain(times),
        "paths": [plain(path) for path in tame(drawn.values[:, : setting.paths]).T],
        "bands": limit and {
            "times": plain(limit.times),
            "levels": list(LEVELS),
            "values": [plain(row) for row in limit.quantiles],
            "says": limit.says,
        },
        "share": limit and {
            "paths": COUNTED,
            "inside": share(limit, drawn.values[-1]),
            "expected": number(EXPECTED),
        },
        "says": says,
    }  # fmt: skip


def settled(scheme: Scheme) -> tuple[Scheme, dict[str, str]]:
    """The scheme with the usual values of what nobody fixed; raises AnalysisError where nothing is random."""
    if not any(p.kind == "random" for p in scheme.coefficients):
        raise AnalysisError(f"nothing is random in {scheme.name}: it has one path, see its points and flows")
    return fixed(scheme)


def draw(scheme: Scheme, setting: Setting) -> Drawn:
    """Many paths, antithetic in pairs that are COUNTED/2 apart."""
    try:
        table, scaling = step_tables(scheme, None, {})(setting.h), SCALED
    except (AnalysisError, SchemeError):
        table, scaling = scheme, AS_DRAWN
    if not table.explicit:
        raise AnalysisError(f"{scheme.name} is implicit: paths are drawn of explicit schemes, unroll it first")
    formulas = branches(scheme, setting.problem)
    fields = {name: function(setting.problem, x) for name, x in read(setting.problem, formulas).items()}
    walk = Walk(table, fields, setting.h * setting.steps, setting.steps)
    draws = CommonNumbers({p.name: p for table in walk.tables for p in table.scheme.parameters}.values(), 1)
    generator = np.random.Generator(np.random.SFC64(setting.seed))
    states = walk.start(np.array(setting.problem.field.start), COUNTED)
    stride = -(-setting.steps // SAMPLES)
    at, values = [0], [states[0][:, 0]]
    with np.errstate(all="ignore"):
        for n in range(setting.steps):
            states = walk.step(n, states, draws.values(draws.normals(generator, COUNTED)))
            if (n + 1) % stride == 0 or n + 1 == setting.steps:
                at.append(n + 1)
                values.append(states[0][:, 0])
    return Drawn(np.array(at), np.array(values), scaling)


def tame(values: Array) -> Array:
    """No number where a path is beyond what a picture shows."""
    return np.where(np.abs(values) < 1e6, values, np.nan)


def share(limit: Bands, end: Array) -> float | None:
    low, high = limit.quantiles[0, -1], limit.quantiles[-1, -1]
    return number(float(np.mean((end >= low) & (end <= high))))
