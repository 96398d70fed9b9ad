"""The step as equations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odenets.explorer.mathml import pieces
from schemes import Scheme, formula_lines


def formula(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"lines": [[piece, …]], "text": [line], "latex": [row of align*]}; a piece is a fragment of MathML.

    Raises SchemeError for a step that cannot be written.
    """
    latex = formula_lines(scheme, latex=True)
    return {"lines": [pieces(line) for line in latex], "text": formula_lines(scheme), "latex": latex}
