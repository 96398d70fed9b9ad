"""Predictor–corrector pairs of Adams as explicit general linear schemes."""

from __future__ import annotations

import re
from typing import Any

from schemes.arguments import at_least
from schemes.builders import formula, past
from schemes.errors import SchemeError
from schemes.interpreter import combine
from schemes.quadrature import integrals
from schemes.scheme import Scheme


def pece(steps: int, corrector: int | None = None, mode: str = "PECE") -> Scheme:
    """Predict by Adams–Bashforth of k steps, correct by Adams–Moulton of m ≤ k: order m + 1, k + 1 unless m is given.

        P  v = u + h Σ_j β_j f[n-j],   E  F = f(v),   C  v = u + h (β*_0 F + Σ_j β*_{j+1} f[n-j])

    mode "PECE", "PECECE", …: f[n] = f(u[n]) is evaluated first in a step (the last E of the step before), states u[n],
    hf[n-1], …; "PEC", "PECEC", …: f[n] is the last slope of the step before, states u[n], hf[n], hf[n-1], ….
    Raises SchemeError unless 1 ≤ m ≤ k, and for another mode.
    Source: Hairer, Nørsett, Wanner, Solving ODEs I, III.1; Lambert, Numerical Methods for ODS 1991, 4.
    """
    m = steps if corrector is None else corrector
    at_least(1, "pece", steps=steps, corrector=m)
    if m > steps:
        raise SchemeError(f"pece: the corrector has {m} steps, the predictor {steps}: take at most as many")
    if not isinstance(mode, str) or not re.fullmatch(r"P(EC)+E?", mode):
        raise SchemeError(f"pece: mode {mode!r} must be P, then EC once or more, then E or nothing")
    predict, correct = (integrals(nodes, [1])[0] for nodes in (range(0, -steps, -1), range(1, -m, -1)))
    evaluated = mode.endswith("E")

    def rule(f: Any, u: Any, *slopes: Any) -> Any:
        known = (f(u), *slopes) if evaluated else slopes
        v = u + combine(zip(predict, known, strict=True))
        for _ in range(mode.count("EC")):
            F = f(v)
            v = u + combine(zip(correct, (F, *known[:m]), strict=True))
        return v, *(known if evaluated else (F, *known))[: len(slopes)]

    states = ("u[n]", *(past("hf", j) for j in range(int(evaluated), steps)))
    source = "Hairer, Nørsett, Wanner, Solving ODEs I, III.1"
    return formula(f"ab{steps}_am{m}_{mode.lower()}", rule, states=states, source=source)
