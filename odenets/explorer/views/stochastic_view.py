"""The stochastic differential equation that a scheme with random coefficients tends to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from analysis import AnalysisError, sde_limit
from odenets.explorer.mathml import pieces
from schemes import Scheme, SchemeError


def stochastic(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"limit": lines of MathML pieces or null, "latex", "text", "says"}; says: why there is none, or when.

    Free parameters stay symbols. A scheme without a limit is no error: its answer says why.
    """
    try:
        found = sde_limit(scheme)
    except (AnalysisError, SchemeError) as error:
        return {"limit": None, "latex": None, "text": None, "says": str(error)}
    latex = found.latex()
    return {
        "limit": [pieces(line) for line in latex.split(" \\\\\n")],
        "latex": latex,
        "text": found.text(),
        "says": "; ".join(found.notes) or f"{found.form} form",
    }
