"""Run records as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from odenets.records import Run


def as_json(runs: Iterable[Run]) -> str:
    """The runs as a JSON array; NaN and ±inf become "NaN", "Infinity", "-Infinity", which float() and Number() read."""
    return json.dumps([spelled(vars(run) | {"folder": str(run.folder)}) for run in runs], indent=2, allow_nan=False)


def as_csv(runs: Iterable[Run]) -> str:
    """The runs as a table, one column for each configuration key (config.…) and result (summary.…), dotted."""
    facts = ("id", "name", "created", "status")
    rows = [
        {fact: getattr(run, fact) for fact in facts} | flatten({"config": run.config, "summary": run.summary})
        for run in runs
    ]
    columns = list(dict.fromkeys([*facts, *(column for row in rows for column in row)]))
    text = io.StringIO()
    table = csv.DictWriter(text, columns, lineterminator="\n")
    table.writerow({column: cell(column) for column in columns})
    table.writerows({column: cell(value) for column, value in row.items()} for row in rows)
    return text.getvalue()


def flatten(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A nested configuration on one level, under dotted keys; lists stay whole."""
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def cell(value: object) -> object:
    """A CSV cell: a number as it is; text that a spreadsheet would take for a formula behind an apostrophe."""
    value = json.dumps(spelled(value)) if isinstance(value, list) else spelled(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def spelled(value: object) -> object:
    match value:
        case dict():
            return {key: spelled(entry) for key, entry in value.items()}
        case list():
            return [spelled(entry) for entry in value]
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value
