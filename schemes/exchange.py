"""Schemes in and out as text, JSON, TOML and CSV: what is written is read back as the same scheme, exactly.

text and CSV are rows `label | cell cell`, a tableau as a person types it; JSON and TOML the dictionary of `forms`.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

from schemes.errors import SchemeError
from schemes.exact import is_exact, is_one
from schemes.forms import ABOUT, FORMS, WEIGHTS, Data, from_data, gathered, labelled
from schemes.numerals import LONGEST
from schemes.scheme import Row, Scheme

FORMATS = ("text", "json", "toml", "csv")
RESERVED = {*ABOUT, *WEIGHTS, "parameter", "states", "fields", "alpha", "beta", "x", "y", *"AUBV"}  # labels of rows
SUFFIXES = {".txt": "text", ".json": "json", ".toml": "toml", ".csv": "csv"}


def loads(text: str, form: str = "text", name: str = "", *, approximate: bool = False) -> Scheme:
    """The scheme of a text: loads("0 | ; 1/2 | 1/2 ; | 0 1", name="midpoint").

    form        text, json, toml or csv
    name        unless the text says it
    approximate decimals are taken as rounded to their last digit; else they are refused, with the nearest fraction
    Raises SchemeError for a text that is no scheme, by row, column and rule.
    """
    return from_data(data_of(text, form), name, approximate=approximate)


def read(path: str | Path, name: str = "", *, approximate: bool = False) -> Scheme:
    """The scheme of a file, its format by its suffix .txt, .json, .toml or .csv. Raises SchemeError as `loads` does."""
    path = Path(path)
    data = file_data(path)
    try:
        return from_data(data, name or str(data.get("name") or path.stem), approximate=approximate)
    except SchemeError as error:
        raise SchemeError(f"{path}: {error}") from None


def dumps(scheme: Scheme, form: str = "text") -> str:
    """The scheme as text, json, toml or csv; `loads` gives it back, equal in every part.

    Raises SchemeError for a format that is none of these, and for entries that are no exact numbers.
    """
    if form not in FORMATS:
        raise SchemeError(f"format {form!r} is none of {', '.join(FORMATS)}")
    if not all(is_exact(x) for x in scheme.entries):
        raise SchemeError(f"{scheme.name} has entries that are no exact numbers, only exact tables are written")
    if not scheme.stages:
        raise SchemeError(f"{scheme.name} has no stage: there is no table to write")
    if any(len(str(n)) > LONGEST // 2 for x in scheme.entries for n in integers(x)):
        raise SchemeError(f"{scheme.name} has numbers of more than {LONGEST // 2} digits, round them first")
    if form in ("json", "toml"):
        data = to_data(scheme)
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n" if form == "json" else toml(data)
    rows = to_rows(scheme)
    if form == "text":
        return "".join(f"{label} | {' '.join(cells)}".rstrip() + "\n" for label, cells in rows)
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows([label, *cells] for label, cells in rows)
    return out.getvalue()


# ---- in ------------------------------------------------------------------------------------------------------------


def file_data(path: Path) -> Data:
    """The dictionary in a file. Raises SchemeError where the file cannot be read or has another format."""
    if path.suffix.lower() not in SUFFIXES:
        raise SchemeError(f"{path}: its suffix names no format, take one of {', '.join(SUFFIXES)}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise SchemeError(f"{path} cannot be read: {reason}") from None
    try:
        return data_of(text, SUFFIXES[path.suffix.lower()])
    except SchemeError as error:
        raise SchemeError(f"{path}: {error}") from None


def data_of(text: str, form: str) -> Data:
    """The dictionary of `forms` that a text says. Raises SchemeError where it is not of that format."""
    if form not in FORMATS:
        raise SchemeError(f"format {form!r} is none of {', '.join(FORMATS)}")
    if form == "text":
        return of_rows(labelled("the text", text))
    if form == "csv":
        try:
            rows = [row for row in csv.reader(StringIO(text), skipinitialspace=True) if any(map(str.strip, row))]
        except csv.Error as error:
            raise SchemeError(f"this is no CSV of a scheme: {error}") from None
        return of_rows([(row[0].strip(), row[1:]) for row in rows])
    try:
        data = tomllib.loads(text, parse_float=str) if form == "toml" else strict_json(text)
    except ValueError as error:
        raise SchemeError(f"this is no {form.upper()}: {error}") from None
    except RecursionError:
        raise SchemeError(f"this is no {form.upper()} of a scheme: it is nested too deeply") from None
    if not isinstance(data, dict):
        raise SchemeError(f"this {form.upper()} holds a {type(data).__name__}, a scheme is a dictionary")
    outer, inner = next(iter(data.items()), ("", None))
    if len(data) == 1 and isinstance(inner, dict) and outer not in FORMS:
        return {"name": outer, **inner}  # an entry under its [name], as in the catalogue
    return data


def strict_json(text: str) -> Any:
    """JSON with decimals as text; a key given twice, NaN and Infinity are errors."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) < len(pairs):
            raise ValueError("a key is given twice")
        return found

    def refuse(x: str) -> Any:
        raise ValueError(f"{x} is no number")

    return json.loads(text, parse_float=str, parse_constant=refuse, object_pairs_hook=once)


