"""The fields of a scheme with random coefficients on a scalar problem: f, its branches, and the noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from analysis.examples import compiled
from odenets.explorer.acting.problems import Problem
from schemes import Scheme, SchemeError
from schemes.diffusion import is_noise, totals

ONE, NOISE, APART = "one", "1/2", 0.5  # the field of noise, its strength, and how far branches are from f


def branches(scheme: Scheme, problem: Problem) -> dict[str, str]:
    """{field name: formula in u}: "one" is 1, fields that are 0 on average 1/2, several others f shifted evenly.

    Shifted, because Shake-Shake's noise is the difference of its branches: f1 = f + 1/2, f2 = f - 1/2.
    """
    f = str(problem.field.formulas[0])
    names, noise = list(dict.fromkeys(scheme.fields)), noises(scheme)
    slopes = [name for name in names if name != ONE and name not in noise]
    shifts = np.linspace(APART, -APART, len(slopes)) if len(slopes) > 1 else [0.0]
    shifted = dict(zip(slopes, shifts, strict=False))
    found = {}
    for name in names:
        if name == ONE:
            found[name] = "1"
        elif name in noise:
            found[name] = NOISE
        else:
            found[name] = f"{f} + {shifted[name]:g}" if shifted[name] else f
    return found


def noises(scheme: Scheme) -> set[str]:
    """The fields whose weights are random and 0 on average."""
    laws = {p.name: p.value for p in scheme.parameters if p.kind == "random"}
    try:
        return {name for name, xs in totals(scheme).items() if is_noise(xs, laws)}
    except SchemeError:
        return set()


def read(problem: Problem, formulas: Mapping[str, str]) -> dict[str, Any]:
    """{field name: sympy expression}."""
    return {name: problem.field.read(formula) for name, formula in formulas.items()}


def function(problem: Problem, expression: Any) -> Callable[[Any], Any]:
    """A scalar expression as a function of many paths at once, an array paths × 1."""
    value = compiled(problem.field.variables, (expression,))
    if expression.is_number:
        number = float(expression)
        return lambda u: np.full_like(u, number)
    return lambda u: value([u])[0]


def words(formulas: Mapping[str, str]) -> str:
    """f = u - u^3, g = 1/2."""
    return ", ".join(
        f"{name} = {formula.replace('**', '^').replace('+ -', '- ')}" for name, formula in formulas.items()
    )
