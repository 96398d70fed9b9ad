"""What the page of evidence says of its claims: by intervals and by counts, and never more than the results give."""

import math

import numpy as np
import pytest

from analysis.k_theory import LearnedK
from odenets.studies.evidence_acceleration import FIXED
from odenets.studies.evidence_claims import counted, difference, judged
from odenets.studies.evidence_compression import shares_saved
from odenets.studies.evidence_learned import decaying_inside, effective_depth, learned_k, products, sawteeth
from odenets.studies.evidence_runs import read
from odenets.studies.statistics import Interval
from tests.odenets.studies.result_files import RECIPE, K, claim, inside, made, measures, write


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


def test_without_a_tuning_nothing_says_that_another_recipe_was_used(tmp_path):
    text = "Every network of as many epochs as ResNet-20 was trained by the recipe with the lowest held-out error"
    write(tmp_path, "resnet20")
    assert claim(made(tmp_path), text).outcome == "not run yet"
    write(tmp_path, "tune_steps", 100, held_out=5000)
    assert claim(made(tmp_path), text).outcome == "holds"


def test_networks_of_different_recipes_are_not_compared(tmp_path):
    for seed in range(3):
        write(tmp_path, "resnet20", seed, 12 + 0.1 * seed)
        write(tmp_path, "lm_resnet20", seed, 9 + 0.1 * seed, recipe={**RECIPE, "lr": 0.2})
    found = claim(made(tmp_path), "LM-ResNet-20 has a lower test error than ResNet-20")
    assert (found.outcome, found.grounds) == ("not decided", "not compared, as their recipes differ")


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


@pytest.mark.parametrize("k, measured, outcome", [(-2.0, 3.0, "holds"), (-2.0, 0.5, "does not hold"),
                                                  (-0.5, 1.4, "holds"), (0.5, 1.4, "does not hold")])  # fmt: skip
def test_a_step_with_any_negative_k_is_to_go_further_than_f(tmp_path, k, measured, outcome):
    """Also behind k = -1, where 1/(1 + k) is negative."""
    advance = {"measured": [measured], "transient": [1 - k], "limit": [1 / (1 + k)]}
    trained = {"gradients": [1.0, 1.0], "advance": advance}
    write(tmp_path, "lm_resnet20", measures={"sensitivity": {"trained": trained, "before": trained}})
    found = claim(made(tmp_path), "A step goes along f by more than f where k < 0 and by less where k > 0")
    assert found.outcome == outcome


@pytest.mark.parametrize(
    "errors, outcome",
    [((60.0, 58.0), "holds"), ((60.0, 12.5), "in part"), ((12.5, 12.0), "not decided"), ((5.0, 12.0), "does not hold")],
)
def test_a_part_taken_out_is_judged_in_each_training_by_its_test_images(tmp_path, errors, outcome):
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
    assert [counted("", n, 3, "").outcome for n in (0, 1, 3)] == ["does not hold", "in part", "holds"]


def test_learned_k_against_theory_by_hand(tmp_path):
    write(tmp_path, "lm_resnet20", k=K)
    data = learned_k(read(tmp_path)["cpu"].of("lm_resnet20"))
    assert effective_depth(data) == pytest.approx([float("nan")], nan_ok=True)  # -2 has none
    inside = LearnedK.read(np.array(K, float)[:1], [3, 3, 3])
    assert effective_depth(inside) == pytest.approx([3 + 6 / 0.95])
    assert products(data, 0) == pytest.approx([0.25, 0.125, 1.0])
    assert sawteeth(data) == [[True, True, True]]
    kept_positive = LearnedK.read([[math.nan, 0.3, 0.2, math.nan, 0.01, -0.01]], [3, 3])
    assert sawteeth(kept_positive) == [[False, True]]  # the replication's k decay to below 0 within a stage
    found = made(tmp_path)
    text = "The replication's sawtooth: the first k of a stage is positive, its last negative"
    assert claim(found, text).outcome == "holds"
    assert "none: k ≤ −1" in found.text
    deeper = "Σ 1/(1 + k_n) is above the number of steps: the network acts as a deeper one"
    assert claim(found, deeper).outcome == "not run yet"
    assert claim(found, "Every k ends inside the zero-stable range −1 < k ≤ 1").outcome == "does not hold"


def test_what_the_replication_saw_at_depth_32_is_not_refuted_at_depth_20(tmp_path):
    text = "The last k is past that range, as the replication found at depths 32, 44 and 56"
    write(tmp_path, "lm_resnet20", k=[[None, -0.05, -0.05] * 3] * 2)
    assert claim(made(tmp_path), text).outcome == "not run yet"
    write(tmp_path, "short_lm_resnet32", k=[[None, *[-0.05] * 4] * 3] * 2, steps=[5, 5, 5])
    assert claim(made(tmp_path), text).grounds == "in 0 of 1 trainings"


@pytest.mark.parametrize("after, outcome", [(-0.04, "does not hold"), (-0.05, "does not hold"), (-0.5, "holds")])
def test_an_effective_depth_that_the_start_has_is_no_finding_of_training(tmp_path, after, outcome):
    """k begins in [-0.1, 0]: Σ 1/(1 + k) is above the number of steps before anything is learned."""
    write(tmp_path, "lm_resnet20", k=[[None, x, x] * 3 for x in (-0.05, after)])
    found = made(tmp_path)
    assert claim(found, "Training makes Σ 1/(1 + k_n) larger: k falls on the whole").outcome == outcome


def test_modes_that_grow_by_themselves_are_in_no_share():
    assert decaying_inside(inside(0.25, 0.75), "before") == 25
    assert decaying_inside(inside(0.25, 0.75), "after") == 75
    assert decaying_inside({"after": [[[0.5, 0.0]]]}, "after") is None


@pytest.mark.parametrize("short", [0, 1])
def test_spectra_are_averaged_over_the_seeds_that_have_a_step(tmp_path, short):
    """A step of one seed whose eigenvalues did not converge has no share: the other steps keep their places."""
    for seed in (0, 1):
        found = measures(-0.5)
        steps = found["spectra"]["steps"]
        steps[1].update(inside(0.75, 1.0))
        if seed == short:
            steps[0].update(inside_after=None, growth_after=None)
        write(tmp_path, "resnet20", seed, measures=found)
    lines = [x for x in made(tmp_path).text.splitlines() if x.startswith("| resnet20! | 1.")]
    assert [x.split(" | ")[3:5] for x in lines] == [["25", "50"], ["75 ± 0", "100 ± 0"]]


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
