"""The result of a run as one file: what it was, under which conditions, what it measured and what it learned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from odenets.files import make_folder, write_whole
from odenets.records import Records, Run
from odenets.repeats import plain
from odenets.results import stage_lengths
from odenets.studies.plans import Cell
from odenets.tables import evaluated

Result = dict[str, Any]
LOSSES = "losses.jsonl"  # in a run's folder, a line an epoch: [epoch, [training loss of each batch]]
EVERY = 20
ANOTHER = "choose another folder by --results"


def file_of(folder: Path, study: str, cell: str, seed: int) -> Path:
    return folder / study / f"{cell}-s{seed}.json"


def write(folder: Path, result: Result) -> Path:
    """What was measured is rounded, what was asked for is not: a study looks whether it is its own.

    Raises OdenetsError where the file cannot be written.
    """
    path = file_of(folder, result["study"], result["cell"], result["seed"])
    make_folder(path.parent, ANOTHER)
    found = rounded(result) | {name: result[name] for name in ("config", "options") if name in result}
    write_whole(path, json.dumps(found, indent=None, separators=(",", ":")) + "\n", ANOTHER)
    return path


def rounded(value: Any) -> Any:
    """Numbers to seven digits, which is what float32 holds, and none that JSON lacks."""
    if isinstance(value, float):
        return float(f"{value:.7g}") if value - value == 0 else None
    if isinstance(value, Mapping):
        return {str(k): rounded(x) for k, x in value.items()}
    return [rounded(x) for x in value] if isinstance(value, list | tuple) else value


def result_of(study: str, cell: Cell, run: Run, records: Records, evaluations: int) -> Result:
    """What the records say of a run, done or failed; its measures are to be added."""
    config = {name: x for name, x in plain(run.config).items() if name != "folder"}
    metrics = series([(m.epoch, m.key, m.value) for m in records.metrics(run.id)])
    steps = stage_lengths(run.config["spec"])
    return {
        "study": study,
        "cell": cell.name,
        "title": cell.title,
        "seed": run.config["seed"],
        "when": run.created,
        "conditions": run.environment,
        "config": config,
        "parameters": run.summary.get("parameters"),
        "evaluations": evaluations,
        "seconds": run.summary.get("seconds"),
        "steps": steps,
        "metrics": metrics,
        "loss_by_step": by_step(run.folder / LOSSES),
        "learned": learned(records, run, steps),
        "measures": {},
    }


def series(metrics: Sequence[tuple[int, str, float]]) -> dict[str, list[float | None]]:
    """Each metric by epoch, None where it was not taken."""
    last = max((epoch for epoch, _, _ in metrics), default=-1)
    found: dict[str, list[float | None]] = {}
    for epoch, key, value in metrics:
        found.setdefault(key, [None] * (last + 1))[epoch] = value
    return found


def by_step(path: Path) -> dict[str, Any]:
    """The training loss, a mean of each EVERY batches of an epoch; the last of an epoch may be of fewer."""
    epochs: dict[int, list[float]] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        with suppress(ValueError):  # cut off by a kill or a full disk: the epoch was run again, or has no losses
            epoch, batches = json.loads(line)
            epochs[epoch] = batches  # an epoch that was run again stands behind itself
    loss = [
        sum(part) / len(part)
        for _, batches in sorted(epochs.items())
        for part in (batches[i : i + EVERY] for i in range(0, len(batches), EVERY))
    ]
    return {"every": EVERY, "loss": loss}


def learned(records: Records, run: Run, steps: Sequence[int]) -> dict[str, list[list[float | None]]]:
    """Each learned coefficient by epoch and by step of the whole depth, the mean over channels; None: it has none."""
    found: dict[str, dict[int, list[list[float]]]] = {}
    for epoch, value in records.parameters(run.id):
        rows = found.setdefault(value.name, {}).setdefault(epoch, [[] for _ in range(sum(steps))])
        rows[sum(steps[: value.stage]) + value.step].append(value.value)
    return {
        name: [[sum(x) / len(x) if x else None for x in rows] for _, rows in sorted(epochs.items())]
        for name, epochs in found.items()
    }


def evaluations_of(network: Any) -> int:
    """Evaluations of blocks in one forward pass of a network in evaluation mode."""
    return sum(len(evaluated(step.scheme)) for *_, step in network.steps())
