"""All run records as rows of a table, cheap to ask for again and again."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

from odenets.database import FILE
from odenets.records import Records, Run


class Listing:
    """The rows of the run records under `root`; none where there is no database. Raises OdenetsError for a broken one.

    The database is read again when its files have changed, or while a run is going on: its process may have ended.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._seen: tuple[tuple[int, int], ...] | None = None
        self._rows: list[dict[str, Any]] = []
        self._stamp = ""

    def answer(self, after: str = "") -> dict[str, Any]:
        """{"runs": rows, oldest first, "stamp"}; without the rows where `after` is their stamp."""
        now = marks(self.root)
        if now != self._seen or any(row["status"] == "running" for row in self._rows):
            self._rows = rows(self.root)
            self._stamp = hashlib.sha256(json.dumps(self._rows).encode()).hexdigest()[:20]
            self._seen = now
        return {"stamp": self._stamp} if after == self._stamp else {"runs": self._rows, "stamp": self._stamp}

    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self._rows]


def marks(root: Path) -> tuple[tuple[int, int], ...]:
    """Size and time of change of the database and of its log; a commit changes one of them."""
    found = []
    for name in (FILE, f"{FILE}-wal"):
        try:
            status = (root / name).stat()
            found.append((status.st_size, status.st_mtime_ns))
        except OSError:
            found.append((-1, 0))
    return tuple(found)


def rows(root: Path) -> list[dict[str, Any]]:
    if not (root / FILE).exists():
        return []
    with Records(root) as records:
        return [row(run, records) for run in records.runs()]


def row(run: Run, records: Records) -> dict[str, Any]:
    """What the table shows of a run; a run without a summary is summed up from its metrics."""
    summary = run.summary if "epochs" in run.summary else latest(records, run.id)
    spec, recipe = part(run.config, "spec"), part(run.config, "recipe")
    facts = {name: run.config.get(name) for name in ("scheme", "data", "seed")}
    found: dict[str, Any] = finite({
        "id": run.id, "name": run.name, "created": run.created, "status": run.status, **facts,
        "depth": depth(spec), "epochs": summary.get("epochs", 0), "of": recipe.get("epochs"),
        **{name: summary.get(name) for name in ("test_error", "train_loss", "seconds", "parameters")},
    })  # fmt: skip
    return found


def latest(records: Records, id: str) -> dict[str, Any]:
    """The metrics of the last recorded epoch, its number, and the seconds of all."""
    metrics = records.metrics(id)
    last = max((m.epoch for m in metrics), default=0)
    seconds = sum(m.value for m in metrics if m.key == "seconds")
    return {**{m.key: m.value for m in metrics if m.epoch == last}, "epochs": last, "seconds": seconds}


def depth(spec: dict[str, Any]) -> str | None:
    """Convolutions and the head, "20", or the steps of each stage, "3-4-6-3"; None where the record does not say."""
    layers = spec.get("layers")
    if isinstance(layers, list) and layers:
        return "-".join(map(str, layers))
    return None if spec.get("depth") is None else str(spec["depth"])


def part(config: dict[str, Any], name: str) -> dict[str, Any]:
    found = config.get(name)
    return found if isinstance(found, dict) else {}


def finite(value: Any) -> Any:
    """JSON data without NaN and infinities: None stands for them."""
    match value:
        case dict():
            return {str(key): finite(x) for key, x in value.items()}
        case list() | tuple():
            return [finite(x) for x in value]
        case float() if not math.isfinite(value):
            return None
    return value
