"""What the page of evidence says of learned k, of the blocks' spectra, and of both against theory."""

import json
import math
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.k_theory import LearnedK
from odenets.studies.evidence_learned import effective_depth, learned_k, products, sawteeth
from odenets.studies.evidence_modified import FIXED
from odenets.studies.evidence_runs import read
from odenets.studies.evidence_spectra import CHANGES, moved, share_inside
from schemes import dumps, get
from tests.odenets.studies.result_files import K, claim, inside, made, measures, write

LONGER = "Training makes Σ 1/(1 + k_n) larger, which any scatter of the k does"
FURTHER = "The trained network goes further along its f than as many Euler steps, by the sum of its measured advances"
FALLING = "Within a stage k falls from its first to its last (looked for when this had been seen)"


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
    text = "The last k ends outside −1 < k ≤ 1, as the replication found at depths 32, 44 and 56"
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
    told = [c for c in made(tmp_path).claims if "of ResNet-20's blocks are inside" in c.text]
    assert [c.outcome for c in told] == [outcome] * 2


def test_what_training_adds_to_the_share_is_split_into_blocks_and_k():
    """-1 + 0.9i is in Euler's disc and not in the flat ellipse of k = -1/2; -2.5 the other way round."""
    ks = {"before": Fraction(0), "after": Fraction(-1, 2)}
    values = {"before": [[[-1.0, 0.9], [0.5, 0.0]]], "after": [[[-2.5, 0.0], [0.5, 0.0]]]}
    step = {"stage": 0, "step": 1, "inside_before": 0.0, "inside_after": 0.0, **values}
    step |= {f"table_{when}": json.loads(dumps(get("lm2").at(k=k), "json")) for when, k in ks.items()}
    result = SimpleNamespace(measure=lambda name: {"steps": [step]})
    assert [moved([result], False, *change)[0] for change in CHANGES] == [[0], [-100], [-100]]
    assert [moved([result], True, *change)[0] for change in CHANGES] == [[0], [-50], [-50]]


def test_a_k_outside_the_range_is_named_wherever_it_was_learned(tmp_path):
    write(tmp_path, "lm_resnet20", k=[[None, -0.05, -0.05] * 3] * 2)
    write(tmp_path, "stochastic_depth", k=[[None, -0.05, -0.05] * 3, [None, -0.5, -1.25] * 3])
    found = claim(made(tmp_path), "Every k ends inside the zero-stable range −1 < k ≤ 1")
    steps = ", ".join(f"−1.25 in step {n}" for n in (3, 6, 9))
    assert found.grounds == f"1 of 2 trainings; stochastic_depth!: {steps}"


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


def test_modes_that_grow_by_themselves_are_in_no_share():
    assert share_inside(inside(0.25, 0.75), "before") == 25
    assert share_inside(inside(0.25, 0.75), "after") == 75
    assert share_inside({"after": [[[0.5, 0.0]]]}, "after") is None


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


def test_a_consistent_scheme_has_steps_of_1_whatever_its_k(tmp_path):
    write(tmp_path, "lm2_consistent", k=[[None, -0.05, -0.05] * 3, [None, -0.5, -0.5] * 3])
    found = made(tmp_path)
    assert claim(found, LONGER).outcome == "not run yet"
    assert "| lm2_consistent! | 9 | −0.500 | −0.500 | −0.050 | −0.500 | 0 | — | — | — |" in found.text
    assert claim(found, "Training lowers the mean of the k").grounds == "1 of 1 trainings"
