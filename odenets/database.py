"""The database of run records: its tables, and how an empty one is made."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from odenets.errors import OdenetsError

FILE = "runs.sqlite"

APPLICATION = int.from_bytes(b"oden")
VERSION = 1
# SQLite turns NaN into NULL and keeps ±inf; in a value column nothing else is NULL, so NULL reads back as NaN.
# Value columns have no type: a REAL one turns -0.0 into 0.0.
SCHEMA = f"""
PRAGMA journal_mode = WAL;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
CREATE TABLE runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created TEXT NOT NULL, status TEXT NOT NULL,
    config TEXT NOT NULL, environment TEXT NOT NULL, summary TEXT NOT NULL,
    heartbeat TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, birth TEXT NOT NULL
);
CREATE TABLE metrics (
    run TEXT NOT NULL REFERENCES runs, epoch INTEGER NOT NULL, key TEXT NOT NULL, value,
    PRIMARY KEY (run, epoch, key)
) WITHOUT ROWID;
CREATE TABLE parameters (
    run TEXT NOT NULL REFERENCES runs, epoch INTEGER NOT NULL,
    stage INTEGER NOT NULL, step INTEGER NOT NULL, name TEXT NOT NULL, channel INTEGER NOT NULL, value,
    PRIMARY KEY (run, epoch, stage, step, name, channel)
) WITHOUT ROWID;
"""


def make_database(path: Path) -> None:
    # Made under another name, then linked: of two processes that turn one new file to WAL, one may find it locked
    # at once, whatever the timeout.
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}.new")
    db = sqlite3.connect(draft)
    db.executescript(SCHEMA)
    db.close()
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()


def existing(root: Path) -> Path:
    """A folder that holds run records: reading makes none. Raises OdenetsError where there are none."""
    if not (root / FILE).is_file():
        raise OdenetsError(f"no run records in {root}: train a network first, or name their folder (--runs)")
    return root
