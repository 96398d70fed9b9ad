"""Chains and implicit steps in set-ups of training: hooks, several passes, frozen parts, weights of others."""

import copy
import gc

import pytest
import torch
from torch import nn
from torch.func import functional_call
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import spectral_norm, weight_norm

from odenets import build
from odenets.equilibrium import Solver
from odenets.errors import OdenetsError
from odenets.lincomb import lincomb
from odenets.memory import Memory
from odenets.memory.work import Work
from odenets.wiring import wire
from schemes import get, learned
from tests.odenets.reversing import KEPT, WAYS, WIDTH, chain, gradients, inputs, off, plain

LM = get("lm2", k=learned("-19/20"))


@pytest.mark.parametrize("way", WAYS)
def test_a_hook_of_a_parameter_sees_its_whole_gradient_once(way):
    net = chain(LM, WAYS[way])
    twin = plain(net)
    for model in (net, twin):
        for p in model.parameters():
            p.register_hook(lambda g: g.clamp(-1, 1) * 2)
    assert off(gradients(net, inputs()), gradients(twin, inputs())) < 1e-5


def test_joins_of_two_passes_keep_their_columns():
    """Two views of a batch, one backward pass: the column that the network draws is each pass's own."""
    found = []
    for every in (1, 0):
        torch.manual_seed(0)
        net = build(scheme="fractalnet_drop_path", widths=(8,), layers=(4,), checkpoint=every)
        torch.manual_seed(5)
        x = torch.randn(4, 3, 8, 8)
        sum(net(x * k).square().sum() for k in (1, 2)).backward()
        found.append([p.grad for p in net.parameters()])
    assert off(*found) < 1e-6


@pytest.mark.parametrize("way", WAYS)
def test_weights_in_the_cache_of_parametrizations_have_gradients(way):
    net = chain("leapfrog", WAYS[way])
    for step in net.steps:
        weight_norm(step.f.f[0])
    twin = plain(net)
    with parametrize.cached():
        found = gradients(net, inputs())
    assert off(found, gradients(twin, inputs())) < 1e-5


@pytest.mark.parametrize("way", WAYS)
def test_a_parametrization_after_the_first_pass(way):
    net = chain("leapfrog", WAYS[way])
    gradients(net, inputs())
    for step in net.steps:
        spectral_norm(step.f.f[0]).parametrizations.weight.original.data.normal_()
    twin = plain(net)
    assert off(gradients(net, inputs()), gradients(twin, inputs())) < 1e-5


@pytest.mark.parametrize("way", WAYS)
def test_one_of_two_learned_coefficients_may_be_frozen(way):
    net = chain("full_history", WAYS[way])
    for step in net.steps:
        step.k1.requires_grad_(False)
    given = inputs(len(net.steps[0].scheme.states))
    assert off(gradients(net, given), gradients(plain(net), given)) < 1e-5


@pytest.mark.parametrize("way", WAYS)
def test_weights_put_in_place_for_one_call_are_an_error(way):
    net = chain("leapfrog", WAYS[way])
    other = {name: p.detach().clone().requires_grad_() for name, p in net.named_parameters()}
    loss = sum(x.sum() for x in functional_call(net, other, inputs()))
    with pytest.raises(OdenetsError, match="changed between"):
        loss.backward()
    with pytest.raises(OdenetsError, match=r"torch\.func"):
        torch.func.grad(lambda u: net(u, u)[0].sum())(inputs()[0])


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_batch(way):
    net = chain("leapfrog", WAYS[way])
    sum(x.sum() for x in net(*inputs(shape=(0, WIDTH)))).backward()
    assert all(not p.grad.any() for p in net.parameters())


@pytest.mark.parametrize("memory", [KEPT, Memory(reversible=True, fallback="double"), Memory(checkpoint=2)])
def test_complex_states(memory):
    net = chain(LM, memory, block=lambda: Weak(nn.Linear(WIDTH, WIDTH))).to(torch.complex64)
    for step in net.steps:
        step.k.data = step.k.data.real
    twin, found = plain(net), []
    for model in (net, twin):
        u, v = (torch.view_as_complex(x).requires_grad_() for x in inputs(shape=(5, WIDTH, 2)))
        sum(x.abs().square().sum() for x in model(u, v)).backward()
        found.append([torch.view_as_real(p.grad) if p.is_complex() else p.grad for p in (u, v, *model.parameters())])
    assert max(off([a], [b]) for a, b in zip(*found, strict=True)) < 1e-5


def test_the_gradient_of_a_real_coefficient_of_complex_states():
    k, x, y = torch.tensor(-0.5, requires_grad=True), *(torch.view_as_complex(x) for x in inputs(shape=(5, WIDTH, 2)))
    sums = lincomb((k, x), (1.0, y)), k * x + y
    found, true = (torch.autograd.grad(total.abs().square().sum(), k)[0] for total in sums)
    assert torch.allclose(found, true)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_kept_behind_the_backward_pass(way):
    """The loss lives on through the next forward pass, and would hold the states of two batches."""
    net = chain(get("lm2", k=learned("-1/20")), WAYS[way])
    outputs = net(*inputs())
    sum(x.sum() for x in outputs).backward(retain_graph=True)
    sum(x.sum() for x in outputs).backward()
    works = [x for x in gc.get_objects() if isinstance(x, Work) and x.steps[0] is net.steps[0]]
    assert works and not any(x.kept or x.bits for x in works)


# ---- implicit steps ------------------------------


class Weak(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.block = block

    def forward(self, u):
        return 0.1 * self.block(u)


@pytest.mark.parametrize(
    "block",
    [lambda: nn.InstanceNorm1d(4, track_running_stats=True), lambda: spectral_norm(nn.Linear(WIDTH, WIDTH))],
)
def test_an_implicit_step_moves_buffers_once(block):
    torch.manual_seed(0)
    own = block()
    for p in own.parameters():
        p.data.normal_()
    once = copy.deepcopy(own)
    once(wire(get("backward_euler"), Weak(own), solver=Solver(tolerance=1e-6))(torch.randn(5, 4, WIDTH)).detach())
    pairs = zip(own.buffers(), once.buffers(), strict=True)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in pairs)


def test_an_implicit_step_in_the_cache_of_parametrizations_and_of_an_empty_batch():
    step = wire(get("gauss"), lambda: Weak(weight_norm(nn.Linear(WIDTH, WIDTH))), solver=Solver())
    with parametrize.cached():
        step(torch.randn(5, WIDTH)).sum().backward()
    assert all(p.grad is not None for p in step.parameters())
    assert step(torch.randn(0, WIDTH)).shape == (0, WIDTH)
