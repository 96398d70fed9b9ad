"""Blocks that draw, and blocks that keep statistics, evaluated twice and as if once.

Each test is one at which a library of reversible networks is silently wrong (test_memory_peers).
"""

from fractions import Fraction

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from odenets.memory import Chain, Memory
from odenets.wiring import wire
from schemes import Bernoulli, Uniform, get, random
from tests.odenets.reversing import AGAIN, EXACT, RULES, WAYS, WIDTH, apart, chain, field, gradients, inputs, off, plain

F = Fraction
BUSY = {"norm": True, "dropout": 0.3, "c": 0.1}


def buffers(net):
    return {name: buffer.clone() for name, buffer in net.named_buffers()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("name", RULES)
def test_batch_norm_and_dropout_at_depth_200(name):
    net = chain(get(name, **RULES[name]), block=field(**BUSY), depth=200)
    twin = plain(net)
    assert off(gradients(net, inputs()), gradients(twin, inputs())) < 1e-4
    assert same(buffers(net), buffers(twin))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["revnet", "stormer_verlet", "leapfrog", "euler"])
def test_statistics_are_tracked_once(name, way):
    """Running means, variances and counters after three passes, bit for bit; in double the sums are others."""
    if way == "double" and name == "euler":
        pytest.skip("nothing is rebuilt of Euler's scheme")
    net = chain(name, WAYS[way], block=field(**BUSY))
    twin = plain(net)
    for seed in range(3):
        given = inputs(len(net.steps[0].scheme.states))
        assert off(gradients(net, given, seed=seed), gradients(twin, given, seed=seed)) < 1e-5
        found, true = buffers(net), buffers(twin)
        counters = {name for name in true if name.endswith("num_batches_tracked")}
        assert counters and all(int(found[name]) == seed + 1 for name in counters)
        if way == "double":
            assert all(torch.allclose(found[name].double(), true[name].double(), rtol=1e-5) for name in true)
        else:
            assert same(found, true)


@pytest.mark.parametrize("momentum", [None, 0.5])
def test_also_with_a_cumulative_average(momentum):
    def block():
        return nn.Sequential(nn.BatchNorm1d(WIDTH, momentum=momentum), nn.Linear(WIDTH, WIDTH))

    net = chain("leapfrog", block=block, depth=3)
    twin = plain(net)
    gradients(net, inputs()), gradients(twin, inputs())
    assert same(buffers(net), buffers(twin))


@pytest.mark.parametrize("way", WAYS)
def test_norms_in_evaluation_inside_a_training_network(way):
    """Frozen norms use their running statistics in the second evaluation, too."""
    net = chain("leapfrog", WAYS[way], block=field(norm=True))
    for step in list(net.steps)[::2]:
        for module in step.modules():
            if isinstance(module, nn.BatchNorm1d):
                module.eval()
                module.running_mean.normal_()
    assert apart(net, inputs()) < 1e-5


@pytest.mark.parametrize("way", WAYS)
def test_instance_norm_and_batch_norm_without_statistics(way):
    def block():
        norms = nn.BatchNorm1d(4, track_running_stats=False), nn.InstanceNorm1d(4, track_running_stats=True)
        return nn.Sequential(*norms, nn.Conv1d(4, 4, 3, padding=1))

    net = chain("revnet", WAYS[way], block=block, depth=4)
    twin = plain(net)
    given = inputs(shape=(5, 4, 7))
    assert off(gradients(net, given), gradients(twin, given)) < 1e-5
    if way != "double":
        assert same(buffers(net), buffers(twin))


@pytest.mark.parametrize("way", WAYS)
def test_spectral_norm_iterates_once(way):
    """Its evaluation in training moves the vectors of its power iteration, so the weights of a second one differ."""

    def block():
        return nn.Sequential(spectral_norm(nn.Linear(WIDTH, WIDTH)), nn.Tanh())

    net = chain("leapfrog", WAYS[way], block=block)
    twin = plain(net)
    assert off(gradients(net, inputs()), gradients(twin, inputs())) < 1e-5
    found, true = buffers(net), buffers(twin)
    assert all(torch.allclose(found[name], true[name], atol=1e-6) for name in true)


