"""Results of a long benchmark, written row by row, so that it can stop and go on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from benchmarks.paired import RESULTS
from odenets.environment import environment

LOOSE = ("commit",)  # what may differ between rows, which name their own


class Growing:
    """benchmarks/results/<question>.json: a row a case, each with its time and commit.

    key   the columns that tell cases apart: a case measured again takes the place of its row
    Rows of the file that were measured under other conditions (machine, versions) are dropped.
    """

    def __init__(self, question: str, key: tuple[str, ...], **conditions: Any) -> None:
        self.question, self.key = question, key
        self.path = RESULTS / f"{question}.json"
        self.conditions = {**environment(), **conditions}
        self.rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        if self.path.exists():
            before = json.loads(self.path.read_text())
            if strict(before["conditions"]) == strict(self.conditions):
                self.rows = {self.case(row): row for row in before["results"]}

    def case(self, row: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(row[column] for column in self.key)

    def add(self, row: dict[str, Any]) -> None:
        """Write the file with the row, and the row on standard output."""
        when = datetime.now(UTC).isoformat(timespec="seconds")
        self.rows[self.case(row)] = {**row, "when": when, "commit": self.conditions["commit"]}
        record = {"question": self.question, "when": when, "conditions": self.conditions,
                  "results": list(self.rows.values())}  # fmt: skip
        RESULTS.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(record, indent=2) + "\n")
        print("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()), flush=True)


def strict(conditions: dict[str, Any]) -> dict[str, Any]:
    """As read back from a file, without what may differ."""
    read: dict[str, Any] = json.loads(json.dumps(conditions))
    return {k: v for k, v in read.items() if k not in LOOSE}
