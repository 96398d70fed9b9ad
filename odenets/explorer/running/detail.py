"""One run as it is now: what it was asked, its curves, its learned coefficients."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from odenets.database import FILE
from odenets.errors import OdenetsError
from odenets.explorer.running.learning import coefficients
from odenets.explorer.running.listing import finite, row
from odenets.explorer.running.planning import resuming
from odenets.export import flatten
from odenets.records import Metric, Records, Run


class Missing(OdenetsError):
    """No such run: the status is 404."""


def one_run(records: Records, id: str) -> Run:
    """The run with this id, whole. Raises Missing."""
    try:
        found = records.run(id)
    except OdenetsError as error:
        if isinstance(error.__cause__, sqlite3.Error):
            raise
        raise Missing(f"no run has the id {id[:80]!r}: choose one of the table") from None
    if found.id != id:
        raise Missing(f"no run has the id {id[:80]!r}: choose one of the table")
    return found


def opened(root: Path, id: str) -> Records:
    """The records, where there are any. Raises Missing: reading makes none."""
    if not (root / FILE).exists():
        raise Missing(f"no run has the id {id[:80]!r}: there are no run records yet")
    return Records(root)


def found_run(root: Path, id: str) -> Run:
    """The run with this id, whole. Raises Missing."""
    with opened(root, id) as records:
        return one_run(records, id)


def detail(root: Path, id: str, about: dict[str, Any] | None, after: int = -1) -> dict[str, Any]:
    """A run with its epochs after `after`; `about` what `odenets.explorer.running.helper` said of it, if it has.

    Raises Missing where no run has this id, OdenetsError for a broken database.
    """
    with opened(root, id) as records:
        run = one_run(records, id)
        metrics = records.metrics(id)
        return {
            **row(run, records),
            "config": finite(flatten(run.config)),
            "environment": finite(flatten(run.environment)),
            "summary": finite(run.summary),
            "last": max((m.epoch for m in metrics), default=-1),
            "curves": curves(metrics, after),
            "learned": coefficients(records.parameters(id), about, after),
            "resume": resuming(root, id) if run.status == "interrupted" else None,
            "about": about and {name: about.get(name) for name in ("stages", "command", "sentence")},
        }


def curves(metrics: list[Metric], after: int) -> dict[str, list[list[Any]]]:
    """{key: [[epoch, value]]} of the epochs after `after`."""
    found: dict[str, list[list[Any]]] = {}
    for epoch, key, value in metrics:
        points = found.setdefault(key, [])
        if epoch > after:
            points.append([epoch, finite(value)])
    return found
