"""Two samples compared: p-values are uniform where the laws are one, and small where they are not; networks by both."""

from math import sqrt

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import energy_distance as scipys
from scipy.stats import kstest

import schemes
from odenets import OdenetsError, build
from odenets.continuous import sde
from odenets.noise import Moments, depth_fields, energy_distance, energy_test, moment_gaps, paths, reference
from schemes import Bernoulli, random


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_the_distance_is_that_of_its_definition(monkeypatch):
    x, y = torch.randn(40, 3, dtype=torch.float64), torch.randn(25, 3, dtype=torch.float64) + 0.3

    def mean(a, b):
        return (a[:, None] - b[None]).norm(dim=-1).mean()

    expected = float(2 * mean(x, y) - mean(x, x) - mean(y, y))
    assert energy_distance(x, y) == pytest.approx(expected, rel=1e-12)
    monkeypatch.setattr("odenets.noise.distances.ROWS", 100)  # one row of distances at a time
    assert energy_distance(x, y) == pytest.approx(expected, rel=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-5, 5), min_size=2, max_size=9), st.lists(st.floats(-5, 5), min_size=2, max_size=9))
def test_on_the_line_it_is_that_of_distribution_functions(x, y):
    """2 ∫ (F - G)² dx; scipy.stats has its root."""
    a, b = (torch.tensor(v, dtype=torch.float64)[:, None] for v in (x, y))
    assert energy_distance(a, b) == pytest.approx(scipys(x, y) ** 2, abs=1e-9)


def test_p_values_are_uniform_where_the_laws_are_one():
    """Samples with heavy tails, of different sizes; the moments' p-value may be too large, as it is Bonferroni's."""
    energies, gaps = [], []
    for _ in range(200):
        x, y = (torch.randn(n, 2) * torch.rand(n, 1).rsqrt().clamp_max(4) for n in (30, 50))
        energies.append(energy_test(x, y, 49).p)
        gaps.append(moment_gaps(torch.randn(200, 1), torch.randn(300, 1), (1,)).p)
    jittered = torch.tensor(energies) - torch.rand(200) / 50  # p is on a grid of 1/50
    assert kstest(jittered.numpy(), "uniform").pvalue > 0.01
    assert kstest(gaps, "uniform").pvalue > 0.01


def test_other_laws_are_found():
    x, y = torch.randn(400, 2), torch.randn(400, 2)
    assert energy_test(x, 1.5 * y).p == 1 / 200 and moment_gaps(x, 1.5 * y, (1, 2)).p < 1e-6
    assert energy_test(x, y + 0.3).p == 1 / 200 and moment_gaps(x, y + 0.3, (1, 2)).p < 1e-3
    assert energy_test(x, x.clone(), 9).distance == pytest.approx(0, abs=1e-12)


def test_gaps_of_moments_have_their_errors():
    x, y = torch.randn(1000, 1, dtype=torch.float64), torch.randn(500, 1, dtype=torch.float64)
    found = moment_gaps(x, y, (1, 2))
    assert found.values[0, 0] == pytest.approx(float(x.mean() - y.mean()), abs=1e-12)
    assert found.errors[0, 0] == pytest.approx(sqrt(1 / 1000 + 1 / 500), rel=0.1)
    assert found.errors[0, 1] == pytest.approx(sqrt(2 / 1000 + 2 / 500), rel=0.2)
    own = Moments((0,), (1, 2), found.values, found.errors, 1000)
    with pytest.raises(OdenetsError, match="take the same for both"):
        moment_gaps(own, y, (1, 2, 3))


REFUSED = {
    "shapes": (lambda: energy_test(torch.zeros(3, 2), torch.zeros(3, 1)), "rows of one shape"),
    "one": (lambda: energy_distance(torch.zeros(1, 2), torch.zeros(3, 2)), "at least two"),
    "nan": (lambda: energy_test(torch.full((3, 1), torch.nan), torch.zeros(3, 1)), "not finite"),
    "permutations": (lambda: energy_test(torch.zeros(3, 1), torch.ones(3, 1), 0), "permutations = 0"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_pair_of_samples_is_refused(case):
    call, said = REFUSED[case]
    with pytest.raises(OdenetsError, match=said):
        call()


# ---- networks ------------------------------------------------------------------------------------------------------

NETWORKS = {
    "stochastic_depth": {"block": "mlp", "values": {"p": "4/5"}},
    "shake_shake": {"block": {"f1": "mlp", "f2": "mlp"}},
}


def trained(name):
    """Four steps on eight numbers, some of training behind them."""
    net = build(scheme=name, layers=(4,), widths=(8,), channels=4, classes=2, **NETWORKS[name])
    x = torch.randn(200, 4)
    labels = (x[:, 0] * x[:, 1] > 0).long()
    adam = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(40):
        adam.zero_grad()
        torch.nn.functional.cross_entropy(net(x), labels).backward()
        adam.step()
    return net.eval()


@pytest.mark.parametrize("name", NETWORKS)
def test_many_steps_of_a_trained_networks_blocks_have_the_law_of_its_equation(name):
    """Weights linear in depth, noise of size √h: with 32 steps a block the law is the equation's, with one not."""
    net = trained(name).requires_grad_(False)
    (scheme, *_), fields = net.schemes(), depth_fields(net.stages[0], 4)
    u = net.stem(torch.randn(1, 4)).expand(400, 8)
    theirs = reference(scheme, fields, u, time=4, steps=128)
    many, few = (paths(scheme, fields, u, h=h, steps=steps) for h, steps in (("1/32", 128), (1, 4)))
    assert energy_test(many, theirs).p > 0.01 and moment_gaps(many, theirs).p > 0.01
    assert energy_test(few, theirs).p < 0.01
    assert theirs.var(0).min() > 0


@torch.no_grad()
def test_piecewise_constant_blocks_have_the_law_of_the_stochastic_twin():
    """odenets.continuous.sde takes the steps of the network one after the other, each with its own block."""
    scheme = schemes.get("stochastic_depth", p="4/5").at(eta=random(Bernoulli("4/5"), per="sample"))
    net = build(scheme=scheme, layers=(4,), widths=(8,), channels=4, classes=2, block="mlp")
    u = net.stem(torch.randn(1, 4)).expand(400, 8)
    (theirs,) = sde(net, dt=1 / 32).train().solvers[0]((u,))
    ours = paths(scheme, depth_fields(net.stages[0], 4, "constant"), u, h="1/32", steps=128)
    linear = paths(scheme, depth_fields(net.stages[0], 4, "linear"), u, h="1/32", steps=128)
    assert energy_test(ours, theirs).p > 0.01 and moment_gaps(ours, theirs).p > 0.01
    assert energy_test(linear, theirs).p < 0.01
