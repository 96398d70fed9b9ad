"""The command on trained networks and their modified equations: obeys."""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from odenets.cli.common import console, print_json, print_table, print_text
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from odenets.obeys.measures import Obedience

HIGHEST, FINEST = 4, 5


def obeys(
    run: str,
    *,
    stage: int = 1,
    order: int = 3,
    halvings: int = 2,
    images: int = 1,
    curve: Literal["linear", "spline"] = "spline",
    figure: Path | None = None,
    runs: Path = Path("runs"),
    json: bool = False,
) -> None:
    """Compare a stage of a trained network, layer by layer, with the modified flow of its own blocks.

    The theorem speaks of a smooth block: train with --depth-shared and --activation softplus. The defaults are small,
    for a minute at most; time grows with images and halvings, and fast with the order.

    Example: odenets obeys 20261121-0203 --stage 2 --figure obeys.png

    Parameters
    ----------
    run
        A run's id, name or the beginning of its id.
    stage
        Counted from 1.
    order
        Modified fields of 1, 2, … up to this number of terms, at most 4.
    halvings
        Of the step h, for the order of accuracy, at most 5.
    images
        How many test images pass through.
    curve
        Through weights and coefficients that differ from layer to layer: spline, or linear, which has a kink at every
        layer and is followed to five digits only.
    figure
        Draw the distances into this .png, .svg or .pdf.
    runs
        The folder of the run records.
    json
        Print JSON only.
    """
    from analysis import plots
    from odenets.cli import pictures

    for name, value, most in (("order", order, HIGHEST), ("halvings", halvings, FINEST), ("images", images, 1000)):
        if not 1 <= value <= most:
            raise OdenetsError(f"--{name} {value}: take 1 to {most}")
    if figure is not None:
        plots.savable(figure)  # before the minutes of measuring
    label, found = measured(run, runs, stage, order, halvings, images, curve)

    def drawn(_: object) -> Any:
        from odenets.figures_obeys import obedience

        return obedience(found, label)

    pictures.draw([(figure, drawn)], {})
    if json:
        print_json({"network": label, "steps": found.steps, **vars(found)})
    else:
        print_found(label, found)


def measured(
    run: str, runs: Path, stage: int, order: int, halvings: int, images: int, curve: str
) -> tuple[str, Obedience]:
    """A name for the network, and what is measured of it on the first test images of its data."""
    from odenets import data
    from odenets.database import existing
    from odenets.jobs import Job
    from odenets.obeys.measures import measure
    from odenets.records import Records
    from odenets.training import load

    with Records(existing(runs)) as records:
        record = records.run(run)
    work = Job.from_dict(record.config)
    dataset = data.load(work.data, work.folder)
    about: dict[str, Any] = {"mean": dataset.mean, "std": dataset.std, "seed": 0, "device": "cpu"}
    batch, _ = next(data.Batches(dataset.test, images, augment=False, shuffle=False, **about).epoch(0))
    told = partial(console(error=True).print, markup=False)
    found = measure(load(record.id, runs), stage - 1, batch, order, halvings, curve, told)
    return f"{record.name}, stage {stage}: the layers and the modified flows of their block", found


def print_found(label: str, found: Obedience) -> None:
    columns = [f"{q} term{'s' if q > 1 else ''}" for q in found.halvings]
    rows = [[found.first + n, *map(short, row)] for n, row in enumerate(zip(*found.layers.values(), strict=True))]
    print_text(f"{label}\n")
    if not found.unsmooth:
        print_text("relative distance, as the network runs")
        print_table("", ["layer", *columns], rows, numbers=range(1, 9))
    falls = [[f"1/{round(1 / h)}" if h < 1 else "1", *map(short, row)]
             for h, row in zip(found.steps, zip(*found.halvings.values(), strict=True), strict=True)]  # fmt: skip
    falls.append(["slope", *(f"{row[-1]:.2f}" for row in found.slopes.values())])
    falls.append(["theory", *map(str, found.expected.values())])
    print_text("largest distance with steps of h, begun on the smooth manifold")
    print_table("", ["h", *columns], falls,
                numbers=range(1, 9))  # fmt: skip
    for note in notes(found):
        print_text(note)


def notes(found: Obedience) -> list[str]:
    """What the theorem does not promise here."""
    told = [found.unsmooth] if found.unsmooth else []
    if found.kinked:
        told.append("The blocks have relu: no second derivative, so no rate beyond 1 is promised.")
    if not found.shared or found.drifting:
        what = "weights" if not found.shared else ", ".join(found.drifting)
        told.append(f"The {what} differ from layer to layer: the theorem is about the curve through them, as h falls.")
    return told


def short(x: float) -> str:
    return f"{x:.1e}" if math.isfinite(x) else "no solution"


COMMANDS = (obeys,)
