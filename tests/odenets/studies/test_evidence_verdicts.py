"""What the page of evidence says of its claims: by intervals and by counts, and never more than the results give."""

import math
from dataclasses import replace

import pytest

from odenets.studies.evidence_claims import Claim, at_once, counted, difference, judged
from odenets.studies.evidence_compression import shares_saved
from odenets.studies.evidence_modified import FIXED
from odenets.studies.evidence_runs import read
from odenets.studies.statistics import Interval, holm
from tests.odenets.studies.result_files import RECIPE, claim, made, write


@pytest.mark.parametrize(
    "errors, outcome",
    [((11.0, 11.1, 11.25), "holds"), ((13.0, 13.1, 13.25), "does not hold"), ((11.0, 12.1, 13.0), "not decided"),
     ((11.0,), "not decided")],
)  # fmt: skip
def test_the_verdict_is_that_of_the_interval(tmp_path, errors, outcome):
    for seed, error in enumerate(errors):
        write(tmp_path, "lm_resnet20", seed, error)
        write(tmp_path, "resnet20", seed, 12.0 + 0.1 * seed)
    found = claim(made(tmp_path), "LM-ResNet-20 has a lower test error than ResNet-20")
    assert found.outcome == outcome


def test_a_single_run_is_judged_by_the_spread_of_others_and_said_to_be(tmp_path):
    for seed, error in enumerate((12.0, 12.1, 12.2)):
        write(tmp_path, "resnet20", seed, error)
    write(tmp_path, "zerosnet", 0, 12.2)
    write(tmp_path, "momentum", 0, 15.0)
    runs = read(tmp_path)["cpu"]
    assert (difference(runs, "zerosnet", "resnet20").basis, difference(runs, "zerosnet", "resnet20").sign) == (
        "borrowed",
        0,
    )
    assert difference(runs, "momentum", "resnet20").sign == 1
    assert "favours ResNet-20, spread borrowed" in made(tmp_path).text


def test_a_recipe_has_a_spread_of_its_own_as_soon_as_one_of_its_networks_is_repeated(tmp_path):
    short = {**RECIPE, "epochs": 1, "milestones": []}
    for seed in (0, 1, 2):
        write(tmp_path, "resnet20", seed, 12.0 + 0.1 * seed)
    write(tmp_path, "short_resnet32", 0, 14.0, recipe=short)
    write(tmp_path, "short_resnet44", 0, 15.0, recipe=short)
    assert read(tmp_path)["cpu"].spread("short_resnet44") == (pytest.approx(0.1), 2)
    write(tmp_path, "short_resnet32", 1, 16.0, recipe=short)
    runs = read(tmp_path)["cpu"]
    assert runs.spread("short_resnet44") == (pytest.approx(2**0.5), 1)
    assert runs.spread("resnet20") == (pytest.approx(0.1), 2)
    assert difference(runs, "short_resnet44", "short_resnet32").width > 10


def test_noise_without_a_level_has_no_rise(tmp_path):
    """As levels = [0] in a study leaves it."""
    for cell in FIXED:
        write(tmp_path, cell, measures={"inputs": {"levels": [0], "error": [12.0]}})
    found = claim(
        made(tmp_path), "The lower k, the less noise on the input raises the error (in points, the mean over levels)"
    )
    assert found.outcome == "not run yet"


def test_without_a_tuning_nothing_says_that_another_recipe_was_used(tmp_path):
    write(tmp_path, "resnet20")
    assert "Which results have the chosen recipe: not run yet." in made(tmp_path).text
    write(tmp_path, "tune_steps", 100, held_out=5000)
    write(tmp_path, "zerosnet", recipe={**RECIPE, "lr": 0.2})
    assert "1 of 2 results of as many epochs as ResNet-20's have the recipe of `tune_steps`." in made(tmp_path).text


def test_networks_of_different_recipes_are_not_compared(tmp_path):
    for seed in range(3):
        write(tmp_path, "resnet20", seed, 12 + 0.1 * seed)
        write(tmp_path, "lm_resnet20", seed, 9 + 0.1 * seed, recipe={**RECIPE, "lr": 0.2})
    found = claim(made(tmp_path), "LM-ResNet-20 has a lower test error than ResNet-20")
    assert (found.outcome, found.grounds) == ("not decided", "not compared, as their recipes differ")


