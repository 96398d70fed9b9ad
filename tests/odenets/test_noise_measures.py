"""Calibration, paired tests, robustness and predictions, against numbers made by hand and by other ways."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from odenets.errors import OdenetsError
from odenets.network import build
from odenets.noise.calibration import reliability, scores
from odenets.noise.modes import by_sample, drawing, with_weights
from odenets.noise.pairs import paired, power
from odenets.noise.predictions import probabilities
from odenets.noise.robustness import accuracy, input_noise, perturbed, weight_noise
from schemes import get
from schemes.perturbations import dropped, noised

SMALL = {"block": "mlp", "widths": (6,), "layers": (3,), "channels": 4, "classes": 3}


def network(scheme="euler", **options):
    torch.manual_seed(1)
    return build(scheme=scheme, **{**SMALL, **options})


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(2)
    return torch.randn(40, 4, generator=generator), torch.randint(3, (40,), generator=generator)


# Calibration


def test_ece_of_two_bins_by_hand() -> None:
    """Confidence 0.8 and right in one of two, 0.6 and right both times: (2·|0.5 - 0.8| + 2·|1 - 0.6|)/4 = 0.35."""
    p = torch.tensor([[0.8, 0.2], [0.8, 0.2], [0.4, 0.6], [0.6, 0.4]], dtype=torch.float64)
    found = reliability(p, torch.tensor([0, 1, 1, 0]))
    assert found.ece == pytest.approx(0.35)
    assert sum(found.counts) == 4 and sorted(c for c in found.counts if c) == [2, 2]


def test_a_confidence_on_an_edge_belongs_to_the_bin_below_it() -> None:
    found = reliability(torch.tensor([[0.5, 0.5], [0.75, 0.25]], dtype=torch.float64), torch.tensor([0, 0]), bins=4)
    assert found.counts == (0, 1, 1, 0)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 60), st.integers(0, 1000), st.integers(1, 20))
def test_ece_is_that_of_the_definition(count: int, seed: int, bins: int) -> None:
    random = np.random.default_rng(seed)
    p, labels = random.dirichlet([0.5] * 4, count), random.integers(4, size=count)
    confidence, right = p.max(1), p.argmax(1) == labels
    ece = 0.0
    for b in range(bins):
        inside = (confidence > b / bins) & (confidence <= (b + 1) / bins)
        if inside.any():
            ece += inside.sum() / count * abs(right[inside].mean() - confidence[inside].mean())
    assert reliability(torch.from_numpy(p), torch.from_numpy(labels), bins).ece == pytest.approx(ece, abs=1e-12)


def test_scores_of_a_coin() -> None:
    found = scores(torch.full((4, 2), 0.5), torch.tensor([0, 0, 1, 1]))
    assert found["error"] == 50 and found["nll"] == pytest.approx(np.log(2)) and found["ece"] == pytest.approx(0)


# Paired tests


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6, unique=True), st.integers(0, 99))
def test_p_values_are_those_of_the_definitions(a: list[float], seed: int) -> None:
    b = np.random.default_rng(seed).normal(size=len(a)).tolist()
    found = paired(a, b)
    d = np.subtract(a, b)
    assert found.t == pytest.approx(stats.ttest_rel(a, b).pvalue)
    means = [abs(np.mean(d * signs)) for signs in product((1, -1), repeat=len(d))]
    assert found.flips == pytest.approx(np.mean([m >= abs(d.mean()) - 1e-12 for m in means]))


def test_one_seed_has_a_difference_and_no_test() -> None:
    found = paired([3.0], [2.0])
    assert str(found) == "+1.00" and np.isnan(found.t) and np.isnan(found.flips)


def test_equal_networks_have_no_p_value() -> None:
    assert str(paired([1.0, 2.0], [1.0, 2.0])) == "+0.00 ± 0.00"
    assert str(paired([1.0, -1.001], [0.0, 0.0])).startswith("+0.00 ± ")


@pytest.mark.parametrize(("seeds", "said"), [(1, "no interval"), (3, "below 0.25"), (5, "0.0625"), (6, "0.031")])
def test_what_few_seeds_can_tell(seeds: int, said: str) -> None:
    assert said in power(seeds)
    differences = [1.0] * (seeds - 1) + [2.0]
    if seeds > 1:
        assert paired(differences, [0.0] * seeds).flips == pytest.approx(2.0 ** (1 - seeds))


# Robustness


def test_level_0_is_the_network_itself_and_all_is_as_it_was(rows) -> None:
    x, y = rows
    own = network("lm2").eval()
    before = {name: value.clone() for name, value in own.state_dict().items()}
    assert input_noise(own, x, y, [0.0], 3) == weight_noise(own, x, y, [0.0], 3) == [accuracy(own, x, y)]
    first = weight_noise(own, x, y, [0.5, 3.0], 2)
    assert first == weight_noise(own, x, y, [0.5, 3.0], 2) != weight_noise(own, x, y, [0.5, 3.0], 2, seed=7)
    assert all(torch.equal(value, before[name]) for name, value in own.state_dict().items())


def test_weight_noise_has_the_size_of_the_weights_and_spares_coefficients() -> None:
    own = build(scheme="lm2", values={"k": "learned(-1/2, channel)"}, widths=(16,), layers=(3,), channels=64)
    coefficients = [p.clone() for *_, p in own.coefficients()]
    weight = own.stem.weight
    assert all(p.dim() > 1 for p in coefficients)
    before = weight.detach().clone()
    with perturbed(own, 0.5, 0):
        assert all(torch.equal(p, q) for (*_, p), q in zip(own.coefficients(), coefficients, strict=True))
        ratio = float((weight.detach() - before).square().mean().sqrt() / before.square().mean().sqrt())
    assert coefficients and ratio == pytest.approx(0.5, rel=0.15)


# Draws outside training


def test_draws_come_from_their_seed_and_leave_the_generator_and_the_modes_alone(rows) -> None:
    own = network(noised(get("euler"), 1)).eval()
    state = torch.get_rng_state()
    a, b = (probabilities(own, rows[0], 4, seed=3) for _ in range(2))
    assert torch.equal(a, b) and not torch.equal(a, probabilities(own, rows[0], 4, seed=4))
    assert torch.equal(state, torch.get_rng_state())
    assert not any(module.training for module in own.modules())
    torch.testing.assert_close(a.sum(1), torch.ones(40))


def test_samples_are_averaged_softmaxes(rows) -> None:
    own = network(noised(get("euler"), 1)).eval()
    with drawing(own, 3), torch.no_grad():
        parts = [own(rows[0]).softmax(1) for _ in range(5)]
    torch.testing.assert_close(probabilities(own, rows[0], 5, seed=3), torch.stack(parts).mean(0))


def test_0_samples_are_the_means(rows) -> None:
    own = network(noised(get("euler"), 5))
    plain = with_weights(network().spec, own)
    torch.testing.assert_close(probabilities(own, rows[0]), probabilities(plain, rows[0]))


def test_norms_stay_as_in_evaluation_while_coefficients_are_drawn() -> None:
    own = build(scheme=dropped(get("euler"), "1/2"), widths=(4,), layers=(3,)).eval()
    before = {name: value.clone() for name, value in own.state_dict().items()}
    with drawing(own, 0), torch.no_grad():
        first, second = (own(torch.ones(2, 3, 8, 8)) for _ in range(2))
    assert not torch.equal(first, second)
    assert all(torch.equal(value, before[name]) for name, value in own.state_dict().items())


def distinct(x: torch.Tensor) -> int:
    return len(x.round(decimals=4).unique(dim=0))


def test_draws_by_sample_differ_between_images() -> None:
    own = network(dropped(get("euler"), "1/2"))
    alike = torch.ones(30, 4)
    with drawing(own, 0), torch.no_grad():
        assert distinct(own(alike)) == 1
    other = with_weights(by_sample(own.spec), own)
    with drawing(other, 0), torch.no_grad():
        assert distinct(other(alike)) > 2


def test_negative_samples_are_refused(rows) -> None:
    with pytest.raises(OdenetsError, match="samples = -1"):
        probabilities(network(), rows[0], -1)