def of_rows(rows: list[tuple[str, list[str]]]) -> Data:
    """The dictionary of labelled rows: alpha and beta, A U B V, or nodes before a tableau's rows."""
    data: dict[str, Any] = {}
    table: list[tuple[str, list[str]]] = []
    for label, cells in rows:
        if label == "parameter":
            data.setdefault("parameters", {}).update(parameter_of(cells))
        elif label == "start":
            data[label] = data_of(" ".join(cells), "json")
        elif label in ("name", "summary", "source", "tolerance"):
            told = " ".join(cells)
            data[label] = quoted(told) if told.startswith('"') else told
        else:
            table.append((label, [cell for cell in cells if cell.strip()]))
    if form := form_of([label for label, _ in table]):
        matrices = {"general_linear": ("A", "U", "B", "V"), "shu_osher": ("alpha", "beta")}.get(form, ())
        return {**data, form: gathered("the table", table, matrices)}
    data["runge_kutta"] = "\n".join(f"{label} | {' '.join(compact(c) for c in cells)}" for label, cells in table)
    return data


def form_of(labels: Sequence[str]) -> str:
    """The form whose rows have these labels; none for a tableau, whose rows begin with nodes."""
    known = set(labels)
    if known & {"U", "V", "states"}:
        return "general_linear"
    if known & {"alpha", "beta"}:
        return "multistep" if len(known) == len(labels) else "shu_osher"
    if known & {"A", "B"}:
        return "low_storage"
    return "splitting" if known == {"x", "y"} else ""


def quoted(text: str) -> str:
    """The text of a JSON string; what only begins like one is taken as it is."""
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def compact(cell: str) -> str:
    return "".join(cell.split())


def parameter_of(cells: list[str]) -> dict[str, Any]:
    """k learned step Uniform(-1/10, 0) in -1..1: name, kind, how it varies, value, and where it stays."""
    if len(cells) < 3:
        raise SchemeError(f"parameter | {' '.join(cells)}: write it as 'parameter | k learned step 0'")
    name, kind, per, *rest = cells
    value, inside, ends = f" {' '.join(rest)}".partition(" in ")
    return {name: {kind: value.strip(), "per": per} | ({"within": ends} if inside else {})}


# ---- out -----------------------------------------------------------------------------------------------------------