def test_a_recipe_is_the_same_however_its_numbers_are_spelled(tmp_path):
    """As TOML has them: warmup = 0 and warmup = 0.0; and a record that is older than a field of recipes."""
    write(tmp_path, "resnet20")
    write(tmp_path, "lm_resnet20", recipe={**RECIPE, "warmup": 0})
    write(tmp_path, "momentum", recipe={name: x for name, x in RECIPE.items() if name != "warmup"})
    runs = read(tmp_path)["cpu"]
    assert runs.comparable("resnet20", "lm_resnet20") and runs.comparable("resnet20", "momentum")


def test_a_training_that_diverged_is_told_and_has_no_error(tmp_path):
    write(tmp_path, "resnet20", 0)
    write(tmp_path, "k_minus_0.9", 0, failed=True, parameters=None, seconds=None, metrics={"train_loss": [None]})
    text = made(tmp_path).text
    assert "diverged: 1 of 1 seeds" in text
    assert "k_minus_0.9-s0.json" in text


@pytest.mark.parametrize(
    "losses, outcome",
    [((1.0, 1.2, 1.4, 1.6), "holds"), ((1.0, 1.2, 1.1, 1.6), "does not hold"), ((1.0, 1.2, 1.201, 1.6), "not decided")],
)
def test_an_order_by_k_needs_every_step_to_be_larger_than_the_spread(tmp_path, losses, outcome):
    for (cell, k), loss in zip(FIXED.items(), losses, strict=True):
        for seed in (0, 1, 2) if k == 0 else (0,):
            metrics = {"test_error": [90, 20, 12], "train_loss": [None, loss + 0.004 * seed, loss]}
            write(tmp_path, cell, seed, metrics=metrics)
    assert claim(made(tmp_path), "The lower k, the lower the training loss of the first epoch").outcome == outcome


@pytest.mark.parametrize("largest, outcome", [(19.0, "not decided"), (40.0, "holds")])
def test_growth_of_gradients_is_compared_by_its_logarithm(tmp_path, largest, outcome):
    """Ratios of 19 and 18 differ by as many hundredths as two seeds of the network whose ratio is 1."""
    for (cell, k), ratio in zip(FIXED.items(), (largest, 18.0, 1.0, 0.1), strict=True):
        for seed in (0, 1, 2) if k == 0 else (0,):
            trained = {"gradients": [ratio * (1 + 0.05 * seed), 1.0], "advance": None}
            write(tmp_path, cell, seed, measures={"sensitivity": {"trained": trained, "before": trained}})
    (found,) = [c for c in made(tmp_path).claims if c.text.startswith("The lower k, the more gradients grow")]
    assert found.outcome == outcome


@pytest.mark.parametrize(
    "errors, outcome",
    [((60.0, 58.0), "holds"), ((60.0, 12.5), "not decided"), ((5.0, 5.1), "does not hold"),
     ((60.0,), "holds"), ((12.5,), "not decided"), ((5.0,), "does not hold")],
)  # fmt: skip
def test_a_part_taken_out_is_judged_by_the_rise_in_each_training(tmp_path, errors, outcome):
    """Of one training by the interval of its test images."""
    for seed, error in enumerate(errors):
        found = {"whole": {"error": 12.0, "recalibrated": 12.0}, "images": 2000, "blocks_removed": {"recalibrated": []},
                 "history_removed": {"error": error, "recalibrated": error}}  # fmt: skip
        write(tmp_path, "lm_resnet20", seed, measures={"ablations": found})
    text = "Control: the trained LM-ResNet-20 is worse with its history removed"
    assert claim(made(tmp_path), text).outcome == outcome


def test_rules_have_no_gap():
    nothing = Interval(float("nan"), float("nan"), float("nan"), "", 0)
    assert judged("", nothing, 1).outcome == "not run yet"
    for sign in (1, -1):
        assert judged("", Interval(sign, sign - 0.5, sign + 0.5), sign).outcome == "holds"
        assert judged("", Interval(sign, sign - 0.5, sign + 0.5), -sign).outcome == "does not hold"
        assert judged("", Interval(sign, sign - 1, sign + 1), sign).outcome == "not decided"
    assert [counted("", n, 3, "").outcome for n in (0, 1, 3)] == [f"so in {x} seen" for x in ("none", "some", "all")]


