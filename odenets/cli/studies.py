"""The command that runs a study: study."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from odenets.cli.common import console, print_json, print_table, print_text
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from odenets.studies.completing import Places
    from odenets.studies.plans import Study


def study(
    file: Path,
    *,
    folder: Path | None = None,
    device: str = "cpu",
    minutes: float | None = None,
    workers: int | None = None,
    only: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    list: bool = False,
    results: Path = Path("benchmarks/results/evidence"),
    runs: Path = Path("runs/studies"),
    json: bool = False,
) -> None:
    """Train and measure what a study lists and what has no result yet; one result file a run.

    Stopped by Ctrl-C or by --minutes it keeps what it has, and the same command goes on from there.

    Example: odenets study studies/cpu.toml --folder ~/cifar-10-batches-bin
    Example: odenets study studies/smoke.toml --results /tmp/results --list

    Parameters
    ----------
    file
        The study, a .toml file: its cells, recipe, seeds and measures.
    folder
        Where the data are: the official CIFAR folder, or ROOT with train/CLASS/* and val/CLASS/*.
    device
        cpu or cuda.
    minutes
        Stop after that time, in the middle of runs.
    workers
        Networks that are trained at once; the study's own number unless given.
    only
        Names of the cells to train; all unless given.
    list
        List the cells and what is left to train or to measure, and do neither.
    results
        The folder of the result files.
    runs
        The folder of the run records.
    json
        Print JSON only.
    """
    from dataclasses import replace

    from odenets.processes import terminable
    from odenets.studies.completing import Places
    from odenets.studies.plans import read
    from odenets.studies.running import run_study

    if minutes is not None and not minutes > 0:
        raise OdenetsError(f"--minutes {minutes} must be positive")
    if workers is not None and workers < 1:
        raise OdenetsError(f"--workers {workers} must be at least 1")
    begun = time.time()
    found = read(file, folder, device)
    found = found.only(only) if only else found
    if list:
        return show(found, Places(runs, results), json)
    until = float("inf") if minutes is None else begun + 60 * minutes
    with terminable():
        found = found if workers is None else replace(found, workers=workers)
        written = run_study(found, Places(runs, results, until), say)
    if json:
        print_json({"study": found.name, "written": [str(path) for path in written]})
    else:
        print_text(f"{len(written)} results written below {results / found.name}")
    return None


def say(text: str) -> None:
    console(error=True).print(text, markup=False, soft_wrap=True)


def show(found: Study, places: Places, json: bool) -> None:
    from odenets.studies.running import missing

    left = {(cell.name, work.seed) for pairs in missing(found, places, say) for cell, work in pairs}
    rows: Any = [
        {"cell": cell.name, "title": cell.title, "network": cell.work.spec.name, "epochs": cell.work.recipe.epochs,
         "seeds": [*cell.seeds], "left": [seed for seed in cell.seeds if (cell.name, seed) in left]}
        for cell in found.cells
    ]  # fmt: skip
    if json:
        print_json(rows)
        return
    spelled = [[str(x) if isinstance(x, str | int) else " ".join(map(str, x)) for x in row.values()] for row in rows]
    print_table(found.name, ["cell", "what it is", "network", "epochs", "seeds", "left"], spelled, numbers=(3,))


COMMANDS = (study,)