def to_data(scheme: Scheme) -> dict[str, Any]:
    """The dictionary that `from_data` takes; Runge–Kutta tables as A and b, all others as the four matrices."""
    data: dict[str, Any] = {"name": scheme.name}
    if scheme.source:
        data["source"] = scheme.source
    if scheme.tolerance:
        data["tolerance"] = str(scheme.tolerance)
    if scheme.parameters:
        data["parameters"] = {
            p.name: {p.kind: spelled(p.value), "per": p.per}
            | ({"within": "{}..{}".format(*p.within)} if p.within else {})
            for p in scheme.parameters
        }
    second = {"embedded": row_text(scheme.embedded)} if scheme.embedded else {}
    if is_tableau(scheme):
        A = [row_text(row[:i] if scheme.explicit else row) for i, row in enumerate(scheme.A)]
        data["runge_kutta"] = {"A": A, "b": row_text(scheme.B[0])} | second
    else:
        tables = {m: [row_text(row) for row in getattr(scheme, m)] for m in "AUBV"}
        data["general_linear"] = {"states": list(scheme.states), "fields": list(scheme.fields)} | tables | second
    if scheme.start:
        data["start"] = to_data(scheme.start)
    return data


def integers(x: Any) -> list[int]:
    """Whole numbers in an entry, none of them too long for Python to write."""
    found = [x.numerator, x.denominator] if isinstance(x, Fraction) else [*x.num.values(), *x.den.values()]
    return [n if n.bit_length() < 3 * LONGEST else 10**LONGEST for n in found]


def is_tableau(scheme: Scheme) -> bool:
    plain = scheme.states == ("u[n]",) and set(scheme.fields) == {"f"} and is_one(scheme.V[0][0])
    return plain and all(is_one(u) for (u,) in scheme.U)


def to_rows(scheme: Scheme) -> list[tuple[str, list[str]]]:
    """The labelled rows that `of_rows` takes."""
    data = to_data(scheme)
    rows: list[tuple[str, list[str]]] = [
        (key, [one_line(data[key])]) for key in ("name", "source", "tolerance") if key in data
    ]
    for name, told in data.get("parameters", {}).items():
        kind = next(iter(told))
        inside = f" in {told['within']}" if "within" in told else ""
        rows.append(("parameter", [name, kind, told["per"], f"{told[kind]}{inside}"]))
    if "start" in data:
        rows.append(("start", [json.dumps(data["start"], ensure_ascii=False)]))
    if "runge_kutta" in data:
        table = data["runge_kutta"]
        nodes = ["?" if node in RESERVED else node for node in row_text(tuple(sum(row) for row in scheme.A))]
        rows += [(c, row) for c, row in zip(nodes, table["A"], strict=True)]
        return [*rows, ("", table["b"]), *([("", table["embedded"])] if scheme.embedded else [])]
    for key, part in data["general_linear"].items():
        rows += [(key, row) for row in part] if key in "AUBV" else [(key, part)]
    return rows


def one_line(text: str) -> str:
    """A text as it is if it is one line that reads back so, else in quotes."""
    plain = text == " ".join(text.split()) and text.isprintable() and not text.startswith('"')
    return text if plain else json.dumps(text)


def row_text(row: Row) -> list[str]:
    return [compact(str(x)) for x in row]


def spelled(value: Any) -> str:
    return "" if value is None else compact(str(value))


def toml(data: Mapping[str, Any], path: str = "") -> str:
    """TOML of nested dictionaries of texts and lists of texts."""
    own = {k: v for k, v in data.items() if not isinstance(v, Mapping)}
    out = "".join(f"{toml_key(k)} = {toml_value(v)}\n" for k, v in own.items())
    for key, inner in data.items():
        if isinstance(inner, Mapping):
            full = f"{path}.{toml_key(key)}" if path else toml_key(key)
            out += f"\n[{full}]\n{toml(inner, full)}"
    return out


def toml_key(key: str) -> str:
    return key if key.isidentifier() and key.isascii() else json.dumps(key, ensure_ascii=False)


def toml_value(value: Any) -> str:
    """A whole number, a text or nested lists; JSON's strings are TOML's but for DEL, which TOML wants escaped."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int):
        return str(value)
    if all(isinstance(x, str) for x in value):
        return f"[{', '.join(map(toml_value, value))}]"
    return "[\n" + "".join(f"    {toml_value(x)},\n" for x in value) + "]"