def test_holm_s_rule_keeps_what_is_beyond_chance_among_many():
    """Four p of 0.01, 0.04, 0.03, 0.005: 0.005 ≤ 0.05/4, 0.01 ≤ 0.05/3, 0.03 > 0.05/2."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]
    assert holm([0.04, math.nan]) == [False, False] and holm([]) == []
    own = [Claim("a", "holds", "x", 0.01), Claim("b", "does not hold", "y", 0.04), Claim("c", "not decided", "z", 0.3)]
    counted_one = Claim("d", "so in all seen", "3 of 3")
    kept = at_once([own[0], counted_one, *own[1:]])
    assert kept == [own[0], counted_one, replace(own[1], outcome="not decided", grounds=kept[2].grounds), own[2]]
    assert kept[2].grounds == "y; by itself p = 0.040, which is not enough among 3 (Holm)"


def test_one_of_three_orders_by_chance_refutes_nothing(tmp_path):
    """Spread 0.01 with 2 degrees of freedom, t = 4.303: 0.06 against 0.0608 for two, 0.0497 for one and three."""
    for (cell, k), loss in zip(FIXED.items(), (1.10, 1.10, 1.0, 1.2), strict=True):
        for seed in (0, 1, 2) if k == 0 else (0,):
            metrics = {"test_error": [90.0, 12.0], "train_loss": [None, loss + 0.01 * (seed - 1) * (k == 0)]}
            write(tmp_path, cell, seed, metrics=metrics)
    found = claim(made(tmp_path), "The lower k, the lower the training loss of the first epoch")
    assert "−0.1000 ± 0.0497" in found.grounds and found.outcome == "does not hold"  # p = 0.013 of three
    for seed in range(3):
        metrics = {"test_error": [90.0, 12.0], "train_loss": [None, 1.04 + 0.01 * (seed - 1)]}
        write(tmp_path, "resnet20", seed, metrics=metrics)
    found = claim(made(tmp_path), "The lower k, the lower the training loss of the first epoch")
    assert "−0.0600 ± 0.0497" in found.grounds and found.outcome == "not decided"  # p = 0.035


def test_a_network_whose_norms_fail_has_no_verdict(tmp_path):
    for seed in range(3):
        write(tmp_path, "resnet20", seed, 12 + 0.1 * seed)
    write(tmp_path, "heun2_equal", error=20.0)
    found = made(tmp_path)
    assert "| no verdict: shared statistics |" in found.text
    assert not [c for c in found.claims if "shared" in c.text]


def test_parameters_saved_are_interpolated_only_between_resnets(tmp_path):
    for name, size, error in (("resnet32", 400_000, 10.0), ("resnet44", 800_000, 8.0), ("lm_resnet20", 200_000, 8.0),
                              ("lm_resnet32", 400_000, 7.0)):  # fmt: skip
        write(tmp_path, f"short_{name}", error=error, parameters=size)
    shares = [share for _, share in shares_saved(read(tmp_path)["cpu"], "short_")]
    assert shares[0] == pytest.approx(0.75)
    assert shares[1] != shares[1]
    assert "LM-ResNet-32: its error, 7.00 %, lies between those of no two ResNets" in made(tmp_path).text


@pytest.mark.parametrize(
    "seeds, error, outcome",
    [(1, 9.9, "not decided"), (3, 9.9, "not decided"), (3, 12.0, "does not hold"), (3, 6.0, "holds")],
)
def test_half_of_the_parameters_needs_an_interval(tmp_path, seeds, error, outcome):
    """9.9: between ResNets of 1.5 and 2.5 times the size, so less than half by interpolation, but by one seed."""
    for seed in range(seeds):
        write(tmp_path, "resnet20", seed, 12 + 0.1 * seed)
    for name, size, own in (("resnet32", 300_000, 10.0), ("resnet44", 500_000, 8.0), ("lm_resnet20", 200_000, error)):
        write(tmp_path, f"short_{name}", error=own, parameters=size)
    found = claim(made(tmp_path), "LM-ResNet needs less than half of ResNet's parameters for equal error")
    assert found.outcome == outcome


def test_where_size_buys_nothing_nothing_can_be_saved(tmp_path):
    text = "Control: ResNet-44 has a lower test error than ResNet-20, so that there is something to save"
    for seed in (0, 1):
        write(tmp_path, "short_resnet20", seed, 15.0 + 0.2 * seed)
        write(tmp_path, "short_resnet44", seed, 14.9 + 0.2 * seed)
    assert claim(made(tmp_path), text).outcome == "not decided"
    for seed in (0, 1):
        write(tmp_path, "short_resnet44", seed, 12.0 + 0.2 * seed)
    assert claim(made(tmp_path), text).outcome == "holds"
