"""What a study trains: cells of networks, recipes and seeds, from a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from inspect import signature
from pathlib import Path
from typing import Any

from odenets.errors import OdenetsError
from odenets.jobs import Job, dataset_of, job_on
from odenets.named_models import models
from odenets.network import changed
from odenets.recipes import Recipe
from odenets.spec import Spec
from odenets.studies.measures import MEASURES, function
from schemes import SchemeError
from schemes.registry import entry

NAME = re.compile(r"[a-z0-9][a-z0-9_.]*")
KINDS = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "a table"}
OF_BOTH = {"recipe": dict, "seeds": list, "measures": list}
SHARED = {**OF_BOTH, "question": str, "data": str, "precision": str, "threads": int, "workers": int, "options": dict,
          "cell": list}  # fmt: skip
OF_CELL = {**OF_BOTH, "name": str, "title": str, "network": str, "design": dict, "held_out": int}
OF_RECIPE = {f.name: list if type(f.default) is tuple else type(f.default) for f in fields(Recipe)}


@dataclass(frozen=True)
class Cell:
    """One network of a study: its job, with the first of its seeds, and what is measured of it."""

    name: str
    title: str
    work: Job
    seeds: tuple[int, ...]
    measures: tuple[str, ...]


@dataclass(frozen=True)
class Study:
    """Cells in the order in which they are trained; workers: how many are at once; options of the measures by name."""

    name: str
    question: str
    cells: tuple[Cell, ...]
    workers: int = 1
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def jobs(self) -> Iterator[tuple[Cell, Job]]:
        """Every cell with each of its seeds: all with their first, then all with their second, …"""
        for turn in range(max(len(cell.seeds) for cell in self.cells)):
            for cell in self.cells:
                for seed in cell.seeds[turn : turn + 1]:
                    yield cell, replace(cell.work, seed=seed)

    def only(self, names: Sequence[str]) -> Study:
        """The cells of these names, in their order; raises OdenetsError for a name that no cell has."""
        for name in names:
            if name not in (own := [cell.name for cell in self.cells]):
                near = get_close_matches(name, own, 3) or own
                raise OdenetsError(f"{self.name} has no cell {name!r}: take {', '.join(near)}")
        return replace(self, cells=tuple(cell for cell in self.cells if cell.name in names))


def read(path: Path | str, folder: Path | str | None = None, device: str = "cpu") -> Study:
    """The study of a file, on data in a folder.

    Raises OdenetsError, which names the file and the cell, for what is missing, unknown or out of range.
    """
    path = Path(path)
    try:
        text = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OdenetsError(f"{path} cannot be read as a study: {getattr(error, 'strerror', None) or error}") from None
    try:
        known(text, SHARED, "a study")
        known(text.get("recipe", {}), OF_RECIPE, "a recipe")
        dataset = dataset_of(text.get("data", "digits"), folder)
        own = {"precision": text.get("precision", "fp32"), "threads": text.get("threads", 1), "device": device}
        shared: dict[str, Any] = {name: text[name] for name in ("seeds", "measures", "recipe") if name in text}
        cells = tuple(cell_of(given, shared, dataset, folder, own) for given in entries(text))
        if twice := {c.name for c in cells if sum(c.name == other.name for other in cells) > 1}:
            raise OdenetsError(f"two cells are called {min(twice)}: give each a name of its own")
        options = {check(name): takes(name, more) for name, more in text.get("options", {}).items()}
        return Study(path.stem, text.get("question", ""), cells, whole("workers", text.get("workers", 1)), options)
    except OdenetsError as error:
        raise OdenetsError(f"{path}: {error}") from None


def entries(text: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not (found := list(text.get("cell", ()))):
        raise OdenetsError("a study has at least one [[cell]] with a name and a network")
    return found


def cell_of(given: dict[str, Any], shared: dict[str, Any], dataset: Any, folder: Any, own: dict[str, Any]) -> Cell:
    known(given, OF_CELL, "a cell")
    name = given.get("name", "")
    if not NAME.fullmatch(name):
        raise OdenetsError(f"a cell's name is of lower-case letters, digits, _ and ., not {name!r}")
    try:
        known(given.get("recipe", {}), OF_RECIPE, "a recipe")
        given = {**shared, **given, "recipe": {**shared.get("recipe", {}), **given.get("recipe", {})}}
        seeds = tuple(given.get("seeds", (0,)))
        if not seeds or len(set(seeds)) < len(seeds) or not all(type(seed) is int for seed in seeds):
            raise OdenetsError(f"seeds = {list(seeds)} must be different whole numbers, at least one")
        spec = network_of(given.get("network", ""), given.get("design", {}))
        own = {**own, "seed": seeds[0], "held_out": given.get("held_out", 0)}
        work = job_on(dataset, folder, given["recipe"], spec=spec, **own)
        for place in work.spec.places:  # a value that its scheme does not take is told now, not when its turn comes
            work.spec.scheme_at(*place)
        measures = tuple(check(measure) for measure in given.get("measures", ()))
    except (SchemeError, AttributeError, TypeError, ValueError) as error:  # a recipe or design of the wrong type
        raise OdenetsError(f"cell {name}: {error}") from None
    return Cell(name, given.get("title", name), work, seeds, measures)


def network_of(name: str, design: Mapping[str, Any]) -> Spec:
    """A model of `odenets models` or a scheme, with fields of its spec changed."""
    if not name:
        raise OdenetsError("network is missing: give a model (odenets models) or a scheme (odenets schemes)")
    changes = {k: tuple(x) if isinstance(x, list) else x for k, x in design.items()}
    if name in models():
        return changed(models()[name].spec, **changes)
    entry(name)
    return changed(None, scheme=name, **changes)


def known(given: Any, names: Mapping[str, Any], what: str) -> None:
    """Raises OdenetsError unless it is a table of these names with values of these types."""
    if not isinstance(given, dict):
        raise OdenetsError(f"{what} is a table of names and values, not {given!r}")
    for name, kind in names.items():
        x = given.get(name, kind())
        if isinstance(x, bool) or not isinstance(x, int | float if kind is float else kind):
            raise OdenetsError(f"{name} = {x!r} of {what} must be {KINDS[kind]}")
    if odd := sorted(set(given) - set(names)):
        near = get_close_matches(odd[0], names, 1) or sorted(names)
        raise OdenetsError(f"{what} has no entry {odd[0]!r}: take {', '.join(near)}")


def check(measure: str) -> str:
    if measure not in MEASURES:
        raise OdenetsError(f"no measure is called {measure!r}: take {', '.join(MEASURES)}")
    return measure


def takes(measure: str, options: Any) -> dict[str, Any]:
    """The options of a measure; raises OdenetsError for one that it does not take, before anything is trained."""
    usual = {p.name: p.default for p in list(signature(function(measure)).parameters.values())[1:]}  # but what it is of
    known(options, {k: list if type(x) is tuple else type(x) for k, x in usual.items()}, f"the measure {measure}")
    return {k: whole(k, x) if type(usual[k]) is int else x for k, x in options.items()}


def whole(name: str, value: Any) -> int:
    if type(value) is not int or value < 1:
        raise OdenetsError(f"{name} = {value!r} must be a whole number of at least 1")
    return value
