"""Single-entry mutants of tables are refused, or change the certificate: a few of a sample, in `make slow` of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import pytest

from analysis.certificates import Certificate, answer
from schemes import Scheme, SchemeError, get, names
from schemes.builders import checked
from tests.sample import over

# cheap and sensitive questions first: a mutant is compared until one differs
FACTS = {f.name: f.metadata["fact"].ask for f in fields(Certificate) if f.metadata}
CHEAP = ("effective_step", "order", "stability_matrix", "principal_error", "embedded_order", "error_constant")
QUESTIONS = [FACTS[name] for name in [*CHEAP, *(name for name in FACTS if name not in CHEAP)]]
CHANGES = {
    "plus 1/7": lambda x: x + Fraction(1, 7),
    "minus 1/1000": lambda x: x - Fraction(1, 1000),
    "sign": lambda x: -x,
    "dropped": lambda x: x * 0,
}


def mutants(scheme: Scheme, most: int = 10**6) -> Iterator[tuple[str, Scheme]]:
    """Where and how, and the scheme with that entry changed; those that the builders refuse are left out.

    All of them, or about `most`, spread over the table.
    """
    tables = {m: getattr(scheme, m) for m in "AUBV"} | ({"embedded": (scheme.embedded,)} if scheme.embedded else {})
    places = [(m, i, j) for m, table in tables.items() for i, row in enumerate(table) for j in range(len(row))]
    changes = [(*place, change) for place in places for change in CHANGES]
    for matrix, i, j, change in changes[:: max(1, len(changes) // most) | 1]:  # odd: each change takes its turn
        other = [list(r) for r in tables[matrix]]
        if (y := CHANGES[change](other[i][j])) != other[i][j]:
            other[i][j] = y
            try:
                entries: Any = other[0] if matrix == "embedded" else other
                yield (
                    f"{scheme.name}: {matrix}[{i + 1}][{j + 1}] {change}",
                    checked(replace(scheme, **{matrix: entries})),
                )
            except SchemeError:
                pass


def same(scheme: Scheme, mutant: Scheme) -> bool:
    return all(answer(question, scheme) == answer(question, mutant) for question in QUESTIONS)


def seen(scheme: Scheme, mutant: Scheme) -> bool:
    """Whether the mean scheme, of which certificates speak, differs: noise has mean 0, and a state that keeps it."""
    return living(mutant) != living(scheme) or mutant.embedded != scheme.embedded


def living(scheme: Scheme) -> Any:
    """The mean table without what reads a state that is always 0."""
    s = scheme.mean()
    kept = [i for i, rows in enumerate(zip(s.B, s.V, strict=True)) if any(x != 0 for row in rows for x in row)]
    return s.A, s.B, *([[row[i] for i in kept] for row in m] for m in (s.U, s.V))


@pytest.mark.parametrize("most", [6, pytest.param(60, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", over())
def test_no_mutant_survives(name: str, most: int) -> None:
    scheme = get(name)
    assert same(scheme, scheme)
    survivors = [where for where, mutant in mutants(scheme, most) if same(scheme, mutant) and seen(scheme, mutant)]
    assert survivors == []


def test_mutants_are_many_and_few_are_refused() -> None:
    """So that the count of survivors above, 0, is not the count of an empty list."""
    made = sum(1 for name in names() for _ in mutants(get(name), 6))
    assert made > 1000
