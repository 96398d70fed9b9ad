"""The run of a job: one that is done, one that goes on, or a new one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from odenets.data import Dataset
from odenets.errors import OdenetsError
from odenets.jobs import Job
from odenets.recipes import whole
from odenets.records import Records, Run
from odenets.training import Report, resume, train


def finished(work: Job, root: Path, report: Report | None = None, dataset: Dataset | None = None) -> Run:
    """The finished run of a job: one that is done, one that was interrupted and goes on, or a new one.

    Raises OdenetsError where another process trains it, and as `train` does.
    """
    with Records(root) as records:
        same = [run for run in records.runs() if alike(run.config, work)]
    done = next((run.id for run in reversed(same) if run.status == "done"), None)
    if done is None and (busy := next((run for run in same if run.status == "running"), None)):
        raise OdenetsError(f"run {busy.id} of this job is in progress in process {busy.pid}: wait for it, or stop it")
    left = next((run.id for run in reversed(same) if run.status == "interrupted"), None)
    found = done or (resume(left, root, report) if left else train(work, root, report, dataset))
    with Records(root) as records:
        return records.run(found)


def alike(config: dict[str, Any], work: Job) -> bool:
    """Whether a run is of this job, with the precision that was measured where it asks for that."""
    own = plain(work.as_dict())
    if work.precision == "auto":
        own["precision"] = config.get("precision")
    return bool(own == {**config, "recipe": whole(config.get("recipe", {}))})


def plain(value: Any) -> Any:
    """As JSON has it: tuples are lists."""
    return json.loads(json.dumps(value))
