"""The run of a job: one that is done, one that goes on, or a new one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from odenets.data import Dataset
from odenets.errors import OdenetsError
from odenets.jobs import Job
from odenets.recipes import whole
from odenets.records import Records, Run
from odenets.training import Report, resume, train

Fits = Callable[[dict[str, Any], Job], bool]


def finished(work: Job, root: Path, report: Report | None = None, dataset: Dataset | None = None) -> Run:
    """The finished run of a job: one that is done, one that was interrupted and goes on, or a new one.

    Raises OdenetsError where another process trains it, and as `train` does.
    """
    with Records(root) as records:
        done, busy, left = (newest(records, status, work) for status in ("done", "running", "interrupted"))
    if done:
        return done
    if busy:
        raise OdenetsError(f"run {busy.id} of this job is in progress in process {busy.pid}: wait for it, or stop it")
    found = resume(left.id, root, report) if left else train(work, root, report, dataset)
    with Records(root) as records:
        return records.run(found)


def newest(records: Records, status: str, work: Job, fits: Fits | None = None) -> Run | None:
    """The run of a job begun last among those of a status; `fits` is `alike` unless given."""
    return next((run for run in reversed(records.runs(status)) if (fits or alike)(run.config, work)), None)


def alike(config: dict[str, Any], work: Job) -> bool:
    """Whether a run is of this job, with the precision that was measured where it asks for that."""
    own = plain(work.as_dict())
    if work.precision == "auto":
        own["precision"] = config.get("precision")
    return bool(own == {**config, "recipe": whole(config.get("recipe", {}))})


def plain(value: Any) -> Any:
    """As JSON has it: tuples are lists."""
    return json.loads(json.dumps(value))
