"""The result files that the page of evidence rests on, by study and cell."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odenets.errors import OdenetsError
from odenets.recipes import whole
from odenets.studies.statistics import Interval, mean_of, pooled_spread


@dataclass(frozen=True)
class Result:
    """A result file: one trained network of a study. `data` is what the file holds (odenets.studies.results)."""

    path: Path
    data: dict[str, Any]

    @property
    def cell(self) -> str:
        return str(self.data["cell"])

    @property
    def seed(self) -> int:
        return int(self.data["seed"])

    @property
    def config(self) -> dict[str, Any]:
        return dict(self.data["config"])

    @property
    def held_out(self) -> int:
        """Training images that it was tested on in place of the test images; 0: it was tested on these."""
        return int(self.config.get("held_out") or 0)

    @property
    def failed(self) -> bool:
        """Whether its loss was no longer finite: it has no error and was not measured."""
        return bool(self.data.get("failed"))

    @property
    def error(self) -> float:
        """Test error in % after the last epoch."""
        return float(self.data["metrics"]["test_error"][-1])

    @property
    def hours(self) -> float:
        return float(self.data["seconds"]) / 3600

    def measure(self, name: str) -> dict[str, Any]:
        """What a measure has found; empty where it was not taken or says in a sentence why it cannot be."""
        found = self.data["measures"].get(name) or {}
        return {} if "sentence" in found else dict(found)


@dataclass(frozen=True)
class Runs:
    """All results of a study."""

    study: str
    everything: tuple[Result, ...]

    @property
    def results(self) -> tuple[Result, ...]:
        """Those of trainings that came to their end."""
        return tuple(r for r in self.everything if not r.failed)

    def of(self, cell: str) -> tuple[Result, ...]:
        """The results of a cell by seed; none where it has not run yet, or has diverged."""
        return tuple(sorted((r for r in self.results if r.cell == cell), key=lambda r: r.seed))

    def diverged(self, cell: str) -> tuple[Result, ...]:
        """The results of a cell whose loss was no longer finite."""
        return tuple(r for r in self.everything if r.cell == cell and r.failed)

    def errors(self, cell: str) -> dict[int, float]:
        return {r.seed: r.error for r in self.of(cell)}

    @property
    def cells(self) -> list[str]:
        return sorted({r.cell for r in self.results})

    def spread(self, cell: str) -> tuple[float, int]:
        """Standard deviation of the test error over seeds, and its freedom, pooled over what was repeated.

        Cells that are comparable with this one; all where none of those was repeated.
        """
        repeated = {other: errors for other in self.cells if len(errors := list(self.errors(other).values())) > 1}
        own = [errors for other, errors in repeated.items() if self.comparable(cell, other)]
        return pooled_spread(own or list(repeated.values()))

    def mean(self, cell: str) -> Interval:
        """Mean test error over seeds, its interval with the spread of `spread`; none of one seed."""
        return mean_of(list(self.errors(cell).values()), *self.spread(cell))

    def title(self, cell: str, default: str = "") -> str:
        found = [r for r in self.everything if r.cell == cell]
        return str(found[0].data["title"]) if found else default or cell

    def comparable(self, a: str, b: str) -> bool:
        """Whether two cells were trained by one recipe in one precision and tested on the same images."""
        found = [alike(r) for cell in (a, b) for r in self.of(cell)]
        return all(own == found[0] for own in found)


def alike(result: Result) -> list[Any]:
    """All that must agree before two networks are compared; as values, since 3 and 3.0 epochs are one warm-up."""
    config = result.config
    return [whole(config["recipe"]), config["data"], config["precision"], result.held_out]


def read(folder: Path) -> dict[str, Runs]:
    """The results under a folder, by study, without torch, which `odenets.studies.results` has for training.

    Raises OdenetsError where there is no folder, or a file is no result.
    """
    if not folder.is_dir():
        raise OdenetsError(f"{folder} is no folder: name the one with the results, such as benchmarks/results/evidence")
    found: dict[str, list[Result]] = {}
    for path in sorted(folder.glob("*/*-s*.json")):
        data = parsed(path)
        found.setdefault(str(data["study"]), []).append(Result(path, data))
    return {study: Runs(study, tuple(own)) for study, own in found.items()}


def parsed(path: Path) -> dict[str, Any]:
    needed = ("study", "cell", "title", "seed", "conditions", "config", "metrics", "measures", "learned")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = Result(path, dict(data | {key: data[key] for key in needed}))
        own = (str(found.data["study"]), f"{found.cell}-s{found.seed}.json")
        alike(found)
        if not found.failed and not math.isfinite(found.error + found.hours + data["parameters"] + data["evaluations"]):
            raise ValueError("a number that is none")
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise OdenetsError(f"{path} is no result of a study ({error!r}): delete it and run the study again") from None
    if path.parts[-2:] != own:
        raise OdenetsError(f"{path} is a copy of {'/'.join(own)}, which would count as another seed: move it elsewhere")
    return found.data
