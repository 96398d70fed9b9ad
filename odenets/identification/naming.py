"""A table with names: of its states by what they hold, of its fields by its blocks, of its learned scalars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odenets.identification.numerals import exact
from odenets.identification.steps import Row, Table
from odenets.identification.values import Symbols, role
from schemes import RationalFunction, Scheme, symbol
from schemes.exact import substitute
from schemes.parameters import Parameter

LETTERS = "vwrpqabcdeijklmost"


def scheme_of_table(table: Table, fields: Sequence[str], symbols: Symbols, several: bool) -> Scheme:
    """The scheme of a table whose learned scalars get short names, k for blocks.3.k."""
    used = sorted({s for m in (table.A, table.U, table.B, table.V) for row in m for x in row
                   if isinstance(x, RationalFunction) for s in x.symbols})  # fmt: skip
    short = short_names(used, symbols)
    put = {s: symbol(short[s]) for s in used}
    parts: dict[str, Any] = {
        m: tuple(tuple(substitute(x, put) for x in row) for row in getattr(table, m)) for m in "AUBV"
    }
    parameters = tuple(parameter(short[s], symbols.values[s]) for s in used)
    return Scheme("found", **parts, states=states(table, several), fields=tuple(fields), parameters=parameters)


def short_names(used: Sequence[str], symbols: Symbols) -> dict[str, str]:
    found: dict[str, str] = {}
    for s in used:
        own = name = role(symbols.paths[s])
        i = 2
        while name in found.values():
            name, i = f"{own}{i}", i + 1
        found[s] = name
    return found


def parameter(name: str, value: Any) -> Parameter:
    mean = exact(value.double().mean().to(value.dtype))
    return Parameter(name, "learned", mean, "step" if value.numel() == 1 else "channel")


def states(table: Table, several: bool) -> tuple[str, ...]:
    """u[n], its earlier values u[n-1], kept slopes hf[n-1], other letters for what is neither; x, y of components."""
    r = len(table.V[0]) if table.V else 1
    if several:
        return tuple(f"{'xyzuvw'[i] if i < 6 else f'x{i}'}[n]" for i in range(r))
    found = {0: ("u", 0)}  # its letter, and how many steps ago it was new
    copied = [unit(v, b) for b, v in zip(table.B, table.V, strict=True)]
    for _ in range(r):
        for j, source in enumerate(copied):
            name, lag = ("hf", 0) if source >= r else found.get(source, ("", 0))
            if j not in found and name and (name, lag + 1) not in found.values():
                found[j] = name, lag + 1
    free = iter(LETTERS)
    named = [found.get(j) or (next(free), 0) for j in range(r)]
    return tuple(f"{name}[n-{lag}]" if lag else f"{name}[n]" for name, lag in named)


def unit(v: Row, b: Row) -> int:
    """Of which state, or slope behind the states, the next one is a copy; -1: of none."""
    row = (*v, *b)
    return row.index(1) if sorted(map(str, row)) == ["0"] * (len(row) - 1) + ["1"] else -1


def fields_of(kinds: Sequence[Any], identities: Sequence[Any]) -> tuple[str, ...]:
    """f, g, …: one letter for blocks of one kind."""
    order = list(dict.fromkeys(kinds))
    return tuple(("f", "g", *(f"f{i}" for i in range(3, len(order) + 1)))[order.index(kind)] for kind in kinds)
