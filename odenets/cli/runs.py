"""Commands on run records: runs, report, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from odenets.cli.common import assignments, console, print_json, print_table, print_text
from odenets.errors import OdenetsError


def runs(
    *,
    status: str | None = None,
    where: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    format: Literal["table", "json", "csv"] = "table",
    json: bool = False,
    runs: Path = Path("runs"),
) -> None:
    """List run records, filter them, export them.

    Example: odenets runs --where scheme=lm2 --where spec.depth=20 --format csv

    Parameters
    ----------
    status
        running, done, interrupted or failed.
    where
        A configuration value, key=value; nested keys are dotted.
    format
        table, json or csv.
    json
        The same as --format json.
    runs
        The folder of the run records.
    """
    from odenets.database import existing
    from odenets.export import as_csv, as_json
    from odenets.records import Records

    with Records(existing(runs)) as records:
        found = records.runs(status, assignments(where, "--where"))
    if json or format == "json":
        print_text(as_json(found))
    elif format == "csv":
        print_text(as_csv(found).rstrip("\n"))
    else:
        header = ["run", "status", "data", "scheme", "steps", "seed", "epochs", "test error %", "seconds"]
        print_table("", header, [run_row(run) for run in found], numbers=(4, 5, 6, 7, 8))


def run_row(run: Any) -> list[str]:
    from odenets.results import stage_lengths

    summary = run.summary
    steps = "-".join(map(str, stage_lengths(run.config["spec"]))) if "spec" in run.config else ""
    error, seconds = summary.get("test_error"), summary.get("seconds")
    return [
        run.id, run.status, run.config.get("data", ""), run.config.get("scheme", ""), steps,
        run.config.get("seed", ""), summary.get("epochs", ""),
        "" if error is None else f"{error:.2f}", "" if seconds is None else f"{seconds:.0f}",
    ]  # fmt: skip


def report(
    *run: str, output: Path | None = None, figures: Path | None = None, runs: Path = Path("runs"), json: bool = False
) -> None:
    """Write a report of one or several runs: one HTML file with its figures inside, which opens without a network.

    Example: odenets report 20261121-0203 --output report.html

    Parameters
    ----------
    run
        Ids, names or the beginnings of ids; all finished runs unless given.
    output
        The file to write; report.html in the folder of the runs unless given.
    figures
        A folder that takes the figures of learned coefficients as .png and .svg as well.
    runs
        The folder of the run records.
    json
        Print JSON only.
    """
    from odenets.database import existing
    from odenets.report import write_report

    written = write_report(existing(runs), run, output or runs / "report.html", figures)
    if json:
        print_json({"report": str(written)})
    else:
        print_text(str(written))


def demo(*, seeds: int = 3, depth: int = 20, epochs: int | None = None, runs: Path = Path("runs/demo")) -> None:
    """The main job in a few minutes: ResNet and LM-ResNet on handwritten digits, and the theory of what was learned.

    Example: odenets demo --seeds 1

    Parameters
    ----------
    seeds
        Trainings of each network.
    depth
        Convolutions and the head, 6n + 2.
    epochs
        Passes over the training set; the recipe's unless given.
    runs
        The folder of the run records and of the report, the last line printed.
    """
    from odenets.demo import run_demo

    if seeds < 1:
        raise OdenetsError(f"--seeds {seeds} must be at least 1")
    run_demo(seeds, depth, epochs, runs, console())


COMMANDS = (runs, report, demo)
