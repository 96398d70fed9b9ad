"""What a set of run records says: groups of seeds, errors with intervals, learned coefficients as arrays."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from odenets.recipes import whole
from odenets.records import Records, Run
from odenets.values import parse
from schemes import Scheme

if TYPE_CHECKING:
    from odenets.spec import Spec


@dataclass(frozen=True)
class Group:
    """Finished runs that differ in their seed only."""

    label: str
    runs: tuple[Run, ...]

    @property
    def config(self) -> dict[str, Any]:
        return self.runs[0].config

    @property
    def errors(self) -> list[float]:
        """Test errors at the last epoch, in %, by seed."""
        return [run.summary["test_error"] for run in self.runs]

    @property
    def seconds(self) -> float:
        return float(statistics.median(run.summary["seconds"] for run in self.runs))

    @property
    def parameters(self) -> int:
        return int(self.runs[0].summary["parameters"])


def groups(runs: Iterable[Run]) -> list[Group]:
    """Finished runs by all but their seed, of each seed the newest; the label says what tells the groups apart."""
    found: dict[str, dict[int, Run]] = {}
    for run in runs:
        if run.status == "done":
            own = {k: v for k, v in run.config.items() if k != "seed"} | {"recipe": whole(run.config["recipe"])}
            rest = repr(sorted(own.items()))
            found.setdefault(rest, {})[run.config["seed"]] = run  # later runs come later: the newest stays
    members = [tuple(run for _, run in sorted(same.items())) for same in found.values()]
    labels = [spec_of(same[0]).name for same in members]
    return [
        Group(label if labels.count(label) == 1 else f"{label} ({same[0].id})", same)
        for label, same in zip(labels, members, strict=True)
    ]


def difference(a: Group, b: Group) -> str:
    """Test error of a minus that of b, in %, with its interval, paired by seed; "" for fewer than two common seeds."""
    errors = [{run.config["seed"]: run.summary["test_error"] for run in g.runs} for g in (a, b)]
    paired = [errors[0][seed] - errors[1][seed] for seed in sorted(errors[0].keys() & errors[1].keys())]
    return f"{a.label} minus {b.label}: {with_interval(paired)}" if len(paired) > 1 else ""


def interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """Mean and half width of Student's confidence interval; a single value has no interval (nan)."""
    if len(values) < 2:
        return values[0], math.nan
    from scipy.special import stdtrit

    width = stdtrit(len(values) - 1, (1 + confidence) / 2) * statistics.stdev(values) / math.sqrt(len(values))
    return statistics.fmean(values), float(width)


def with_interval(values: Sequence[float]) -> str:
    mean, width = interval(values)
    return f"{mean:.2f}" if math.isnan(width) else f"{mean:.2f} ± {width:.2f}"


def learned(records: Records, group: Group, name: str) -> NDArray[np.float64]:
    """A learned coefficient by (seed, epoch, step of the whole depth), nan where there is none; mean over channels."""
    spec = group.config["spec"]
    stages = stage_lengths(spec)
    epochs = max(run.summary["epochs"] for run in group.runs) + 1
    total = np.zeros((len(group.runs), epochs, sum(stages)))
    count = np.zeros_like(total)
    for i, run in enumerate(group.runs):
        for epoch, value in records.parameters(run.id):
            if value.name == name and epoch < epochs:
                place = i, epoch, sum(stages[: value.stage]) + value.step
                total[place] += value.value
                count[place] += 1
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def spec_of(run: Run) -> Spec:
    """What a run's network is."""
    from odenets.spec import Spec

    return Spec.from_dict(run.config["spec"])


def schemes_of(group: Group) -> list[Scheme]:
    """The different schemes of a network's steps, by name; values that vary over the depth are left free."""
    spec = spec_of(group.runs[0])
    fixed = {k: v for k, v in spec.values.items() if not isinstance(parse(k, v), tuple | list)}
    spec = replace(spec, values=fixed)
    return list({scheme.name: scheme for scheme in (spec.scheme_at(*place) for place in spec.places)}.values())


def stage_lengths(spec: dict[str, Any]) -> list[int]:
    """Steps of each stage."""
    from odenets.spec import Spec

    return list(Spec.from_dict(spec).steps)


def curve(records: Records, run: Run, key: str) -> tuple[list[int], list[float]]:
    """A metric by epoch."""
    metrics = records.metrics(run.id, key)
    return [m.epoch for m in metrics], [m.value for m in metrics]
