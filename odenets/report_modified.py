"""The report's section on modified equations: each network's scheme with its learned coefficients, seen on a field."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis import AnalysisError
from odenets.errors import OdenetsError
from odenets.results import Group, learned, schemes_of
from schemes import Scheme, SchemeError

if TYPE_CHECKING:
    from odenets.records import Records

FIELD = "pendulum"  # separable, with derivatives of every order: every scheme has its picture on it
ORDER = 3
DIGITS = 2  # of a mean coefficient


def modified_view(records: Records, g: Group) -> dict[str, Any]:
    """The label of the scheme, its figure, and why there is none."""
    from analysis.examples import example
    from odenets.figures_shadow import one_a_step, shadow_picture

    scheme, *_ = schemes_of(g)
    means = mean_coefficients(records, g, scheme)
    label = ", ".join([scheme.name, *(f"{k} = {float(v):.{DIGITS}f}" for k, v in means.items())])
    try:
        one_a_step(scheme)
        return {"label": label, "figure": shadow_picture(scheme.at(**means), label, example(FIELD), ORDER), "why": ""}
    except (AnalysisError, SchemeError, OdenetsError) as error:
        return {"label": label, "figure": None, "why": str(error)}


def mean_coefficients(records: Records, g: Group, scheme: Scheme) -> dict[str, Fraction]:
    """The mean of every learned coefficient at the last epoch, over steps and seeds; those never used left out."""
    found = {}
    for p in scheme.coefficients:
        if p.kind == "learned":
            last = learned(records, g, p.name)[:, -1]
            if np.isnan(last).all():  # a network so short that no step has a history
                continue
            found[p.name] = Fraction(f"{np.nanmean(last):.{DIGITS}f}")
    return found
