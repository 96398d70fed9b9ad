"""Commands that make networks: build, train."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from odenets.cli.common import assignments, console, print_json, print_table, print_text
from odenets.errors import OdenetsError


@Parameter(name="*")
@dataclass(frozen=True)
class Design:
    """A network's design.

    Parameters
    ----------
    depth
        Convolutions and the head: 6n + 2 with basic blocks in three stages, 9n + 2 with bottlenecks.
    block
        basic, bottleneck or resnext.
    widths
        Channels of each stage.
    share
        One block a field in each step ("field", as in an ODE), or one a stage of the scheme ("stage").
    depth_shared
        The same blocks in every step of a stage: one block applied many times, as in an autonomous ODE.
    activation
        Of the blocks: relu, or a smooth one: softplus, tanh, gelu.
    norm
        Of the blocks: batch, or group, which normalises each image by itself; --depth-shared calls for group.
    set_
        A parameter of the scheme: k=-1/2, p=1:0.5 (linear over the depth), k=learned(-0.1..0), k=learned(0,channel).
    option
        A further argument of the block: cardinality=8, base_width=64.
    """

    depth: int = 20
    block: str = "basic"
    widths: tuple[int, ...] = (16, 32, 64)
    share: Literal["field", "stage"] = "field"
    depth_shared: Annotated[bool, Parameter(negative="")] = False
    activation: str = "relu"
    norm: str = "batch"
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = ()
    option: Annotated[tuple[str, ...], Parameter(negative="")] = ()

    def as_options(self) -> dict[str, Any]:
        try:
            options = {k: int(v) for k, v in assignments(self.option, "--option").items()}
        except ValueError:
            raise OdenetsError(f"--option {' '.join(self.option)}: block options are whole numbers") from None
        own = {"depth": self.depth, "block": self.block, "widths": self.widths, "share": self.share,
               "depth_shared": self.depth_shared, "activation": self.activation, "norm": self.norm}  # fmt: skip
        return {**own, "values": dict(assignments(self.set_)), "options": options}


def build(
    scheme: str = "lm2",
    design: Design = Design(),
    *,
    image: int = 32,
    channels: int = 3,
    classes: int = 10,
    json: bool = False,
) -> None:
    """Build a network and print its parameters, shapes and steps.

    Example: odenets build lm2 --depth 56

    Parameters
    ----------
    scheme
        A name from `odenets schemes`.
    image
        Height and width of the images in pixels.
    channels
        Channels of the images.
    classes
        Number of classes.
    json
        Print JSON only.
    """
    from odenets.network import build as make

    if image < 1:
        raise OdenetsError(f"--image {image} must be at least 1 pixel")
    model = make(scheme=scheme, channels=channels, classes=classes, **design.as_options())
    rows = model.summary(image)
    total = sum(p.numel() for p in model.parameters())
    learned = sum(p.numel() for *_, p in model.coefficients())
    if json:
        print_json({"scheme": scheme, "parameters": total, "learned_coefficients": learned, "parts": rows})
        return
    print_table(
        f"{scheme}, depth {design.depth}: {total:,} parameters, {learned} of them learned coefficients",
        ["part", "steps", "output (C, H, W)", "parameters", "coefficients", "evaluations a step"],
        [
            [r["part"], r["steps"], r["shape"], f"{r['parameters']:,}", r["coefficients"], r["evaluations"]]
            for r in rows
        ],
        numbers=(1, 3, 4, 5),
    )
    print_text(f"A step behind the first of a stage:\n\n{indented(model.steps()[-1][-1].code)}")


def train(
    scheme: str = "lm2",
    design: Design = Design(),
    *,
    data: str = "digits",
    folder: Path | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    lr: float | None = None,
    weight_decay: float | None = None,
    milestones: tuple[int, ...] | None = None,
    label_smoothing: float | None = None,
    seed: int = 0,
    precision: str = "auto",
    device: str = "cpu",
    threads: int | None = None,
    runs: Path = Path("runs"),
    resume: str | None = None,
    json: bool = False,
) -> None:
    """Train a network and record the run, or continue one.

    Example: odenets train lm2 --depth 20
    Example: odenets train lm2 --data cifar10 --folder ~/cifar-10-batches-bin --depth 56
    Example: odenets train --resume 20261121-0203

    Parameters
    ----------
    scheme
        A name from `odenets schemes`.
    data
        digits (embedded), cifar10, cifar100 or folder.
    folder
        Where the data are: the official CIFAR folder, or ROOT with train/CLASS/* and val/CLASS/*.
    epochs
        Passes over the training set; milestones of the recipe move along unless given.
    batch_size, lr, weight_decay, milestones, label_smoothing
        In place of the recipe's own: the paper's on CIFAR, a short one on digits.
    seed
        Of weights, order, augmentation and random coefficients.
    precision
        auto (measured), fp32, fp32-channels-last, bf16 or bf16-channels-last.
    device
        cpu or cuda.
    threads
        Processor threads; all unless said.
    runs
        The folder of the run records.
    resume
        A run's id, name or the beginning of its id: continue it instead.
    json
        Print JSON only.
    """
    from odenets.progress import progress
    from odenets.records import Records
    from odenets.training import prepare
    from odenets.training import resume as resume_run
    from odenets.training import train as train_run

    given = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "weight_decay": weight_decay,
             "milestones": milestones, "label_smoothing": label_smoothing}  # fmt: skip
    with progress(console(error=True)) as report:
        if resume is not None:
            own = (design, data, folder, seed, precision, device, threads, *given.values())
            if (scheme, *own) != ("lm2", Design(), "digits", None, 0, "auto", "cpu", None, *[None] * len(given)):
                raise OdenetsError("--resume continues a run as it was begun: give only --runs and --json beside it")
            run = resume_run(resume, runs, report)
        else:
            work, dataset = prepare(
                data, folder, {k: v for k, v in given.items() if v is not None}, scheme=scheme, seed=seed,
                precision=precision, device=device, threads=threads, **design.as_options(),
            )  # fmt: skip
            for warning in dataset.warnings:
                console(error=True).print(f"warning: {warning}", markup=False, soft_wrap=True)
            run = train_run(work, runs, report, dataset)
    with Records(runs) as records:
        summary = {"run": run, **records.run(run).summary}
    if json:
        print_json(summary)
    else:
        print_text(f"run {run}: test error {summary['test_error']:.2f} % after {summary['epochs']} epochs")
        print_text(f"report: odenets report {run}" + ("" if runs == Path("runs") else f" --runs {runs}"))


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


COMMANDS = (build, train)
