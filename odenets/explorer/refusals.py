"""What the page is told when something is refused: the sentence, the cell of a table it names, the place in a text."""

from __future__ import annotations

import json
import re
from typing import Any

# The library names a place as A[2][1], b[3], alpha[2] or "row 2 of A", in all forms of schemes.forms, counted from 1.
TABLE = r"(?P<table>A|U|B|V|b|c|alpha|beta|embedded|x|y)"
CELL = re.compile(rf"(?<![\w\]]){TABLE}\[(?P<row>\d+)\](?:\[(?P<column>\d+)\])?")
ROW = re.compile(rf"\brow (?P<row>\d+) of {TABLE}\b")
VECTORS = {"b", "c", "alpha", "beta", "embedded", "x", "y"}  # their one index is a column, but where two are given


def refusal(sentence: str, at: dict[str, int] | None = None) -> dict[str, Any]:
    """{"error": {"sentence", "cell", "at"}}, the shape of every refusal."""
    return {"error": {"sentence": sentence, "cell": cell(sentence), "at": at}}


def refused(sentence: str, at: dict[str, int] | None = None) -> bytes:
    return json.dumps(refusal(sentence, at), ensure_ascii=False).encode(errors="replace")


def cell(sentence: str) -> dict[str, Any] | None:
    """{"table": "A", "row": 2, "column": 1} that a sentence names first; column is None for a whole row."""
    matches = [match for form in (CELL, ROW) if (match := form.search(sentence))]
    if not matches:
        return None
    match = min(matches, key=lambda match: match.start())
    table, row, column = match["table"], int(match["row"]), match.groupdict().get("column")
    if match.re is CELL and column is None and table in VECTORS:
        return {"table": table, "row": 1, "column": row}
    return {"table": table, "row": row, "column": column and int(column)}


def place(error: BaseException) -> dict[str, int] | None:
    """{"line", "column"} of an error that knows its place in a text (of schemes.parse)."""
    line, column = getattr(error, "line", None), getattr(error, "column", None)
    return {"line": line, "column": column} if isinstance(line, int) and isinstance(column, int) else None
