"""Commands that make networks: models, build, train."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from odenets.cli.common import console, print_json, print_table, print_text
from odenets.cli.design import USUAL, Design, image_size, spec_of
from odenets.errors import OdenetsError


def models(*, markdown: bool = False, json: bool = False) -> None:
    """List the named models, with their parameters and the published number.

    Example: odenets models

    Parameters
    ----------
    markdown
        Print the tables of docs/models.md: also multiply-adds, and the step of each scheme.
    json
        Print JSON only.
    """
    if markdown:
        from odenets.cli.model_page import markdown as tables

        print_text(tables())
        return
    from odenets.cli.model_page import sketches

    rows: list[dict[str, Any]] = [
        {"name": m.name, "summary": m.summary, "scheme": m.spec.label, "image": m.image, "parameters": count,
         "published": m.published, "differs": m.differs, "source": m.source}
        for m, _, count in sketches()
    ]  # fmt: skip
    if json:
        print_json(rows)
        return
    print_table(
        f"{len(rows)} models",
        ["name", "scheme", "parameters", "published", "what"],
        [[r["name"], r["scheme"], f"{r['parameters']:,}", published(r["published"]), r["summary"]] for r in rows],
        numbers=(2, 3),
    )


def published(count: float | int | None, counted: str = "") -> str:
    """A number of parameters: as a paper prints it, in millions, or as code has it, 25,557,032 (torchvision)."""
    by = f" ({counted})" if counted else ""
    return "" if count is None else (f"{count:,}" if isinstance(count, int) else f"{count} M") + by


def build(
    spec: str = "lm2",
    design: Design = USUAL,
    *,
    image: int | None = None,
    channels: int | None = None,
    classes: int | None = None,
    batch: int = 32,
    measure: bool = False,
    device: str = "cpu",
    json: bool = False,
) -> None:
    """Build a network and print what it is: its step, costs, depth and stability.

    Example: odenets build lm2 --depth 56
    Example: odenets build resnet50 --measure
    Example: odenets build macaron_vit --json

    Parameters
    ----------
    spec
        A model (`odenets models`), a scheme (`odenets schemes`), the file of a table, or schemes by stage, "a,b,c", of
        which each may be several that its steps take in turn, "a+b,c,d".
    image
        Height and width of the images in pixels; the length of sequences of tokens.
    channels
        Channels of the images, columns of a table, or the number of different tokens.
    classes
        Number of classes.
    batch
        Examples in the train step that --measure runs.
    measure
        Run a train step and print the memory that it takes.
    device
        Where it runs: cpu or cuda.
    json
        Print JSON only.
    """
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")  # before torch: its profiler announces itself on standard error
    from odenets.cli.facts import advised, codes, counted, formulas, remembered, steps_of
    from odenets.costs import cost_of
    from odenets.network import build as make

    size = image_size(spec, image)
    if batch < 1:
        raise OdenetsError(f"--batch {batch} must be at least 1")
    with told():
        model = make(spec_of(spec, design, channels=channels, classes=classes))
    shape = model.input_shape(size)
    costs = cost_of(model, (batch, *shape), measured_on=device if measure else None)
    steps = steps_of(model)
    rows, facts = model.summary(size), {**counted(costs, shape), **remembered(model), **advised(model, steps)}
    lines, written = formulas(steps), codes(steps)
    if json:
        print_json({"spec": model.spec.as_dict(), "parameters": costs.size.parameters,
                    "learned_coefficients": costs.size.coefficients, "multiply_adds": costs.multiply_adds,
                    "activation_bytes": costs.activation_bytes, "measured_bytes": costs.measured_bytes,
                    "depth": {**vars(costs.depth), "mean": float(costs.depth.mean)}, "parts": rows,
                    "formulas": lines, "code": written, "facts": facts})  # fmt: skip
        return
    print_table(
        f"{spec} ({model.spec.name}): {costs.size.parameters:,} parameters, {costs.size.coefficients:,} of them "
        "learned coefficients",
        ["part", "steps", "output", "parameters", "coefficients", "evaluations a step"],
        [
            [r["part"], r["steps"], r["shape"], f"{r['parameters']:,}", r["coefficients"], r["evaluations"]]
            for r in rows
        ],
        numbers=(1, 3, 4, 5),
    )
    print_table("", ["fact", ""], list(facts.items()))
    for name, formula in lines.items():
        print_text(f"{name}\n\n" + "".join(f"    {line}\n" for line in formula))
    for name, code in written.items():
        print_text(f"{name} as wired:\n\n{indented(code)}")


def train(
    spec: str = "lm2",
    design: Design = USUAL,
    *,
    data: str = "digits",
    folder: Path | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    lr: float | None = None,
    weight_decay: float | None = None,
    milestones: tuple[int, ...] | None = None,
    label_smoothing: float | None = None,
    decay: str | None = None,
    warmup: float | None = None,
    held_out: int | None = None,
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
    Example: odenets train revnet38 --epochs 5
    Example: odenets train --resume 20261121-0203

    Parameters
    ----------
    spec
        A model (`odenets models`), a scheme (`odenets schemes`), the file of a table, or schemes by stage, "a,b,c", of
        which each may be several that its steps take in turn, "a+b,c,d".
    data
        digits (embedded), cifar10, cifar100 or folder.
    folder
        Where the data are: the official CIFAR folder, or ROOT with train/CLASS/* and val/CLASS/*.
    epochs
        Passes over the training set; milestones of the recipe move along unless given.
    batch_size, lr, weight_decay, milestones, label_smoothing
        In place of the recipe's own: the paper's on CIFAR, a short one on digits.
    decay
        How lr falls: steps (behind each of the milestones), linear or cosine (to 0 at the end, batch by batch).
    warmup
        Epochs over which lr rises from 0.
    held_out
        Test on that many of the training images, which are then not trained on, in place of the test set.
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
    from odenets.jobs import prepare
    from odenets.progress import progress
    from odenets.records import Records
    from odenets.training import resume as resume_run
    from odenets.training import train as train_run

    given = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "weight_decay": weight_decay,
             "milestones": milestones, "label_smoothing": label_smoothing, "decay": decay,
             "warmup": warmup}  # fmt: skip
    with told(), progress(console(error=True)) as report:
        if resume is not None:
            own = (design, data, folder, seed, precision, device, threads, held_out, *given.values())
            if (spec, *own) != ("lm2", USUAL, "digits", None, 0, "auto", "cpu", None, None, *[None] * len(given)):
                raise OdenetsError("--resume continues a run as it was begun: give only --runs and --json beside it")
            run = resume_run(resume, runs, report)
        else:
            work, dataset = prepare(
                data, folder, {k: v for k, v in given.items() if v is not None}, spec=spec_of(spec, design),
                seed=seed, precision=precision, device=device, threads=threads, held_out=held_out,
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


@contextmanager
def told() -> Iterator[None]:
    """Warnings of a design as lines on standard error, each once and when it is given."""
    from odenets.advice import StabilityWarning
    from odenets.memory import MemoryWarning

    said: set[str] = set()

    def say(message: Warning | str, category: type[Warning], *about: Any, **more: Any) -> None:
        if not issubclass(category, StabilityWarning | MemoryWarning):
            usual(message, category, *about, **more)
        elif str(message) not in said:
            said.add(str(message))
            console(error=True).print(f"warning: {message}", markup=False, soft_wrap=True)

    with warnings.catch_warnings():
        usual, warnings.showwarning = warnings.showwarning, say
        for own in (StabilityWarning, MemoryWarning):
            warnings.simplefilter("always", own)
        yield


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


COMMANDS = (models, build, train)