# ---- draws ------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("per", ["batch", "sample", "element"])
def test_stochastic_depth_draws_the_same_survivors(per, way):
    eta = random(Bernoulli(F(1, 2)), per=per)
    net = chain(get("lm2_stochastic_depth", k=F(-19, 20), eta=eta), WAYS[way], block=field(dropout=0.3), depth=20)
    if (per, way) == ("element", "double"):
        pytest.skip("a plain pass has no draws in double precision to compare with")
    assert apart(net, inputs()) < 1e-4


@pytest.mark.parametrize(
    "name", ["stochastic_depth", "shake_shake", "gaussian_noise", "fractalnet_drop_path", "milstein"]
)
def test_other_draws(name):
    net = chain(name, Memory(checkpoint=2), block=field(dropout=0.3), depth=5)
    assert apart(net, inputs(len(net.steps[0].scheme.states))) < 1e-6


@pytest.mark.parametrize("way", WAYS)
def test_the_random_state_is_afterwards_that_of_a_plain_pass(way):
    net = chain("leapfrog", WAYS[way], block=field(dropout=0.3))
    gradients(net, inputs())
    ours = torch.rand(4)
    gradients(plain(net), inputs())
    assert torch.equal(ours, torch.rand(4))


def test_draws_between_the_passes_do_not_matter():
    """Dropout masks are those of the forward pass, whatever was drawn before the backward pass."""
    net = chain("revnet", block=field(dropout=0.5))
    x, y = inputs()
    found = []
    for model, more in ((net, 17), (plain(net), 0)):
        torch.manual_seed(1)
        loss = sum(state.square().sum() for state in model(x, y))
        torch.rand(more)
        found.append(torch.autograd.grad(loss, list(model.parameters())))
    assert off(*found) < 1e-5


class Masks(nn.Module):
    """Dropout that remembers what it has drawn."""

    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def forward(self, u):
        mask = torch.rand_like(u) < 0.5
        self.seen.append(mask)
        return 0.1 * u * mask


@pytest.mark.parametrize("way", ["kept", "exact", "double", "again"])
def test_each_stage_has_its_own_masks_and_sees_them_again(way):
    seen = []
    net = Chain([wire(get("stormer_verlet"), {"f": Masks(seen), "g": Masks(seen)}) for _ in range(3)], WAYS[way])
    x, y = (z.requires_grad_() for z in inputs())
    loss = sum(z.sum() for z in net(x, y))
    first, count = list(seen), len(seen)
    assert count == 9
    loss.backward()
    assert len({tuple(mask.flatten().tolist()) for mask in first}) == count
    assert all(any(torch.equal(mask, old) for old in first) for mask in seen[count:])
    assert all(any(torch.equal(mask, old) for mask in seen[count:]) for old in first)


def test_random_coefficients_are_their_means_in_evaluation():
    eta = random(Uniform(F(0), F(1)), per="sample")
    net = chain(get("lm2_stochastic_depth", k=F(-19, 20), eta=eta), block=field(dropout=0.5)).eval()
    assert apart(net, inputs()) < 1e-5
    assert [g is None for g in gradients(net, inputs())] == [False] * (2 + len(list(net.parameters())))


# ---- what a block may be ------------------------------


@pytest.mark.parametrize("memory", [EXACT, AGAIN, Memory(reversible=True)])
def test_a_block_may_change_its_input_in_place(memory):
    def block():
        return nn.Sequential(nn.ReLU(inplace=True), nn.Linear(WIDTH, WIDTH))

    net = chain("symplectic_euler", memory, block=block)
    out_of_place = plain(net)
    for module in out_of_place.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    copies = tuple(x.clone() for x in inputs())
    true = gradients(out_of_place, copies)
    for module in out_of_place.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = True
    assert off(gradients(net, copies), true) < 1e-5


@pytest.mark.parametrize("way", WAYS)
def test_a_block_without_parameters_and_one_that_forgets_its_input(way):
    class Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = nn.Parameter(torch.ones(WIDTH))

        def forward(self, u):
            return self.c.expand_as(u)

    steps = [wire(get("revnet"), {"f": Constant(), "g": nn.Tanh()}) for _ in range(3)]
    assert apart(Chain(steps, WAYS[way]), inputs()) < 1e-5
