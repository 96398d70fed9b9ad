"""The command on the depth of trained networks: convert."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from odenets.cli.common import assignments, print_json, print_table, print_text
from odenets.cli.design import scheme_of
from odenets.cli.networks import told
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from odenets.conversion import Conversion
    from odenets.conversion.comparing import Comparison
    from odenets.conversion.refining import Refinement
    from odenets.jobs import Job

IMAGES = 16  # that the errors of refinement are measured with


def convert(
    run: str,
    *,
    scheme: str | None = None,
    steps: Annotated[tuple[int, ...], Parameter(consume_multiple=True)] = (),
    weights: str = "",
    h: str | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    unroll: int = 0,
    solver: str = "",
    recalibrate: Annotated[bool, Parameter(negative="")] = False,
    refine: int = 2,
    data_limit: int | None = None,
    runs: Path = Path("runs"),
    json: bool = False,
) -> None:
    """Run a trained network with another scheme or number of steps, without training, and record it as a run.

    Its blocks become weights over depth, its depth a time that is kept. Errors are reported beside those of the
    original, and the distance to the flow of the same field with 1, 2, 4 times the steps beside the order of theory.

    Example: odenets convert 20261121-0203 --scheme rk4_classic --steps 12
    Example: odenets convert 20261121-0203 --steps 18 --weights linear

    Parameters
    ----------
    run
        A run's id, name or the beginning of its id.
    scheme
        A scheme (`odenets schemes`) or the file of a table; unless said that of the network.
    steps
        Of each stage behind the step that changes the shape: one number, or one a stage; unless said as they are.
    weights
        constant (each block on the interval of its step), linear (between the steps), or with a number of knots that
        the weights are fitted with: linear:4, cosine:4, legendre:4.
    h
        The step size; unless said the one that keeps the time of each stage.
    set_
        A parameter of the scheme, k=-1/2.
    unroll, solver
        How an implicit scheme is evaluated: that many sweeps, or fixed-point, anderson.
    recalibrate
        Measure the statistics of batch norms anew, on training images.
    refine
        How often the steps are halved to see the order; 0 leaves it out.
    data_limit
        How many test images are used; all unless said.
    runs
        The folder of the run records.
    json
        Print JSON only.
    """
    if not 0 <= refine <= 4:
        raise OdenetsError(f"--refine {refine}: take 0 to 4")
    if data_limit is not None and data_limit < 1:
        raise OdenetsError(f"--data-limit {data_limit} must be at least 1")
    options: dict[str, Any] = {k: v for k, v in (("unroll", unroll), ("solver", solver)) if v}
    if set_:
        options["values"] = dict(assignments(set_))
    with told():
        new, change, found, finer = converted(
            run, runs, None if scheme is None else scheme_of(scheme), asked(steps), weights, h, options, recalibrate,
            refine, data_limit,
        )  # fmt: skip
    if json:
        said = {
            "run": new,
            **vars(found),
            "stages": [{**vars(stage), "time": str(stage.time)} for stage in change.stages],
        }
        print_json({**said, "refinement": finer and vars(finer)})
        return
    print_change(change, found)
    if finer is not None:
        print_refinement(finer)
    where = "" if runs == Path("runs") else f" --runs {runs}"
    print_text(f"run {new}: odenets report {new}{where}")


def asked(steps: tuple[int, ...]) -> int | list[int] | None:
    return None if not steps else steps[0] if len(steps) == 1 else list(steps)


def converted(
    run: str, runs: Path, scheme: Any, steps: Any, weights: str, h: str | None, options: dict[str, Any],
    recalibrated: bool, halvings: int, limit: int | None,
) -> tuple[str, Conversion, Comparison, Refinement | None]:  # fmt: skip
    """The id of the new run, what was changed, the two networks on test images, and the study of its order."""
    from odenets.conversion import convert as make
    from odenets.conversion.comparing import compare
    from odenets.conversion.recording import record
    from odenets.conversion.refining import refine
    from odenets.training import load

    source, work = finished(run, runs)
    network = load(source, runs)
    made, change = make(network, scheme, steps, weights, h, **options)
    train, test = batches(work, limit)
    if recalibrated:
        from odenets.recalibration import recalibrate

        recalibrate(made, (images for images, _ in train))
    made.eval()
    found = compare(network, made, test)
    images = next(iter(test))[0][:IMAGES]
    finer = refine(network, made, images, halvings) if halvings else None
    return record(made, work, source, found, runs), change, found, finer


def finished(run: str, runs: Path) -> tuple[str, Job]:
    """The id and the job of a run. Raises OdenetsError for one that is not there, or not done."""
    from odenets.database import existing
    from odenets.jobs import Job
    from odenets.records import Records

    with Records(existing(runs)) as records:
        found = records.run(run)
    if found.status != "done":
        raise OdenetsError(f"run {found.id} is {found.status}, not done: odenets train --resume {found.id}")
    return found.id, Job.from_dict(found.config)


def batches(work: Job, limit: int | None) -> tuple[Any, Any]:
    """Training images that set statistics, and the test images."""
    from odenets import data
    from odenets.data.dataset import Split
    from odenets.training import CALIBRATING

    dataset = data.load(work.data, work.folder)
    about: dict[str, Any] = {"mean": dataset.mean, "std": dataset.std, "seed": 0, "device": "cpu"}
    few, test = (
        Split(part.images[:n], part.labels[:n]) for part, n in ((dataset.train, CALIBRATING), (dataset.test, limit))
    )
    plain = {"augment": False, "shuffle": False, **about}
    size = work.recipe.batch_size
    return data.Batches(few, size, **plain), data.Batches(test, 8 * size, **plain)


def print_change(change: Conversion, found: Comparison) -> None:
    print_table(
        f"{change.before} to {change.after}",
        ["stage", "steps before", "after", "time", "step size", "weights"],
        [[i, s.before, s.after, short(s.time), short(s.h), shown(s.weights)] for i, s in enumerate(change.stages, 1)],
        numbers=(1, 2, 3, 4),
    )
    rows = [["original", *(f"{x[0]:.2f}" for x in (found.error, found.loss))],
            ["converted", *(f"{x[1]:.2f}" for x in (found.error, found.loss))]]  # fmt: skip
    print_table("", [f"{found.images} test images", "error %", "loss"], rows, numbers=(1, 2))
    print_text(f"The two agree on {found.agreement:.1f} % of the images.")
    far = [*(f"stage {i}" for i in range(1, len(found.distances))), "logits"]
    print_table("relative distance of the two", far, [[number(x) for x in found.distances]], range(len(far)))


def print_refinement(found: Refinement) -> None:
    places = [*(f"stage {i}" for i in range(1, len(found.original))), "logits"]
    rows = [["original", *map(number, found.original), ""]]
    slopes = ["", *(f"{x:.2f}" for x in found.slopes)]
    for steps, row, slope in zip(found.steps, found.rows, slopes, strict=True):
        rows.append(["-".join(map(str, steps)), *map(number, row), slope])
    limited = f", here {found.promised}" if found.promised < found.order else ""
    rows.append(["theory", *[""] * len(places), f"{found.order}{limited}"])
    itself = number(max(found.accuracy))
    print_table(
        f"relative distance to the flow of the field ({found.reference}, itself within {itself})",
        ["steps", *places, "order"],
        rows,
        range(1, len(places) + 2),
    )
    for reason in found.reasons:
        print_text(f"{reason[0].upper()}{reason[1:]}.")


def number(x: float) -> str:
    return f"{x:.1e}" if math.isfinite(x) else "overflow"


def short(x: object) -> str:
    """A fraction or its text; a long one by its digits."""
    return str(x) if len(str(x)) < 9 else f"{float(Fraction(str(x))):.4g}"


def shown(weights: str) -> str:
    """Places of knots by their number."""
    kind, _, places = weights.partition(":")
    return f"{kind}, {places.count(',') + 1} knots" if "," in places else weights


COMMANDS = (convert,)
