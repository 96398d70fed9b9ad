"""Chains in mixed precision, in half precision and in double precision, and in other orders of memory."""

from contextlib import nullcontext

import pytest
import torch
from torch import nn

from odenets.memory import Chain
from odenets.network import build
from odenets.wiring import wire
from schemes import get, learned
from tests.odenets.reversing import (
    AGAIN,
    DOUBLE,
    EXACT,
    KEPT,
    RULES,
    WAYS,
    apart,
    chain,
    field,
    gradients,
    inputs,
    off,
    plain,
)


def mixed():
    return torch.autocast("cpu", torch.bfloat16)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", RULES)
def test_mixed_precision(name, way):
    """As close to the gradients in single precision as those of a plain pass in mixed precision are."""
    net = chain(get(name, **RULES[name]), WAYS[way], block=field(norm=True, dropout=0.3, c=0.1), depth=20)
    single = gradients(plain(net), inputs())
    ours, theirs = (off(gradients(x, inputs(), casting=mixed), single) for x in (net, plain(net)))
    assert 1e-6 < ours < 1.1 * theirs


@pytest.mark.parametrize("way", WAYS)
def test_mixed_precision_without_a_cache_of_cast_weights(way):
    net = chain("leapfrog", WAYS[way])
    assert apart(net, inputs(), casting=lambda: torch.autocast("cpu", torch.bfloat16, cache_enabled=False)) < 1e-4


@pytest.mark.parametrize("way", WAYS)
def test_a_block_also_used_outside_of_its_chain_in_mixed_precision(way):
    """The forward pass of a chain has no gradients: weights that it casts must not be found in autocast's cache."""

    class Outside(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.block = field()()
            self.steps = Chain([wire(get("leapfrog"), self.block) for _ in range(4)], WAYS[way])

        def forward(self, u, v):
            states = self.steps(u, v)
            return states[0] + self.block(states[1]), states[1]

    net = Outside()
    assert off(gradients(net, inputs(), casting=mixed), gradients(plain(net), inputs())) < 2e-2


@pytest.mark.parametrize("way", WAYS)
def test_states_are_summed_in_single_precision_under_autocast(way):
    net = chain("leapfrog", WAYS[way])
    with mixed():
        assert {x.dtype for x in net(*inputs())} == {torch.float32}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_network_in_half_precision(dtype, way):
    """Its gradients are as far from those in single precision as the plain ones are: half a sum cannot be undone."""
    net = chain("lm2", WAYS[way], depth=20, block=field(c=0.1))
    for step in net.steps:
        step.k.data.fill_(-1)
    true = gradients(plain(net), inputs())
    net = net.to(dtype)
    half = [g.float() for g in gradients(plain(net), inputs(dtype=dtype))]
    found = gradients(net, inputs(dtype=dtype))
    assert {g.dtype for g in found} == {dtype}
    assert {x.dtype for x in net(*inputs(dtype=dtype))} == {dtype}
    assert off(found, true) < 1.5 * off(half, true)


@pytest.mark.parametrize("memory", [KEPT, EXACT, AGAIN])
def test_in_double_precision(memory):
    net = chain("leapfrog", memory, depth=200, block=field(norm=True, dropout=0.3, c=0.1)).double()
    assert apart(net, inputs(dtype=torch.float64)) < 1e-11


def test_states_in_double_precision_keep_small_coefficients():
    """Ten kept states instead of every one, for the same gradients: the increments are in single precision."""
    net = chain(get("lm2", k=learned("-1/2")), DOUBLE, depth=40)
    assert apart(net, inputs()) < 1e-4
    assert all(p.dtype == torch.float32 for p in net.parameters())
    assert {x.dtype for x in net(*inputs())} == {torch.float32}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["leapfrog", "revnet", "lm2"])
def test_images_in_any_order_of_memory(name, way):
    def block():
        return nn.Sequential(nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1))

    net = chain(get(name, **RULES[name]), WAYS[way], block=block, depth=6).to(memory_format=torch.channels_last)
    images = [x.to(memory_format=torch.channels_last) for x in inputs(shape=(3, 4, 6, 6))]
    assert apart(net, images) < 1e-4
    strided = [x.mT for x in inputs(shape=(3, 4, 6, 6))]
    assert apart(net, strided) < 1e-4


def test_autocast_is_afterwards_as_before():
    net = chain("leapfrog")
    with mixed():
        loss = sum(x.sum() for x in net(*inputs()))
    loss.backward()
    assert not torch.is_autocast_enabled("cpu")
    with mixed(), nullcontext():
        sum(x.sum() for x in net(*inputs())).backward()
        assert torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize("fallback", ["checkpoint", "exact", "double"])
@pytest.mark.parametrize(
    ("scheme", "h"), [("momentum", "1"), ("revnet", "1/3"), ("leapfrog", "1/4"), ("lm2", "1"), ("stormer_verlet", "1")]
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_networks_in_mixed_precision(scheme, h, fallback):
    """Weights of 1/3 and 0.1 on increments in half precision, which undoing has in single precision."""
    found = []
    for how in ({}, {"reversible": True, "fallback": fallback}):
        torch.manual_seed(0)
        net = build(scheme=scheme, layers=(8,), widths=(4,), channels=1, h=h, **how)
        with torch.autocast("cpu", torch.bfloat16):
            y = net(torch.randn(64, 1, 8, 8)).float().square().sum()
        y.backward()
        found.append(torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None]))
    true, ours = found
    assert (ours - true).norm() < 0.1 * true.norm()
