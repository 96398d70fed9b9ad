"""From a finished run to its result: what the records say, then what is measured of the network."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import torch

from odenets.data import Dataset
from odenets.errors import OdenetsError
from odenets.jobs import Job, dataset_of
from odenets.network import Network, build
from odenets.precision import exact
from odenets.recalibration import recalibrate
from odenets.records import Records, Run
from odenets.repeats import alike, newest
from odenets.studies.measured import Measured
from odenets.studies.measures import measure
from odenets.studies.plans import Cell, Study
from odenets.studies.results import Result, evaluations_of, file_of, result_of, write
from odenets.training import load

STOP: list[Event] = []  # of a worker: set when the study is stopped


@dataclass(frozen=True)
class Places:
    """Folders of the run records and of the results, and the time.time() at which the study stops."""

    runs: Path
    results: Path
    until: float = float("inf")


def stopped(places: Places) -> bool:
    return time.time() > places.until or any(stop.is_set() for stop in STOP)


def recorded(study: Study, cell: Cell, run: Run, places: Places) -> Path:
    """Write the result of a run that is done or has failed, before anything is measured."""
    work = Job.from_dict(run.config)
    with Records(places.runs) as records:
        evaluations = evaluations_of(build(work.spec))
        result = result_of(study.name, cell, run, records, evaluations)
    return write(places.results, {**result, "failed": True} if run.status == "failed" else result)


def unmeasured(cell: Cell, result: Result) -> tuple[str, ...]:
    """What is to be measured yet of a result."""
    return () if result.get("failed") else tuple(name for name in cell.measures if name not in result["measures"])


def asked_otherwise(study: Study, result: Result) -> list[str]:
    """The measures of a result that were taken with other options than the study's, where it says with which."""
    asked = {name: study.options.get(name, {}) for name in result["measures"]}
    return [name for name, own in asked.items() if result.get("options", {}).get(name, own) != own]


def completed(study: Study, cell: Cell, work: Job, run: Run, places: Places) -> Path:
    """Measure what is to be measured yet of a run with a result, on the device of `work`; gives the result's file.

    What is not begun when the study is stopped is left for later.
    """
    if left := unmeasured(cell, result_at(study, cell, work, places)):
        about = measured_of(work, run, places)
        for name in left:
            if not stopped(places):
                completed_by(name, study, cell, work, about, places)
    return file_of(places.results, study.name, cell.name, work.seed)


def completed_by(name: str, study: Study, cell: Cell, work: Job, about: Measured, places: Places) -> Path:
    """Measure one thing, and write it at once into the result's file."""
    result = result_at(study, cell, work, places)
    with exact():
        found = measure(about, (name,), study.options)
    options = {**result.get("options", {}), name: study.options.get(name, {})}
    return write(places.results, {**result, "measures": {**result["measures"], **found}, "options": options})


def measured_of(work: Job, run: Run, places: Places) -> Measured:
    """What the measures are given of a run that is done, on the device of `work`."""
    dataset = read_once(work.data, work.folder, work.held_out)
    network = load(run.id, places.runs).to(work.device)
    return Measured(network, untrained(work, dataset), dataset, work.seed)


def result_at(study: Study, cell: Cell, work: Job, places: Places) -> Result:
    """Raises OdenetsError for a file that is no result."""
    path = file_of(places.results, study.name, cell.name, work.seed)
    try:
        found: Result = json.loads(path.read_text(encoding="utf-8"))
        return {**found, "config": dict(found["config"]), "measures": dict(found["measures"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OdenetsError(f"{path} is no result of a study ({error!r}): delete it and run the study again") from None


def untrained(work: Job, dataset: Dataset) -> Network:
    """The network of a job as it was before training, its batch norms calibrated."""
    torch.manual_seed(work.seed)
    network = build(work.spec).to(work.device).eval()
    with exact():
        recalibrate(network, Measured(network, network, dataset, work.seed).calibration())
    return network


@lru_cache(maxsize=2)
def read_once(name: str, folder: str | None, held_out: int) -> Dataset:
    return dataset_of(name, folder, held_out)


def done(work: Job, root: Path, status: str = "done") -> Run | None:
    """The newest run of a job that is done (failed), wherever its data lay and on whatever device."""
    if not root.exists():
        return None
    with Records(root) as records:
        return newest(records, status, work, of_job)


def of_job(config: dict[str, Any], work: Job) -> bool:
    """Whether a configuration is of a job, but for its folder, device and threads."""
    with suppress(KeyError, TypeError):
        same = replace(work, folder=None, device=config["device"], threads=config["threads"])
        return alike({**config, "folder": None}, same)
    return False
