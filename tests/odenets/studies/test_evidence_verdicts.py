"""What the page of evidence says of its claims: by intervals and by counts, and never more than the results give."""

import math

import numpy as np
import pytest

from analysis.k_theory import LearnedK
from odenets.studies.evidence_claims import counted, difference, judged
from odenets.studies.evidence_compression import shares_saved
from odenets.studies.evidence_learned import effective_depth, learned_k, products, sawteeth
from odenets.studies.evidence_modified import FIXED
from odenets.studies.evidence_runs import read
from odenets.studies.evidence_spectra import decaying_inside
from odenets.studies.statistics import Interval
from tests.odenets.studies.result_files import RECIPE, K, claim, inside, made, measures, write

LONGER = "Training makes Σ 1/(1 + k_n) larger, which any scatter of the k does"
FURTHER = "The trained network goes further along its f than as many Euler steps, by the sum of its measured advances"
FALLING = "Within a stage k falls from its first to its last (looked for when this had been seen)"


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
    "k, measured, outcome", [(-2.0, 3.0, "all"), (-2.0, 0.5, "none"), (-0.5, 1.4, "all"), (0.5, 1.4, "none")]
)
def test_a_step_with_any_negative_k_is_to_go_further_than_f(tmp_path, k, measured, outcome):
    """Also behind k = -1, where 1/(1 + k) is negative."""
    advance = {"measured": [measured], "transient": [1 - k], "limit": [1 / (1 + k)]}
    trained = {"gradients": [1.0, 1.0], "advance": advance}
    write(tmp_path, "lm_resnet20", measures={"sensitivity": {"trained": trained, "before": trained}})
    found = claim(made(tmp_path), "A step goes along f by more than f where k < 0 and by less where k > 0")
    assert found.outcome == f"so in {outcome} seen"


@pytest.mark.parametrize(
    "errors, outcome",
    [((60.0, 58.0), "so in all seen"), ((60.0, 12.5), "so in some seen"), ((12.5, 12.0), "not decided"),
     ((5.0, 12.0), "so in none seen")],
)  # fmt: skip
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
    assert [counted("", n, 3, "").outcome for n in (0, 1, 3)] == [f"so in {x} seen" for x in ("none", "some", "all")]


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
    assert claim(found, text).outcome == "so in all seen"
    assert "none: k ≤ −1" in found.text
    assert claim(found, LONGER).outcome == "not run yet"
    assert claim(found, "Every k ends inside the zero-stable range −1 < k ≤ 1").outcome == "so in none seen"


def test_what_the_replication_saw_at_depth_32_is_not_refuted_at_depth_20(tmp_path):
    text = "The last k is past that range, as the replication found at depths 32, 44 and 56"
    write(tmp_path, "lm_resnet20", k=[[None, -0.05, -0.05] * 3] * 2)
    assert claim(made(tmp_path), text).outcome == "not run yet"
    write(tmp_path, "short_lm_resnet32", k=[[None, *[-0.05] * 4] * 3] * 2, steps=[5, 5, 5])
    assert claim(made(tmp_path), text).grounds == "0 of 1 trainings"


@pytest.mark.parametrize("after, outcome", [(-0.04, "none"), (-0.05, "none"), (-0.5, "all")])
def test_an_effective_depth_that_the_start_has_is_no_finding_of_training(tmp_path, after, outcome):
    """k begins in [-0.1, 0]: Σ 1/(1 + k) is above the number of steps before anything is learned."""
    write(tmp_path, "lm_resnet20", k=[[None, x, x] * 3 for x in (-0.05, after)])
    found = made(tmp_path)
    assert claim(found, LONGER).outcome == f"so in {outcome} seen"
    assert claim(found, "Training lowers the mean of the k").outcome == f"so in {outcome} seen"


