"""Any explicit Runge–Kutta scheme as one that can be undone: two copies of the state, which step by turns."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from schemes.algebra import shared
from schemes.errors import SchemeError
from schemes.exact import parameter_value
from schemes.scheme import Matrix, Row, Scheme


def coupled(scheme: Scheme, coupling: Any = Fraction(99, 100), name: str = "") -> Scheme:
    """The reversible scheme of the same order: with Ψ_h(u) what the scheme adds to u, λ the coupling, 0 < λ ≤ 1,

        u' = λ u + (1-λ) z + Ψ_h(z),   z' = z - Ψ_{-h}(u').

    It is kept as u and the difference w = z - u, which starts at 0 and stays O(h^(p+1)), with λ = 1 O(h^p). Undone,
    errors grow by 1/λ.
    Raises SchemeError for a scheme of several states, an implicit one, and other λ.
    Source: McCallum, Foster 2024 (Efficient, accurate and stable gradients for neural ODEs), (4)–(5).
    """
    if len(scheme.states) != 1 or not scheme.explicit:
        raise SchemeError(f"{scheme.name} cannot be coupled: take an explicit scheme of one state, such as heun2")
    coupling = parameter_value(coupling)
    if isinstance(coupling, Fraction) and not 0 < coupling <= 1:
        raise SchemeError(
            f"coupling of {scheme.name}: λ = {coupling} {'forgets u' if coupling == 0 else 'drives the copies apart'}, "
            "take a number between 0 and 1, such as 99/100"
        )
    s = scheme.stages
    none: Row = (Fraction(0),) * s
    (b,), one, away = scheme.B, Fraction(1), 1 - coupling

    def back(row: Row) -> Row:
        return tuple(-x for x in row)

    ends = [tuple(x * y for y in b) for (x,) in scheme.U]
    A: Matrix = (
        *((*row, *none) for row in scheme.A),
        *((*end, *back(row)) for end, row in zip(ends, scheme.A, strict=True)),
    )
    U: Matrix = (*((x, x) for (x,) in scheme.U), *((x, x * away) for (x,) in scheme.U))  # 0 where f is of a slope
    return replace(
        scheme,
        name=name or f"{scheme.name}_coupled",
        A=A,
        U=U,
        B=((*b, *none), (*back(b), *b)),
        V=((one, away), (Fraction(0), coupling)),
        states=(*scheme.states, "w[n]"),
        fields=scheme.fields * 2,
        parameters=shared(scheme.name, [scheme], [coupling]),
        embedded=None,
        source="McCallum, Foster 2024 (arXiv 2410.11648), (4)–(5)",
    )
