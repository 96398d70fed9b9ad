"""The flow of a scheme's modified equation on a toy problem, and how near the points are to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.fields import SymbolicField, modified_field
from odenets.explorer.acting.finite import kept, plain
from odenets.explorer.acting.flowing import between, flowed
from odenets.explorer.acting.problems import FLOWS
from odenets.explorer.acting.setting import read_setting
from odenets.explorer.acting.trails import trail
from odenets.explorer.acting.windows import axes, curve
from odenets.explorer.designs import fixed
from schemes import Scheme, SchemeError

FILLED = (
    "The first steps of {name} fill its history, so its points follow the modified flow of another start than u_0: "
    "take the smooth start to see them on this one."
)


@lru_cache(maxsize=32)
def compiled_field(scheme: Scheme, problem: str, order: int) -> SymbolicField:
    """Σ_(i<order) h^i f_i, kept: sympy takes up to a second for it."""
    found: SymbolicField = modified_field(scheme, FLOWS[problem].field, order)
    return found


def act_modified(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """The flow of the modified equation u' = Σ_(i<q) h^i f_i(u) to order q, as `act` gives the exact one.

    options  as of `act`, and order: q
    flow     {"x", "y", "t"}, or null with a sentence in `says`
    errors   max_i |u_n - ũ(t_n)|_i at the times of `act`
    Raises as `act` does.
    """
    setting = read_setting(options, FLOWS)
    scheme = fixed(scheme)[0].mean()
    found = trail(scheme, setting)
    shown = kept(len(found.points) - 1)
    answer: dict[str, Any] = {"order": setting.order, "flow": None, "errors": None, "says": []}
    try:
        field = compiled_field(scheme, setting.problem.name, setting.order)
    except (AnalysisError, SchemeError) as error:
        return answer | {"says": [f"There is no modified flow: {error}."]}
    smooth, at = between(setting.step, setting.steps, shown)
    if setting.start == "usual" and scheme.history:
        answer["says"].append(FILLED.format(name=scheme.name))
    u0 = np.array(setting.problem.field.start, float)
    flow, reason = flowed(lambda u: np.asarray(field(u, setting.step), float), u0, smooth)
    if reason:
        answer["says"].append(f"The modified flow of order {setting.order} is not shown to the end: {reason}.")
    drawn = axes(setting.problem, smooth, flow)
    errors = np.max(np.abs(found.points[shown] - flow[at]), axis=1)
    return answer | {"flow": curve(drawn, smooth), "errors": plain(errors)}