def test_a_scatter_of_k_makes_the_sum_larger_and_no_network_deeper(tmp_path):
    """k = ±1/2 about 0: Σ 1/(1 + k) grows from 9 to 11, while every step goes as far as Euler's, or less far."""
    sensitivity = {"trained": {"gradients": [1.0, 1.0], "advance": {"measured": [1.0, 0.75, 1.25] * 3}}}
    for advance in sensitivity["trained"].values():
        if isinstance(advance, dict):
            advance |= {"transient": [1.0] * 9, "limit": [1.0] * 9}
    k = [[None, x, -x] * 3 for x in (0.0, 0.5)]
    write(tmp_path, "lm_resnet20", k=k, measures={"sensitivity": sensitivity})
    found = made(tmp_path)
    assert claim(found, LONGER).outcome == "so in all seen"
    assert claim(found, "Training lowers the mean of the k").outcome == "so in none seen"
    assert claim(found, FURTHER).outcome == "so in none seen"
    assert "| 9.00 | 11.00 | 9.00 |" in found.text
    assert claim(found, FALLING).outcome == "so in all seen"


@pytest.mark.parametrize("later, outcome", [((0.25, 0.75), "holds"), ((0.5, 0.5), "not decided")])
def test_the_first_step_alone_moves_no_share_into_the_region(tmp_path, later, outcome):
    for seed in range(3):
        found = measures(-0.5)
        steps = found["spectra"]["steps"]
        steps[0].update(inside(0.0, 1.0))
        steps[1].update(inside(*later))
        write(tmp_path, "resnet20", seed, measures=found)
    (told,) = [c for c in made(tmp_path).claims if "of ResNet-20's blocks are inside" in c.text]
    assert told.outcome == outcome


@pytest.mark.parametrize(
    "growth, near, order",
    [
        ((1.3, 1.1, 0.95), "none", "all"),
        ((5.0, 2.0, 0.6), "all", "all"),
        ((1.8, 1.4, 0.7), "all", "all"),
        ((1.0, 1.2, 0.6), "some", "some"),
    ],
)
def test_gradients_before_training_against_the_modified_equation(tmp_path, growth, near, order):
    """ln (first / last) of the same blocks: Euler's is 1; predicted are 7, 5/3, 7/9, or 1.87, 1.42, 0.75."""
    for cell, ln in zip(FIXED, (*growth[:2], 1.0, growth[2]), strict=True):
        k = FIXED[cell]
        advance = {"measured": [1.0] * 3, "transient": [1, 1 - k, 1 - k + k**2], "limit": [1, 1 / (1 + k), 1 / (1 + k)]}
        before = {"gradients": [math.exp(ln), 1.0], "advance": advance}
        write(tmp_path, cell, measures={"sensitivity": {"before": before}})
    found = made(tmp_path)
    claims = {c.text.split(" ")[2]: c.outcome for c in found.claims if c.text.startswith("Before training")}
    assert claims == {"ln": f"so in {near} seen", "with": f"so in {order} seen"}


def test_roots_that_grew_in_training_are_counted_over_all_steps(tmp_path):
    for seed, after in enumerate((1.25, 2.0)):
        found = measures(-0.5)
        found["spectra"]["steps"][0]["growth_after"] = after
        write(tmp_path, "resnet20", seed, measures=found)
    told = claim(made(tmp_path), "The largest root of a step is smaller after training than before")
    assert (told.outcome, told.grounds) == ("so in some seen", "3 of 4 steps of all trainings")


def test_a_network_whose_norms_fail_has_no_verdict(tmp_path):
    for seed in range(3):
        write(tmp_path, "resnet20", seed, 12 + 0.1 * seed)
    write(tmp_path, "heun2_equal", error=20.0)
    found = made(tmp_path)
    assert "| no verdict: shared statistics |" in found.text
    assert not [c for c in found.claims if "shared" in c.text]


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
    lines = [
        x for x in made(tmp_path).text.splitlines() if x.startswith(("| resnet20! | 1.1 |", "| resnet20! | 1.2 |"))
    ]
    assert [x.split(" | ")[2:4] for x in lines] == [["25", "50"], ["75 (75 to 75)", "100 (100 to 100)"]]


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
