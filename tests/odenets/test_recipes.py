"""Recipes and precision: the paper's schedule, stretching, and a choice that leaves the model alone."""

from __future__ import annotations

import copy
import math

import pytest
import torch

from odenets import OdenetsError, build
from odenets.precision import PRECISIONS, choose
from odenets.recipes import RECIPES, Recipe


def test_cifar_trains_as_in_the_paper() -> None:
    # Lu et al. 2018: SGD, momentum 0.9, batch 128, weight decay 1e-4, lr 0.1 divided by 10 at 80 and 120 of 160 epochs
    recipe = RECIPES["cifar10"]
    assert (recipe.epochs, recipe.batch_size, recipe.momentum, recipe.weight_decay) == (160, 128, 0.9, 1e-4)
    assert recipe.label_smoothing == 0
    steps = {0: 0.1, 79: 0.1, 80: 0.01, 119: 0.01, 120: 0.001, 159: 0.001}
    assert {e: recipe.lr_at(e) for e in steps} == pytest.approx(steps)
    hundred = RECIPES["cifar100"]  # 150, 225 of 300
    assert [hundred.lr_at(e) for e in (149, 150, 225)] == pytest.approx([0.1, 0.01, 0.001])


def test_a_recipe_pressed_to_fewer_epochs_keeps_its_proportions() -> None:
    short = RECIPES["cifar10"].over(16)
    assert (short.epochs, short.milestones) == (16, (8, 12))
    assert short.over(160) == RECIPES["cifar10"]
    assert Recipe(epochs=20, warmup=2).over(10).warmup == 1


def test_lr_rises_over_the_warm_up_and_falls_to_0_at_the_end() -> None:
    linear = Recipe(epochs=15, lr=0.2, decay="linear", warmup=3)
    at = {0: 0, 1.5: 0.1, 3: 0.2, 9: 0.1, 15: 0}
    assert {e: linear.lr_at(e) for e in at} == pytest.approx(at)
    cosine = Recipe(epochs=10, lr=0.2, decay="cosine", milestones=(1, 2))
    assert [cosine.lr_at(e) for e in (0, 5, 10)] == pytest.approx([0.2, 0.1, 0])
    assert cosine.lr_at(2.5) == pytest.approx(0.2 * (1 + math.cos(math.pi / 4)) / 2)


def test_steps_warm_up_as_well() -> None:
    steps = Recipe(epochs=10, milestones=(4,), warmup=2)
    assert [steps.lr_at(e) for e in (0, 1, 2, 3.99, 4)] == pytest.approx([0, 0.05, 0.1, 0.1, 0.01])


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"lr": 0.0},
        {"momentum": 1.0},
        {"weight_decay": -1.0},
        {"lr": float("nan")},
        {"decay": "fall"},
        {"warmup": 160},
        {"warmup": -1},
        {"milestones": ("a",)},
        {"milestones": (3, -1)},
    ],
)
def test_a_recipe_that_cannot_train_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(OdenetsError, match=next(iter(wrong))):
        Recipe(**wrong)  # type: ignore[arg-type]


def test_auto_takes_one_of_the_four_and_leaves_the_model_alone() -> None:
    torch.manual_seed(0)
    model = build(scheme="lm2", depth=8, widths=(2, 4, 8))
    before = copy.deepcopy(model.state_dict())
    assert choose("auto", model, torch.randn(2, 3, 8, 8), torch.tensor([0, 1])) in PRECISIONS
    after = model.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_named_precision_is_not_measured(precision: str) -> None:
    assert choose(precision, None, None, None) == precision  # type: ignore[arg-type]
