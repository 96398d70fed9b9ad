"""The command that studies noise in networks: noise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from odenets.cli.common import console, print_json, print_text
from odenets.cli.design import USUAL, Design


def noise(
    design: Design = USUAL,
    *,
    noises: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = (),
    bases: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative="")] = ("euler", "lm2"),
    seeds: int = 3,
    p_last: str = "0.8",
    sigma: str = "0.1",
    keep: str = "0.9",
    samples: int = 16,
    images: int = 8,
    draws: int = 32,
    data: str = "digits",
    folder: Path | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    lr: float | None = None,
    precision: str = "fp32",
    device: str = "cpu",
    threads: int | None = None,
    runs: Path = Path("runs/noise"),
    output: Path | None = None,
    json: bool = False,
) -> None:
    """Train networks with and without noise, measure them, and compare their features with the stochastic equation.

    On the digits the networks are small and the whole study takes some minutes. Interrupted, it goes on where it was.

    Example: odenets noise
    Example: odenets noise --noises stochastic_depth stochastic_depth_preserving --seeds 6
    Example: odenets noise --data cifar10 --folder ~/cifar-10-batches-bin --depth 56 --noises stochastic_depth

    Parameters
    ----------
    noises
        none, stochastic_depth, stochastic_depth_preserving, drop_path, shake_shake, gaussian, gaussian_at_test,
        multiplicative, dropout, or a scheme of the registry that draws; the usual ones unless given.
    bases
        The schemes that get the noises: euler (ResNet), lm2 (LM-ResNet), or others without noise.
    seeds
        Trainings of each network.
    p_last
        The survival probability of the last block; it falls linearly over the depth from 1.
    sigma
        The size of additive and of multiplicative noise.
    keep
        The probability with which dropout keeps an element.
    samples
        Draws of which the softmaxes are averaged.
    images
        Test images of the features by layer.
    draws
        Draws of the noise for each of these images.
    data
        digits (embedded), cifar10, cifar100 or folder.
    folder
        Where the data are: the official CIFAR folder, or ROOT with train/CLASS/* and val/CLASS/*.
    epochs
        Passes over the training set; milestones of the recipe move along.
    batch_size
        In place of the recipe's own.
    lr
        In place of the recipe's own learning rate.
    precision
        fp32, so that rounding is no further noise; auto takes the fastest (measured), or fp32-channels-last, bf16,
        bf16-channels-last.
    device
        cpu or cuda.
    threads
        Processor threads; all unless said.
    runs
        The folder of the run records and of the results, study.json.
    output
        The page to write; noise.html in the folder of the runs unless given.
    json
        Print JSON only.
    """
    from odenets.noise.noises import Strengths
    from odenets.noise.plans import USUAL as usual
    from odenets.noise.plans import Measures, Plan
    from odenets.noise.studies import study
    from odenets.report_noise import table, write_noise_report

    recipe = {"epochs": epochs, "batch_size": batch_size, "lr": lr}
    options = {"precision": precision, "device": device, "threads": threads}
    plan = Plan(
        data, None if folder is None else str(folder), bases, noises or usual, seeds, Strengths(p_last, sigma, keep),
        Measures(samples, images, draws), design.changes(), said(recipe), said(options),
    )  # fmt: skip
    for warning in plan.prepared[1].warnings:
        console(error=True).print(f"warning: {warning}", markup=False, soft_wrap=True)
    with told() as (report, tell):
        file = study(plan, runs, report, tell)
    page = write_noise_report(file, output or runs / "noise.html")
    if json:
        from odenets.noise.studies import kept

        print_json({"report": str(page), "results": str(file), "networks": table(kept(file))})
    else:
        print_text(f"results: {file}\nreport: {page}")


def said(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


@contextmanager
def told() -> Iterator[tuple[Callable[[dict[str, Any]], None], Callable[[str], None]]]:
    """What takes the events of training, as a bar, and a line for each network."""
    from odenets.cli.networks import told as warned
    from odenets.progress import progress

    target = console(error=True)
    with warned(), progress(target) as bar:

        def report(event: dict[str, Any]) -> None:
            if "batch" in event:  # no line an epoch: there are many networks
                bar(event)

        yield report, lambda line: target.print(line, markup=False)


COMMANDS = (noise,)
