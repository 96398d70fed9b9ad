"""Designs: what a visitor chose or typed, as plain data, and the scheme that it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from odenets.errors import OdenetsError
from odenets.explorer.bounds import BOUNDS, check
from odenets.values import NUMBER
from schemes import Parameter, Scheme, SchemeError, get
from schemes.exchange import data_of
from schemes.forms import check_name, from_data
from schemes.registry import build, entry

KEYS = ("entry", "table", "text", "formula")
BESIDES = {"entry": ("values", "structure", "name"), **dict.fromkeys(KEYS[1:], ("values", "name"))}
TYPED = "my_scheme"  # the name of what nobody named
LONG_POWER = re.compile(r"\d[eE][+-]?\d{3,}")
TRIED = tuple(map(Fraction, ("1/2", "1/3", "1", "2", "0")))  # values of a parameter that has no usual one


def scheme_of(design: Any) -> Scheme:
    """The scheme of a design {"entry" | "table" | "text" | "formula": …, "values": …, "structure": …, "name": …}.

    A parameter without a value stays free; chosen ones of an entry have their usual value.
    Raises SchemeError with the library's sentence for what is no scheme, OdenetsError for another shape and where a
    bound of the page is passed.
    """
    key = kind_of(design)
    within(design)
    values = numbers(design.get("values", {}))
    scheme = MAKERS[key](design[key], design, values)
    check("stages", scheme.stages)
    check("states", len(scheme.states))
    return scheme


def kind_of(design: Any) -> str:
    """Which of the four kinds of design it is."""
    found = [key for key in KEYS if isinstance(design, Mapping) and key in design]
    if len(found) != 1:
        raise OdenetsError(f"a design has one of {', '.join(KEYS)}; it has {' and '.join(found) or 'none of them'}")
    if odd := [key for key in design if key not in (found[0], *BESIDES[found[0]])]:
        raise OdenetsError(f"{str(odd[0])[:40]!r} is no part of a design, the parts are {', '.join(BESIDES[found[0]])}")
    name = design.get("name")
    if name is not None and not isinstance(name, str):
        raise OdenetsError(f"the name of a design is a text, it is {str(name)[:40]!r}")
    return found[0]


def within(design: Mapping[str, Any]) -> None:
    """Raises OdenetsError where a design is longer, or a number in it has more digits, than the page takes."""
    text = json.dumps(design, ensure_ascii=False)
    check("characters", len(text))
    check("digits", max(map(len, re.findall(r"\d+", text)), default=0))
    if match := LONG_POWER.search(text):
        raise OdenetsError(f"{match[0]}… is no number of a sensible size: write it as a fraction, of a power below 100")


def numbers(values: Any, what: str = "values") -> dict[str, Fraction]:
    """{parameter: its exact value} of {parameter: text}."""
    if not isinstance(values, Mapping):
        raise OdenetsError(f"{what} = {str(values)[:40]!r}: write {what} as {{name: number}}, numbers as text")
    found = {}
    for name, text in values.items():
        digits = str(text).strip().replace("−", "-")
        if isinstance(text, bool) or not re.fullmatch(NUMBER, digits):
            most = BOUNDS["digits"].most
            raise OdenetsError(
                f"{name[:40]} = {str(text)[:40]!r} is no number: write it as -1/2 or -0.37, with {most} digits at most"
            )
        found[name] = Fraction(digits)
    return found


# ---- the four kinds ------------------------------------------------------------------------------------------------


def from_entry(name: Any, design: Mapping[str, Any], values: dict[str, Fraction]) -> Scheme:
    found = entry(scheme_name(design))
    given = numbers(design.get("structure", {}), "structure")
    for key, size in given.items():
        if key not in found.structure:
            has = ", ".join(found.structure) or "none"
            raise SchemeError(f"{found.name} has no size {key!r}, its sizes are: {has}")
        if size.denominator != 1:
            raise SchemeError(f"{found.name}: {key} = {size} must be a whole number")
        grown(found.name, key, found.structure[key], int(size))
    structure = {key: int(size) for key, size in given.items()}
    scheme = get(found.name, **structure, **{key: x for key, x in values.items() if key in found.declared})
    rest = {key: x for key, x in values.items() if key not in found.declared}
    known = {**found.declared, **{p.name: p for p in scheme.parameters}}  # those of a size, k1, k2 …, come with it
    if odd := [key for key in rest if key not in known]:
        raise SchemeError(f"{found.name} has no parameter {odd[0]!r}, it has: {', '.join(known) or 'none'}")
    return named(scheme.at(**rest), design)


def grown(name: str, key: str, usual: int, wanted: int) -> None:
    """Raises OdenetsError where a family would have too many stages or states, before it is made.

    A size more adds at least what the last one added: a family that grows evenly is judged by its first sizes, another,
    as FractalNet, which doubles, is followed until it is too large or there.
    """
    check("stages", wanted)
    sizes: list[tuple[int, ...]] = []
    added: list[tuple[int, ...]] = []
    for n in range(usual, wanted + 1):
        scheme = get(name, **{key: n})
        sizes.append((scheme.stages, len(scheme.states)))
        added = [tuple(y - x for x, y in zip(*pair, strict=True)) for pair in pairwise(sizes[-3:])]
        for bound, size, more in zip(("stages", "states"), sizes[-1], added[-1] if added else (0, 0), strict=True):
            check(bound, size + (wanted - n) * more)
        if len(added) == 2 and added[0] == added[1]:
            return


def from_table(table: Any, design: Mapping[str, Any], values: dict[str, Fraction]) -> Scheme:
    if not isinstance(table, Mapping):
        raise SchemeError(f"a table is a dictionary of its form, as runge_kutta, it is {str(table)[:40]!r}")
    name = check_name(str(table.get("name") or design.get("name") or TYPED)[:80])
    return from_data({key: x for key, x in table.items() if key != "name"}, name).at(**values)


def from_text(text: Any, design: Mapping[str, Any], values: dict[str, Fraction]) -> Scheme:
    data = data_of(str(text), "text")
    return from_data(data, check_name(str(data.get("name") or design.get("name") or TYPED)[:80])).at(**values)


def from_formula(text: Any, design: Mapping[str, Any], values: dict[str, Fraction]) -> Scheme:
    from schemes import parse

    return parse(str(text), name=check_name(str(design.get("name") or TYPED)[:80])).at(**values)


def named(scheme: Scheme, design: Mapping[str, Any]) -> Scheme:
    name = design.get("name")
    return replace(scheme, name=check_name(name[:80])) if name else scheme


MAKERS: dict[str, Callable[[Any, Mapping[str, Any], dict[str, Fraction]], Scheme]] = {
    "entry": from_entry,
    "table": from_table,
    "text": from_text,
    "formula": from_formula,
}


# ---- what is free ----------------------------------------------------------------------------------------------------


def shown(scheme: Scheme) -> tuple[Scheme, dict[str, str]]:
    """The scheme with what is free at its usual value, a random coefficient at its mean; {parameter: that value}.

    Raises SchemeError where no value that is tried gives a table.
    """
    scheme, at = fixed(scheme)
    means = {p.name: str(p.mean) for p in scheme.coefficients if p.kind == "random"}
    return scheme.mean(), {**at, **means}


def fixed(scheme: Scheme) -> tuple[Scheme, dict[str, str]]:
    """The scheme with its chosen and learned parameters at their usual values, {parameter: that value}; random stay.

    Raises SchemeError as `shown`.
    """
    at = {}
    for p in scheme.parameters:
        if p.kind != "random":
            value = usual(p, scheme)
            scheme, at[p.name] = scheme.at(**{p.name: value}), str(value)
    return scheme, at


def usual(p: Parameter, scheme: Scheme) -> Fraction:
    """The value at which a parameter is drawn that nobody fixed: its default, its start, the mean of its start law."""
    if isinstance(p.mean, Fraction):
        return p.mean
    for value in TRIED:
        try:
            scheme.at(**{p.name: value})
            return value
        except SchemeError:
            continue
    raise SchemeError(f"{scheme.name} has no table at any usual value of {p.name}: give {p.name} a value")


def opened(design: Mapping[str, Any]) -> Scheme:
    """The scheme of a design with every parameter that it declares free, those that have values too; raises as
    `scheme_of`."""
    free = {key: x for key, x in design.items() if key != "values"}
    scheme = scheme_of(free)
    if "entry" not in design:
        return scheme
    found, structure = entry(scheme_name(design)), numbers(design.get("structure", {}), "structure")
    return build(found, {**found.structure, **{key: int(x) for key, x in structure.items()}})


def scheme_name(design: Mapping[str, Any]) -> str:
    return str(design["entry"])[:80]


def is_entry(scheme: Scheme) -> bool:
    """Whether it is an entry of the registry as it stands there."""
    try:
        return get(scheme.name) == scheme
    except SchemeError:
        return False
