"""What a training run is, as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import torch

from odenets import data
from odenets.errors import OdenetsError
from odenets.network import changed
from odenets.recipes import RECIPES, Recipe
from odenets.spec import Spec
from odenets.stems import STEMS

OWN = ("seed", "precision", "device", "threads", "held_out")  # of a job, not of its network
RARE = ("held_out", "converted")  # fields that a record has only where they say something


@dataclass(frozen=True)
class Job:
    """What a run is: everything that its result depends on, as plain data.

    held_out    training images, the last of them, on which it is tested in place of the test set: for choices
    converted   the run whose weights it has, by `odenets.convert`; "" of a run that was trained
    """

    spec: Spec
    recipe: Recipe
    data: str = "digits"
    folder: str | None = None
    seed: int = 0
    precision: str = "auto"
    device: str = "cpu"
    threads: int = field(default_factory=torch.get_num_threads)
    held_out: int = 0
    converted: str = ""

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise OdenetsError(f"threads = {self.threads} must be at least 1")
        if not 0 <= self.seed < 2**32:
            raise OdenetsError(f"seed = {self.seed} must be at least 0 and below 2^32")

    def as_dict(self) -> dict[str, Any]:
        rest = {f.name: x for f in fields(self) if (x := getattr(self, f.name)) or f.name not in RARE}
        return {**rest, "scheme": self.spec.label, "spec": self.spec.as_dict(), "recipe": asdict(self.recipe)}

    @staticmethod
    def from_dict(config: dict[str, Any]) -> Job:
        spec = Spec.from_dict(config["spec"])
        recipe = Recipe(**{**config["recipe"], "milestones": tuple(config["recipe"]["milestones"])})
        rest = {k: v for k, v in config.items() if k not in ("scheme", "spec", "recipe")}
        return Job(spec, recipe, **rest)


def prepare(
    name: str = "digits", folder: Path | str | None = None, recipe: Mapping[str, Any] | None = None, **options: Any
) -> tuple[Job, data.Dataset]:
    """A job on a data set, and the data set: its shapes and recipe unless said; options are those of Job and of Spec,
    or `spec` and what to change of it.

    recipe: what differs from the data set's own (`odenets.recipes`); its milestones move along with `epochs`.
    """
    dataset = dataset_of(name, folder, options.get("held_out") or 0)
    return job_on(dataset, folder, recipe, **options), dataset


def job_on(
    dataset: data.Dataset,
    folder: Path | str | None = None,
    recipe: Mapping[str, Any] | None = None,
    **options: Any,
) -> Job:
    """The job of `prepare` on a data set that was read from a folder."""
    changes = dict(recipe or {})
    usual = RECIPES[dataset.name].over(changes.pop("epochs", RECIPES[dataset.name].epochs))
    own = {k: x for k in OWN if (x := options.pop(k, None)) is not None}
    options = {"channels": dataset.shape[0], "classes": dataset.num_classes, **options}
    spec = changed(options.pop("spec", None), **options)
    if STEMS[spec.stem].input == "rows":
        spec = replace(spec, channels=math.prod(dataset.shape))  # an image is a row of its pixels
    get_device(own.get("device", "cpu"))
    where = None if folder is None else str(Path(folder).resolve())
    return Job(spec, replace(usual, **changes), dataset.name, where, **own)


def dataset_of(name: str, folder: Path | str | None, held_out: int = 0) -> data.Dataset:
    """The data set as a job sees it."""
    dataset = data.load(name, folder)
    return dataset.holding_out(held_out) if held_out else dataset


def get_device(name: str) -> torch.device:
    """The device of this name; raises OdenetsError where this machine has none."""
    if name == "cuda" and torch.cuda.is_available():
        return torch.device(name)
    if name != "cpu":
        raise OdenetsError(f"device {name!r} is not here: take cpu" + (" or cuda" if torch.cuda.is_available() else ""))
    return torch.device(name)
