"""A table with names: of its states by what they hold, of its fields by its blocks, of its learned scalars."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from odenets.identification.numerals import exact
from odenets.identification.steps import Table
from odenets.identification.values import Symbols, role
from schemes import RationalFunction, Scheme, symbol
from schemes.exact import substitute
from schemes.parameters import Parameter

LETTERS = "vwrpqabcdeijklmost"


def scheme_of_table(
    table: Table, fields: Sequence[str], symbols: Symbols, several: bool, name: str = "found"
) -> Scheme:
    """The scheme of a table whose learned scalars get short names, k for blocks.3.k."""
    used = sorted({s for m in (table.A, table.U, table.B, table.V) for row in m for x in row
                   if isinstance(x, RationalFunction) for s in x.symbols})  # fmt: skip
    short = short_names(used, symbols)
    put = {s: symbol(short[s]) for s in used}
    parts: dict[str, Any] = {
        m: tuple(tuple(substitute(x, put) for x in row) for row in getattr(table, m)) for m in "AUBV"
    }
    parameters = tuple(parameter(short[s], symbols.values[s]) for s in used)
    return Scheme(name, **parts, states=states(table, several), fields=tuple(fields), parameters=parameters)


def short_names(used: Sequence[str], symbols: Symbols) -> dict[str, str]:
    found: dict[str, str] = {}
    for s in used:
        own = "".join(c if c.isalnum() else "_" for c in role(symbols.paths[s])).strip("_") or "k"
        name, i = own, 2
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
    names: dict[int, str] = {0: "u[n]"}
    units = [tuple(Fraction(i == j) for j in range(r)) for i in range(r)]
    rows = [(all(x == 0 for x in b), v, b) for b, v in zip(table.B, table.V, strict=True)]
    slope = "h" + "f"
    for _ in range(r):
        for j, (still, v, b) in enumerate(rows):
            if j in names or j == 0:
                continue
            if still and v in units and units.index(v) in names:
                known = names[units.index(v)]
                later = f"{known[: known.index('[')]}[n-{lag_of(known) + 1}]"
                names |= {j: later} if known[0] in "uh" and later not in names.values() else {}
            elif all(x == 0 for x in v) and sorted(map(str, b)) == sorted(["1", *["0"] * (len(b) - 1)]):
                names |= {j: f"{slope}[n-1]"} if f"{slope}[n-1]" not in names.values() else {}
    free = iter(LETTERS)
    return tuple(names.get(j) or f"{next(free)}[n]" for j in range(r))


def lag_of(name: str) -> int:
    inner = name[name.index("[") + 1 : -1]
    return int(inner.partition("-")[2] or 0)


def fields_of(kinds: Sequence[Any], identities: Sequence[Any]) -> tuple[str, ...]:
    """f, g, …: one letter for blocks of one kind."""
    order = list(dict.fromkeys(kinds))
    return tuple(("f", "g", *(f"f{i}" for i in range(3, len(order) + 1)))[order.index(kind)] for kind in kinds)
