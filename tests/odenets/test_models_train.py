"""Every named model of CIFAR's size learns: after one short run it beats a stated test error by far; chance is 90 %."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from torch.nn.functional import avg_pool2d

from odenets import Records, build, data, models, prepare, train
from odenets.data import Dataset, Split

CIFAR10 = os.environ.get("ODENETS_CIFAR10")


@dataclass(frozen=True)
class Run:
    """A short run: the error in % that it beats, its recipe, and training images of which number and height."""

    error: float
    epochs: int = 2
    batch_size: int = 32
    lr: float = 0.1
    milestones: tuple[int, ...] = (1,)
    images: int | None = None
    height: int = 8
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recipe(self) -> dict[str, Any]:
        return {k: getattr(self, k) for k in ("epochs", "batch_size", "lr", "milestones")}


USUAL = Run(error=30)
DEEP_POST = replace(USUAL, lr=0.01)  # He et al. 2015, section 4.2: at first 0.1 is too large for ResNet-110
TOKENS = Run(error=50, epochs=6, batch_size=16, lr=0.01, milestones=(3, 5), changes={"stem": "patches2"})
WIDE = Run(error=50, epochs=1, batch_size=16, lr=0.01, milestones=(), images=960)
FRACTAL = replace(WIDE, error=65, epochs=3, lr=0.02, height=16)  # 8 pixels cannot be halved four times

RUNS: dict[str, tuple[Run, tuple[float, ...]]] = {  # and the errors that seeds 0, 1, … gave
    "resnet20": (USUAL, (1.7, 2.2, 2.5)),
    "resnet20_post": (USUAL, (4.4, 4.4, 3.9)),
    "lm_resnet20": (USUAL, (2.8, 2.8, 2.2)),
    "resnet32": (USUAL, (3.1,)),
    "resnet32_post": (USUAL, (4.2,)),
    "lm_resnet32": (USUAL, (3.6,)),
    "resnet44": (USUAL, (2.2,)),
    "resnet44_post": (DEEP_POST, (2.5,)),
    "lm_resnet44": (USUAL, (3.9,)),
    "resnet56": (USUAL, (5.0,)),
    "resnet56_post": (DEEP_POST, (4.2, 4.4)),
    "lm_resnet56": (USUAL, (3.9,)),
    "resnet110": (USUAL, (5.3, 2.5)),
    "resnet110_post": (DEEP_POST, (4.4, 5.6)),
    "lm_resnet110": (USUAL, (3.6, 3.1)),
    "resnet164": (USUAL, (3.6,)),
    "lm_resnet164": (USUAL, (3.6,)),
    "resnext29_8x64d": (WIDE, (9.2,)),
    "lm_resnext29_8x64d": (WIDE, (12.2,)),
    "resnext29_16x64d": (WIDE, (12.8,)),
    "lm_resnext29_16x64d": (WIDE, (6.1,)),
    "polynet": (USUAL, (6.1, 5.8, 3.9)),
    "fractalnet20": (FRACTAL, (14.4, 18.6)),
    "revnet38": (USUAL, (1.9, 3.3, 1.4)),
    "revnet110": (USUAL, (3.3, 2.8)),
    "momentum_resnet20": (USUAL, (2.5, 1.4, 1.9)),
    "zerosnet20": (USUAL, (2.5, 3.1, 3.1)),
    "rk4_resnet20": (USUAL, (2.2, 2.5, 1.4)),
    "rk4_resnet20_stages": (USUAL, (1.4, 1.4, 1.7)),
    "tsrk_resnet20": (USUAL, (1.7, 2.5, 2.8)),
    "dimsim_resnet20": (USUAL, (3.9, 3.6)),
    "midpoint_net": (USUAL, (5.3, 4.2, 3.9)),
    "leapfrog_net": (USUAL, (3.1, 2.2, 1.1)),
    "verlet_net": (USUAL, (5.6, 5.8, 5.0)),
    "imexnet": (USUAL, (5.0, 3.1, 5.0)),
    "vit": (TOKENS, (22.2,)),
    "macaron_vit": (TOKENS, (16.9,)),
    "ode_transformer_rk2": (TOKENS, (19.4,)),
    "ode_transformer_rk4": (TOKENS, (22.2,)),
    "mlp_rk2": (USUAL, (5.6, 4.7, 4.4)),
}
ON_CIFAR = {
    "lm_resnext29_8x64d": (Run(error=80, batch_size=16, lr=0.01, images=1280), (70.0,)),
    "revnet38": (Run(error=80, epochs=3, batch_size=64, milestones=(2,), images=2000, height=32), (65.4,)),
}


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return data.load("digits")


def part(split: Split, count: int | None, height: int) -> Split:
    """The first images of a split; each pixel a square of them, or squares of pixels averaged to one."""
    images, own = split.images[:count], split.images.shape[-1]
    if height < own:
        images = avg_pool2d(images.float(), own // height).round().to(images.dtype)
    else:
        images = images.repeat_interleave(height // own, 2).repeat_interleave(height // own, 3)
    return Split(images, split.labels[:count])


def error_of(name: str, run: Run, dataset: Dataset, seed: int = 0) -> float:
    """The test error in % of a model after a run on (part of) a data set."""
    splits = part(dataset.train, run.images, run.height), part(dataset.test, 500, run.height)
    given = Dataset.of(dataset.name, *splits, dataset.classes, augment=False)
    about = {"spec": models()[name].spec, "channels": given.shape[0], **run.changes}
    work, _ = prepare("digits", recipe=run.recipe, seed=seed, precision="fp32", threads=1, **about)
    with TemporaryDirectory() as folder:  # pytest would keep gigabytes of checkpoints
        made = train(work, folder, dataset=given)
        with Records(Path(folder)) as records:
            return float(records.run(made).summary["test_error"])


def test_every_model_of_this_size_has_a_run_with_a_margin() -> None:
    assert set(RUNS) == {name for name, model in models().items() if model.image == 32}
    for run, seen in [*RUNS.values(), *ON_CIFAR.values()]:
        assert run.error - max(seen) >= 10


def test_patches_are_as_large_as_positions_so_that_they_are_seen() -> None:
    torch.manual_seed(0)
    tokens = build("vit", channels=1, stem="patches2").stem(torch.randn(256, 1, 8, 8))
    assert 0.8 < tokens.std(0).mean() < 1.2  # positions are the same in all images


def test_a_model_for_tables_takes_images_as_rows() -> None:
    work, _ = prepare("digits", spec=models()["mlp_rk2"].spec)
    assert build(work.spec)(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_model_learns_digits(name: str, digits: Dataset) -> None:
    run, _ = RUNS[name]
    assert error_of(name, run, digits) < run.error


@pytest.mark.slow
@pytest.mark.skipif(not CIFAR10, reason="ODENETS_CIFAR10 does not name the folder of CIFAR-10's official files")
@pytest.mark.parametrize("name", ON_CIFAR)
def test_model_learns_a_slice_of_cifar10(name: str) -> None:
    run, _ = ON_CIFAR[name]
    assert error_of(name, run, data.load("cifar10", CIFAR10)) < run.error
