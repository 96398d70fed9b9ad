"""A scheme as plain data, one dictionary of texts: what JSON, TOML, CSV and a typed tableau all say.

One key names the form in which the table is given; it is a builder's name, and its value is what the builder takes:

    runge_kutta     "0 | ; 1/2 | 1/2 ; | 0 1", or {"A": rows, "b": weights, "c": nodes, "embedded": weights}
    multistep       {"alpha": …, "beta": …}                   general_linear  {"A", "U", "B", "V", "states", "fields"}
    additive        {"f": a Runge–Kutta form, "g": another}   splitting       {"x": …, "y": …}
    low_storage     {"A": …, "B": …}                          shu_osher       {"alpha": rows, "beta": rows}

Beside it stand name, source, summary, claims, parameters, tolerance and start. A matrix is a list of rows, or text with
rows separated by ";" or a new line and cells by blanks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from fractions import Fraction
from math import inf
from typing import Any

from schemes import builders, constructions
from schemes.errors import SchemeError
from schemes.joins import DropPath
from schemes.laws import Bernoulli, Distribution, Normal, StudentT, ThreePoint, TwoPoint, Uniform
from schemes.numerals import Cells
from schemes.parameters import SPREADS, Parameter
from schemes.scheme import Scheme

Data = Mapping[str, Any]
LAWS: dict[str, Callable[..., Distribution]] = {
    law.__name__: law for law in (Bernoulli, Uniform, Normal, TwoPoint, ThreePoint, StudentT, DropPath)
}
LAW = re.compile(r"\s*(\w+)\s*\((.*)\)\s*")
RULED = re.compile(r"[\s─┼│|+\-=]*[─┼=-]{2}[\s─┼│|+\-=]*")
BAR = re.compile(r"[|│]")
WORDS = re.compile(r"\s*(name|summary|source|tolerance|parameter|start)\s*[|│]")
WEIGHTS = {"": "b", "b": "b", "b̂": "embedded", "bhat": "embedded", "b^": "embedded", "embedded": "embedded"}


def from_data(data: Data, name: str = "", *, approximate: bool = False) -> Scheme:
    """The scheme that a dictionary describes.

    approximate: decimals are taken as rounded to their last digit; otherwise they need a `tolerance`, 0 if exact.
    Raises SchemeError for an unknown or missing key, and for a table that is none, by row, column and rule.
    """
    name = name or data.get("name", "")
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise SchemeError(f"a scheme needs a name like 'my_rk4', it has {name!r}")
    forms = [key for key in data if key in FORMS]
    if odd := [key for key in data if key not in FORMS and key not in ABOUT]:
        near = get_close_matches(odd[0], [*FORMS, *ABOUT], 1)
        hint = f", is {near[0]} meant" if near else ""
        raise SchemeError(f"{name}: {odd[0]!r} is no key of a scheme{hint}; keys are {', '.join([*FORMS, *ABOUT])}")
    if len(forms) != 1:
        found = f"it has {' and '.join(forms)}" if forms else "it has none"
        raise SchemeError(f"{name}: a scheme has its table under one of {', '.join(FORMS)}; {found}")
    off = None
    if "tolerance" in data:
        off = Cells(Fraction(0))(data["tolerance"], f"{name}: tolerance")
        if not isinstance(off, Fraction) or off < 0:
            raise SchemeError(f"{name}: tolerance = {data['tolerance']}, it is a number, 0 for exact decimals")
    cells = Cells(off, approximate)
    about: dict[str, Any] = {"source": str(data.get("source", ""))}
    if "parameters" in data:
        about["parameters"] = tuple(parameters(name, data["parameters"]).values())
    if "start" in data:
        if not isinstance(data["start"], Mapping):
            raise SchemeError(f"{name}: start = {data['start']!r}, it is a scheme, a dictionary like this one")
        about["start"] = from_data(data["start"], str(data["start"].get("name", f"{name}_start")))
    made = FORMS[forms[0]](name, data[forms[0]], cells, about)
    if not made.stages:
        raise SchemeError(f"{name}: the table has no stage, give b at least one weight")
    read = made.symbols | (made.start.symbols if made.start else frozenset())
    read |= {x for p in made.parameters if p.name in read for x in p.symbols}
    if idle := [p.name for p in made.parameters if p.name not in read]:
        raise SchemeError(f"{name}: parameter {idle[0]} is declared and not in the table, leave it out")
    return made


ABOUT = ("name", "summary", "source", "claims", "tolerance", "parameters", "start")


# ---- the forms -----------------------------------------------------------------------------------------------------


def runge_kutta(name: str, value: Any, cells: Cells, about: dict[str, Any]) -> Scheme:
    return built(builders.runge_kutta, name, {**tableau(name, value, cells), **about}, cells)


def multistep(name: str, value: Any, cells: Cells, about: dict[str, Any]) -> Scheme:
    return built(builders.multistep, name, {**vectors(name, value, cells, "alpha", "beta"), **about}, cells)


def general_linear(name: str, value: Any, cells: Cells, about: dict[str, Any]) -> Scheme:
    given = keyed(name, value, ("A", "U", "B", "V"), ("states", "fields", "embedded"))
    tables: dict[str, Any] = {m: grid(given[m], cells, f"{name}: {m}") for m in "AUBV"}
    words = {key: tuple(words_of(name, key, given[key])) for key in ("states", "fields") if key in given}
    if "embedded" in given:
        tables["embedded"] = vector(given["embedded"], cells, f"{name}: embedded")
    return built(builders.general_linear, name, {**tables, **words, **about}, cells)


def additive(name: str, value: Any, cells: Cells, about: dict[str, Any]) -> Scheme:
    given = keyed(name, value, (), None)
    if not given:
        raise SchemeError(f"{name}: an additive scheme has a tableau for each field, {{f = …, g = …}}")
    tables = {c: tableau(f"{name}: field {c}", t, cells) for c, t in given.items()}
    return built(constructions.additive, name, {"tableaus": tables, **about}, cells)


def splitting(name: str, value: Any, cells: Cells, about: dict[str, Any]) -> Scheme:
    return built(constructions.splitting, name, {**vectors(name, value, cells, "x", "y"), **about}, cells)


def low_storage(name: str, value: Any, cells: Cells, about: dict[str, Any]) -> Scheme:
    return built(constructions.low_storage, name, {**vectors(name, value, cells, "A", "B"), **about}, cells)


def shu_osher(name: str, value: Any, cells: Cells, about: dict[str, Any]) -> Scheme:
    given = keyed(name, value, ("alpha", "beta"))
    tables = {key: grid(rows, cells, f"{name}: {key}") for key, rows in given.items()}
    return built(constructions.shu_osher, name, {**tables, **about}, cells)


FORMS: dict[str, Callable[[str, Any, Cells, dict[str, Any]], Scheme]] = {
    form.__name__: form
    for form in (runge_kutta, multistep, general_linear, additive, splitting, low_storage, shu_osher)
}


def built(builder: Callable[..., Scheme], name: str, arguments: dict[str, Any], cells: Cells) -> Scheme:
    return builder(name, **arguments, tolerance=cells.off)


# ---- their parts ---------------------------------------------------------------------------------------------------


def tableau(name: str, value: Any, cells: Cells) -> dict[str, Any]:
    """{"A", "b", and where given "c" and "embedded"} of a Butcher tableau."""
    if not isinstance(value, str):
        given = keyed(name, value, ("A", "b"), ("c", "embedded"))
        found: dict[str, Any] = {"A": grid(given["A"], cells, f"{name}: A")}
        return found | {k: vector(given[k], cells, f"{name}: {k}") for k in ("b", "c", "embedded") if k in given}
    rows = labelled(name, value)
    upper = [(label, row) for label, row in rows if label not in WEIGHTS]
    lower = [(label, row) for label, row in rows if label in WEIGHTS]
    if not lower or len(lower) > 2 or rows[-len(lower) :] != lower or [WEIGHTS[x] for x, _ in lower] == ["embedded"]:
        raise SchemeError(
            f"{name}: a tableau ends with a row of weights, '| b_1 … b_s', and perhaps one of embedded weights; "
            f"it has {len(lower)} rows without a node, the nodes of others stand before their bar"
        )
    if len(upper) == len(lower[0][1]) - 1 and (not upper or len(upper[0][1]) == 1):
        upper = [("0", []), *upper]  # the first stage of an explicit scheme is at u[n], and may go without saying
    keys = ("b", "embedded") if WEIGHTS[lower[0][0]] == "b" else ("embedded", "b")
    found = {"A": [vector(row, cells, f"{name}: A[{i}]") for i, (_, row) in enumerate(upper, 1)]}
    found |= {key: vector(row, cells, f"{name}: {key}") for key, (_, row) in zip(keys, lower, strict=False)}
    if not any(label == "?" for label, _ in upper):
        found["c"] = [cells(label, f"{name}: c[{i}]") for i, (label, _) in enumerate(upper, 1)]
    return found


def labelled(name: str, text: str) -> list[tuple[str, list[str]]]:
    """[(label, cells)] of lines 'label | cell cell'; a ruled line between the rows says nothing.

    Rows are separated by new lines or ";"; a row of words (its source, a parameter) is one line and keeps its commas.
    """
    found = []
    for line in (row for long in text.splitlines() for row in ([long] if WORDS.match(long) else long.split(";"))):
        bar = BAR.search(line)
        label, row = (line[: bar.start()].strip(), line[bar.end() :].strip()) if bar else (line, "")
        if words := WORDS.match(line):
            found.append((label, row.split(maxsplit=3) if words[1] == "parameter" else [row]))
        elif not line.strip() or RULED.fullmatch(line):
            continue
        elif not bar:
            raise SchemeError(f"{name}: the row {line.strip()!r} has no bar: write it as 'c | a_1 a_2 …'")
        else:
            found.append((label, blanks(row)))
    return found


def vectors(name: str, value: Any, cells: Cells, *keys: str) -> dict[str, list[Any]]:
    return {key: vector(row, cells, f"{name}: {key}") for key, row in keyed(name, value, keys).items()}


def keyed(name: str, value: Any, needed: Sequence[str], more: Sequence[str] | None = ()) -> Data:
    """value as a dictionary with the keys needed and no others than `more`; None: any others."""
    if isinstance(value, str) and BAR.search(value) and needed:
        value = gathered(name, labelled(name, value), "AUBV" if "U" in needed else "")
    if not isinstance(value, Mapping):
        raise SchemeError(f"{name}: {value!r} must have the keys {', '.join(needed) or 'f, g, … of its fields'}")
    if missing := [key for key in needed if key not in value]:
        raise SchemeError(f"{name}: {missing[0]} is missing, the table has {', '.join(value) or 'nothing'}")
    if more is not None and (odd := [key for key in value if key not in (*needed, *more)]):
        raise SchemeError(f"{name}: {odd[0]!r} is no part of it, the parts are {', '.join((*needed, *more))}")
    return value


def gathered(name: str, rows: list[tuple[str, list[str]]], matrices: Sequence[str]) -> dict[str, Any]:
    """{label: row}, and {label: rows} of matrices. Raises SchemeError for another row that is given twice."""
    found: dict[str, Any] = {}
    for label, row in rows:
        found.setdefault(label, []).append(row)
    if twice := [label for label, several in found.items() if len(several) > 1 and label not in matrices]:
        raise SchemeError(f"{name}: the row {twice[0]!r} is given {len(found[twice[0]])} times, keep one")
    return {label: several if label in matrices else several[0] for label, several in found.items()}


def grid(value: Any, cells: Cells, where: str) -> list[list[Any]]:
    rows = lines(value) if isinstance(value, str) else value
    if not isinstance(rows, Sequence):
        raise SchemeError(f"{where} = {rows!r} is no list of rows")
    return [vector(row, cells, f"{where}[{i}]") for i, row in enumerate(rows, 1)]


def vector(value: Any, cells: Cells, where: str) -> list[Any]:
    row = blanks(value) if isinstance(value, str) else value
    if not isinstance(row, Sequence):
        raise SchemeError(f"{where} = {row!r} is no list, put brackets around it")
    return [cells(cell, f"{where}[{j}]") for j, cell in enumerate(row, 1)]


def words_of(name: str, key: str, value: Any) -> list[str]:
    words = blanks(value) if isinstance(value, str) else value
    if not isinstance(words, Sequence):
        raise SchemeError(f"{name}: {key} = {words!r} is no list of names")
    return [str(x) for x in words]


def lines(text: str) -> list[str]:
    return [line for line in re.split(r"[;\n]", text) if line.strip()]


def blanks(text: str) -> list[str]:
    return [cell for cell in re.split(r"[\s,&]+", text) if cell]


def parameters(name: str, given: Any) -> dict[str, Parameter]:
    """{name: Parameter} from {"gamma": "1/2", "k": {"learned": "Uniform(-1/10, 0)", "per": "step", "within": …}}."""
    if not isinstance(given, Mapping):
        raise SchemeError(f"{name}: parameters = {given!r}, write them as {{gamma = '1/2'}}")
    found = {}
    for key, value in given.items():
        told = dict(value) if isinstance(value, Mapping) else {"chosen": value}
        kinds = [kind for kind in SPREADS if kind in told]
        if len(kinds) != 1 or set(told) - {*kinds, "per", "within"}:
            raise SchemeError(
                f"{name}: parameter {key} is chosen, learned or random and perhaps has `per` and `within`: {told}"
            )
        (kind,) = kinds
        per = told.get("per", {"chosen": "table", "learned": "step", "random": "sample"}[kind])
        where = f"{name}: parameter {key}"
        within = ends(where, told["within"]) if "within" in told else None
        found[key] = Parameter(key, kind, law(where, told[kind]), str(per), within)  # type: ignore[arg-type]
    return found


def ends(where: str, text: Any) -> tuple[Any, Any]:
    """(low, high) of "low..high"."""
    low, dots, high = str(text).partition("..")
    if not dots:
        raise SchemeError(f"{where}: within = {text!r}, write it as '-1..1'")
    exact = Cells(Fraction(0))
    return exact(low, where), exact(high, where)


def law(where: str, text: Any) -> Any:
    """A number, a distribution such as Uniform(-1/10, 0), or nothing."""
    exact = Cells(Fraction(0))
    if match := LAW.fullmatch(str(text)):
        if match[1] not in LAWS:
            raise SchemeError(f"{where} = {text!r}: distributions are {', '.join(LAWS)}")
        arguments = [exact(x, where) for x in match[2].split(",") if match[2].strip()]
        try:
            return LAWS[match[1]](*arguments)
        except TypeError:
            raise SchemeError(f"{where} = {text!r} has {len(arguments)} arguments, the law has others") from None
    return None if text in ("", None) else exact(text, where)


def claim(where: str, x: Any) -> Any:
    """A claimed number: 4, "3/2", 2.65062919 to its digits, inf."""
    text = str(x)
    if text.lstrip("+") == "inf":
        return inf
    try:
        return float(text) if "." in text else int(text) if re.fullmatch(r"-?\d+", text) else Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise SchemeError(f"{where} = {x!r} is no number") from None


def check_name(name: Any) -> str:
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        raise SchemeError(f"a scheme needs a name like 'my_rk4', of letters, digits and _; it has {name!r}")
    return name
