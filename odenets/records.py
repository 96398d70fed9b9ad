"""Run records: what each training run was asked, measured and learned, in one SQLite file beside the run folders.

    root/runs.sqlite             every run's configuration, metrics and learned coefficients
    root/<run id>/config.json    the run's folder; checkpoints and reports go there

Any number of processes of one machine read and write at once (WAL; not over a network file system).
Times are ISO 8601 in UTC. No torch here: listing runs must stay instant.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from odenets.database import APPLICATION, FILE, VERSION, make_database
from odenets.errors import OdenetsError
from odenets.export import flatten
from odenets.processes import lives, this_process

STATUSES = ("running", "done", "interrupted", "failed")
LOCK_SECONDS = 30.0  # how long a write waits for another process's


class Metric(NamedTuple):
    """One measured number of an epoch, in the unit its key names."""

    epoch: int
    key: str
    value: float


class ParameterValue(NamedTuple):
    """One learned coefficient of a scheme, such as k_n of step n: its place in the network and its value."""

    stage: int
    step: int
    name: str
    channel: int  # 0 for a scalar
    value: float


@dataclass(frozen=True)
class Run:
    """One run as it stands now; a run whose process has died has status "interrupted"."""

    id: str
    name: str
    created: str
    status: str
    config: dict[str, Any]
    environment: dict[str, Any]
    summary: dict[str, Any]
    heartbeat: str
    host: str
    pid: int
    folder: Path


class Records:
    """The run records under the folder `root`, made where there are none; raises OdenetsError where it cannot."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self.path = self.root / FILE
        with self._translated("opened"):
            self.root.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                make_database(self.path)
            self._db = sqlite3.connect(self.path, timeout=LOCK_SECONDS, isolation_level=None)
            try:
                [application] = self._db.execute("PRAGMA application_id").fetchone()
                [version] = self._db.execute("PRAGMA user_version").fetchone()
                if application != APPLICATION:
                    raise OdenetsError(f"{self.path} is another program's database: give run records another folder")
                if version > VERSION:
                    raise OdenetsError(f"{self.path} has schema {version}, newer than {VERSION}: use a newer odenets")
                # No fsync a commit: a killed process loses nothing, a power cut the last epochs' rows at most.
                self._db.execute("PRAGMA synchronous = NORMAL")
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing

    def create(self, config: Mapping[str, object], environment: Mapping[str, object], name: str | None = None) -> str:
        """The id of a new run of this process, its row and folder made; named after the configured scheme unless given.

        Raises OdenetsError where `config` (finite numbers only) or `environment` is not JSON.
        """
        name = name or str(config.get("scheme", "run"))
        text = _to_json("configuration", config, allow_nan=False)
        environment_text = _to_json("environment", environment)
        with self._writing() as db:
            # The write lock is held: no other process takes the same id between this look and the rename.
            while (folder := self.root / _new_id(name)).exists():
                continue
            draft = self.root / f".{folder.name}.new"
            draft.mkdir()
            (draft / "config.json").write_text(text + "\n", encoding="utf-8")
            draft.rename(folder)
            row = (folder.name, name, _now(), "running", text, environment_text, "{}", _now(), *this_process())
            db.execute(f"INSERT INTO runs VALUES ({', '.join('?' * len(row))})", row)
        return folder.name

    def claim(self, run: str) -> None:
        """Make this process the one that runs `run`, to resume it; raises OdenetsError while another here is."""
        host, pid, birth = this_process()
        with self._writing():
            held = self.run(run)
            if held.status == "running" and held.host == host and held.pid != pid:
                raise OdenetsError(f"run {run} is being run by process {held.pid}: wait for its end, or stop it first")
            self._update(run, status="running", summary="{}", host=host, pid=pid, birth=birth)

    def log(
        self, run: str, epoch: int, metrics: Mapping[str, float], parameters: Sequence[ParameterValue] = ()
    ) -> None:
        """Replace all that is recorded of one epoch (0: before training), in one transaction; NaN and ±inf are kept."""
        with self._writing() as db:
            self._update(run)
            self._forget(run, "epoch = ?", epoch)
            db.executemany(
                "INSERT INTO metrics VALUES (?, ?, ?, ?)",
                [(run, epoch, key, float(value)) for key, value in metrics.items()],
            )
            db.executemany(
                "INSERT INTO parameters VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(run, epoch, *place, float(value)) for *place, value in parameters],
            )

    def truncate(self, run: str, after_epoch: int) -> None:
        """Forget the epochs after `after_epoch`: those logged, but not in the checkpoint from which the run resumes."""
        with self._writing():
            self._update(run)
            self._forget(run, "epoch > ?", after_epoch)

    def finish(self, run: str, status: str, summary: Mapping[str, object]) -> None:
        """End a run as "done", "interrupted" or "failed" with its results; raises OdenetsError if they are not JSON."""
        if status not in STATUSES[1:]:
            raise OdenetsError(f"a run ends as one of {', '.join(STATUSES[1:])}, not {status!r}")
        text = _to_json("summary", summary)
        with self._writing():
            self._update(run, status=status, summary=text)

    # Reading

    def run(self, wanted: str) -> Run:
        """The run with this id, this name, or an id that begins so; raises OdenetsError where none or several fit."""
        known = self._rows("SELECT id, name FROM runs ORDER BY rowid")
        fits = (
            [id for id, _ in known if id == wanted]
            or [id for id, name in known if name == wanted]
            or [id for id, _ in known if id.startswith(wanted)]
        )
        if not fits:
            near = _near(wanted, [word for row in known for word in row])
            raise OdenetsError(f"no run {wanted!r} in {self.path}: {near or 'it holds no run yet'}")
        if len(fits) > 1:
            raise OdenetsError(f"{len(fits)} runs fit {wanted!r}, give one id: {', '.join(fits[-6:])}")
        return next(self._runs("WHERE id = ?", fits[0]))

    def runs(self, status: str | None = None, where: Mapping[str, object] | None = None) -> list[Run]:
        """All runs, oldest first, of a status and with these configuration values.

        Keys of nested configurations are dotted: {"optimizer.lr": 0.1}. A value may be text from a command line, "0.1".
        Raises OdenetsError for an unknown status, and for a key that no run has.
        """
        if status not in (None, *STATUSES):
            raise OdenetsError(f"a run's status is one of {', '.join(STATUSES)}, not {status!r}")
        flat = [(run, flatten(run.config)) for run in self._runs("ORDER BY rowid")]
        keys = {key for _, config in flat for key in config}
        for key in where or {}:
            if flat and key not in keys:
                raise OdenetsError(f"no run has a configuration key {key!r}: {_near(key, keys)}")
        return [
            run
            for run, config in flat
            if status in (None, run.status)
            and all(key in config and _matches(config[key], value) for key, value in (where or {}).items())
        ]

    def metrics(self, run: str, key: str | None = None) -> list[Metric]:
        """The metrics of the run with this id, by epoch and key; of one key where it is given."""
        self._require(run)
        query = "SELECT epoch, key, value FROM metrics WHERE run = ? AND key = coalesce(?, key) ORDER BY epoch, key"
        return [Metric(epoch, key, _from_column(value)) for epoch, key, value in self._rows(query, run, key)]

    def parameters(self, run: str) -> list[tuple[int, ParameterValue]]:
        """(epoch, coefficient) of the run with this id, by epoch, stage, step, name and channel."""
        self._require(run)
        query = "SELECT * FROM parameters WHERE run = ? ORDER BY epoch, stage, step, name, channel"
        return [
            (epoch, ParameterValue(stage, step, name, channel, _from_column(value)))
            for _, epoch, stage, step, name, channel, value in self._rows(query, run)
        ]

    # The database

    @contextmanager
    def _translated(self, action: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise OdenetsError(f"run records {self.path} could not be {action}: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One write transaction, undone by any exception."""
        with self._translated("written"), self._db:
            # IMMEDIATE: a transaction that turns from reading to writing fails at once, whatever the timeout.
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    def _rows(self, query: str, *values: object) -> list[Any]:
        with self._translated("read"):
            return self._db.execute(query, values).fetchall()

    def _update(self, run: str, **columns: object) -> None:
        """Set columns of a run's row, and its heartbeat."""
        columns["heartbeat"] = _now()
        assignments = ", ".join(f"{column} = ?" for column in columns)
        if not self._db.execute(f"UPDATE runs SET {assignments} WHERE id = ?", (*columns.values(), run)).rowcount:
            self._require(run)

    def _forget(self, run: str, which: str, epoch: int) -> None:
        for table in ("metrics", "parameters"):
            self._db.execute(f"DELETE FROM {table} WHERE run = ? AND {which}", (run, epoch))

    def _require(self, run: str) -> None:
        if not self._rows("SELECT 1 FROM runs WHERE id = ?", run):
            raise OdenetsError(f"no run has the id {run!r} in {self.path}")

    def _runs(self, clause: str, *values: object) -> Iterator[Run]:
        for id, name, created, status, *texts, heartbeat, host, pid, birth in self._rows(
            f"SELECT * FROM runs {clause}", *values
        ):
            if status == "running" and not lives(host, pid, birth, heartbeat):
                status = "interrupted"
            config, environment, summary = map(json.loads, texts)
            yield Run(id, name, created, status, config, environment, summary, heartbeat, host, pid, self.root / id)


def _to_json(what: str, value: Mapping[str, object], allow_nan: bool = True) -> str:
    try:
        return json.dumps(value, allow_nan=allow_nan)
    except (TypeError, ValueError) as error:
        raise OdenetsError(f"a run's {what} must be JSON: {error}") from error


def _from_column(value: float | None) -> float:
    return math.nan if value is None else value


def _matches(value: object, wanted: object) -> bool:
    if isinstance(wanted, str) and not isinstance(value, str):
        with suppress(ValueError):
            wanted = json.loads(wanted.lower())  # lower: Python's True as well as JSON's true
    return value == wanted


def _near(word: str, words: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, sorted(set(words)), n=3, cutoff=0)
    return f"the nearest are {', '.join(near)}" if near else ""


# Names and times


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _new_id(name: str) -> str:
    slug = re.sub(r"[^a-z0-9_.]+", "-", name.lower())[:40].strip("-.") or "run"
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{slug}-{os.urandom(2).hex()}"
