"""The interpreter: one step of any explicit scheme, in any arithmetic that has + and scalar *."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

from schemes.errors import SchemeError
from schemes.exact import is_one, is_zero
from schemes.scheme import Scheme

Field = Callable[[Any], Any]


def step(
    scheme: Scheme, f: Field | Mapping[str, Field] | Sequence[Field], states: Sequence[Any], h: Any = 1
) -> tuple[Any, ...]:
    """The next states of a scheme.

        Y_i = Σ_j U_ij u_j + Σ_j A_ij F_j,   F_i = h f(Y_i),   u'_i = Σ_j V_ij u_j + Σ_j B_ij F_j

    f: one field for all stages, {name: field}, or a list with one field a stage. Coefficients 0 and 1 do no arithmetic.
    Raises SchemeError for an implicit scheme, a missing field and a wrong number of states.
    """
    if not scheme.explicit:
        raise SchemeError(f"{scheme.name} is implicit: a stage needs its own slope; step takes explicit schemes only")
    if len(states) != len(scheme.states):
        raise SchemeError(f"{scheme.name} steps {len(scheme.states)} states {scheme.states}, {len(states)} were given")
    slopes: list[Any] = []
    for g, U, A in zip(evaluators(scheme, f), scheme.U, scheme.A, strict=True):
        slopes.append(product(h, g(combine(chain(zip(U, states), zip(A, slopes))))))
    return tuple(combine(chain(zip(V, states), zip(B, slopes))) for V, B in zip(scheme.V, scheme.B, strict=True))


def combine(terms: Iterable[tuple[Any, Any]]) -> Any:
    """Σ c x from left to right; a zero coefficient leaves no term, a one no product; 0 if no term is left."""
    total: Any = None
    for c, x in terms:
        if not is_zero(c):
            total = product(c, x) if total is None else total + product(c, x)
    return 0 if total is None else total


def product(c: Any, x: Any) -> Any:
    # numpy would make an object array of a Fraction times an array of floats, torch refuses it
    c = float(c) if isinstance(c, Fraction) and getattr(x, "dtype", "O") != "O" else c
    return x if is_one(c) else c * x


def evaluators(scheme: Scheme, f: Field | Mapping[str, Field] | Sequence[Field]) -> list[Field]:
    """The field of each stage."""
    if isinstance(f, Mapping):
        if missing := sorted(set(scheme.fields) - set(f)):
            raise SchemeError(
                f"{scheme.name} evaluates the field {missing[0]!r}, which was not given: it needs {set(scheme.fields)}"
            )
        return [f[name] for name in scheme.fields]
    if callable(f):
        return [f] * scheme.stages
    if len(f) != scheme.stages:
        raise SchemeError(f"{scheme.name} has {scheme.stages} stages, {len(f)} fields were given")
    return list(f)
