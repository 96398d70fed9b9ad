"""A report of training runs: one HTML file, figures and all."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader

from analysis import describe, plots
from odenets.commands import command
from odenets.errors import OdenetsError
from odenets.export import flatten
from odenets.figures import curves
from odenets.files import make_folder, write_whole
from odenets.records import Records, Run
from odenets.report_modified import modified_view
from odenets.results import Group, curve, difference, groups, learned, schemes_of, stage_lengths, with_interval
from schemes import Scheme, names
from schemes.registry import entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure


ANOTHER = "name another folder"


def write_report(root: Path, wanted: Sequence[str], output: Path, figures: Path | None = None) -> Path:
    """Write the report of some finished runs (all of them, where none is named); gives its path.

    figures: a folder that takes the figures of learned coefficients as .png and .svg as well.

    Raises OdenetsError for an unknown or unfinished run, where no run is done, and where a file cannot be written.
    """
    with Records(root) as records:
        runs = [records.run(name) for name in wanted] or records.runs("done")
        if odd := next((run for run in runs if run.status != "done"), None):
            raise OdenetsError(f"run {odd.id} is {odd.status}: a report takes finished runs, resume it first")
        if not runs:
            raise OdenetsError(f"no run in {root} is done yet: there is nothing to report")
        found = groups(runs)
        drawn = {g.label: figure for g in found if (figure := coefficient_figure(records, g))}
        page = render(records, found, drawn)
    if figures is not None:
        for label, figure in drawn.items():
            save_figure(figure, figures / f"learned-k-{label}")
    write_text(output, page)
    return output


def save_figure(figure: Figure, path: Path) -> None:
    make_folder(path.parent, ANOTHER)
    for suffix in (".png", ".svg"):
        plots.save(figure, path.with_name(path.name + suffix))


def render(records: Records, found: list[Group], drawn: dict[str, Figure]) -> str:
    data = sorted({g.config["data"] for g in found})
    template = Environment(loader=PackageLoader("odenets", "."), autoescape=True).get_template("report.html")
    return template.render(
        title=f"{', '.join(g.label for g in found)} on {', '.join(data)}",
        subtitle=f"{sum(len(g.runs) for g in found)} runs, {found[0].runs[0].created[:10]}, odenets",
        groups=[group_view(records, g, drawn.get(g.label)) for g in found],
        judgement=judgement(found),
        curves=image(curves(*({g.label: [curve(records, r, key) for r in g.runs] for g in found} for key in CURVES))),
        modified=modified_views(records, found),
        schemes=list({tuple(view.items()): view for g in found for view in map(scheme_view, schemes_of(g))}.values()),
    )


def modified_views(records: Records, found: list[Group]) -> list[dict[str, Any]]:
    """One for each scheme with its coefficients: networks that share both share the figure."""
    views = {view["label"]: view for view in (modified_view(records, g) for g in found)}
    return [{**view, "figure": view["figure"] and image(view["figure"])} for view in views.values()]


CURVES = ("train_loss", "test_error")


def group_view(records: Records, g: Group, figure: Figure | None) -> dict[str, Any]:
    first: Run = g.runs[0]
    last = {(v.stage, v.step, v.name) for epoch, v in records.parameters(first.id) if epoch == first.summary["epochs"]}
    conditions = [
        (k, v) for k, v in flatten({**first.config, **first.environment}).items() if k not in ("scheme", "seed")
    ]
    return {
        "label": g.label,
        "seeds": len(g.runs),
        "error": with_interval(g.errors),
        "parameters": f"{g.parameters:,}",
        "coefficients": len(last),
        "epochs": first.summary["epochs"],
        "seconds": f"{g.seconds:.0f}",
        "figure": figure and image(figure),
        "ids": ", ".join(run.id for run in g.runs),
        "conditions": conditions,
        "command": command(first.config),
    }


def coefficient_figure(records: Records, g: Group) -> Figure | None:
    """The learned k against theory, for the two-step schemes that have one."""
    if "k" not in {v.name for _, v in records.parameters(g.runs[0].id)}:
        return None
    k = learned(records, g, "k")
    title = f"Learned $k_n$ of {g.label} on {g.config['data']}"
    return plots.learned_k(k, stage_lengths(g.config["spec"]), epochs=range(k.shape[1]), title=title)


def scheme_view(scheme: Scheme) -> dict[str, str]:
    summary = entry(scheme.name).summary if scheme.name in names() else scheme.source
    return {"name": scheme.name, "summary": summary, "text": describe(scheme)}


def judgement(found: list[Group]) -> str:
    """The differences from the first network by seed: they, not overlapping intervals, tell networks apart."""
    said = [text for g in found[1:] if (text := difference(g, found[0]))]
    if not said:
        return "Repeat with several seeds before comparing networks."
    return f"Difference by seed: {'; '.join(said)}. An interval that holds 0 does not tell the two apart."


def image(figure: Figure) -> str:
    """A figure as the address of an inline SVG image: nothing to fetch, and its ids are no part of the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(buffer.getvalue()).decode()


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; raises OdenetsError where that cannot be."""
    if not path.name or path.is_dir():
        raise OdenetsError(f"{path} is a folder: name a file, such as {path / 'report.html'}")
    make_folder(path.parent, ANOTHER)
    write_whole(path, text, "choose another --output")
