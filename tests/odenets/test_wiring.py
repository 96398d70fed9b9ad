"""A wired step is the scheme: its code, its values bit for bit, its parameters, and its life as a module."""

import copy
from fractions import Fraction

import pytest
import torch
from torch import nn

from odenets.blocks import MLP
from odenets.skipping import kept
from odenets.wiring import wire
from schemes import (
    Bernoulli,
    get,
    initial,
    learned,
    names,
    random,
    starter,
    step,
)
from schemes.registry import entry
from tests.sample import SAMPLE, over

WIDTH = 5


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def blocks(scheme):
    return {name: MLP(WIDTH, 7) for name in dict.fromkeys(scheme.fields) if name != "one"}


def wired(name, dtype=torch.float64, **values):
    scheme = get(name, **values)
    return wire(scheme, blocks(scheme)).to(dtype)


def states(module, dtype=torch.float64, grad=False):
    return tuple(torch.randn(4, WIDTH, dtype=dtype, requires_grad=grad) for _ in module.scheme.states)


def as_tuple(x):
    return x if isinstance(x, tuple) else (x,)


def as_written(module):
    """The step's own source text, run as it is printed."""
    scope = {"kept": kept}
    exec(module.code, scope)
    return lambda *states: as_tuple(scope["forward"](module, *states))


# ---- the code ------------------------------


def test_code_of_euler():
    assert wired("euler").code == "def forward(self, u):\n    return u + self.f(u)\n"


def test_code_of_lm2():
    assert wired("lm2").code == (
        "def forward(self, u, u_prev):\n    k = self.k\n    return (1 - k) * u + k * u_prev + self.f(u), u\n"
    )


def test_code_of_heun_shake_shake_revnet_and_fractions():
    shared, own = wire(get("heun2"), MLP(5, 7)), wire(get("heun2"), lambda: MLP(5, 7))
    text = "    F1 = self.{}(u)\n    return u + 1/2 * F1 + 1/2 * self.{}(u + F1)\n"
    assert shared.code.endswith(text.format("f", "f")) and own.code.endswith(text.format("f1", "f2"))
    assert "eta = self.eta(u)\n" in wired("shake_shake").code
    assert wired("revnet").code == (
        "def forward(self, x, y):\n    x_next = x + self.f(y)\n    return x_next, y + self.g(x_next)\n"
    )
    assert "return 1/2 * u + 1/2 * u_prev + self.f(u), u" in wired("lm2", k="1/2").code


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", names(explicit=True))
def test_running_code_is_the_written_code_bit_for_bit(name, dtype):
    module = wired(name, dtype)
    u = states(module, dtype)
    for training in (True, False):
        module.train(training)
        torch.manual_seed(1)
        ours = as_tuple(module(*u))
        torch.manual_seed(1)
        theirs = as_written(module)(*u)
        assert len(ours) == len(u) and all(map(torch.equal, ours, theirs))


@pytest.mark.parametrize("name", names(explicit=True))
def test_a_wired_step_is_the_interpreters_step(name):
    module = wired(name).eval()
    k = {p.name: getattr(module, p.name) for p in module.scheme.coefficients if p.kind == "learned"}
    fields = {field: getattr(module, field) for field in set(module.scheme.fields)}
    table = module.scheme.mean().at(**{n: Fraction(v.item()) for n, v in k.items()})
    u = states(module)
    for ours, theirs in zip(as_tuple(module(*u)), step(table, fields, u), strict=True):
        torch.testing.assert_close(ours, theirs + 0 * ours, rtol=1e-13, atol=1e-13)


# ---- the paper's networks by hand ------------------------------


def test_euler_is_x_plus_block_of_x_bit_for_bit():
    block = nn.Sequential(nn.BatchNorm1d(WIDTH), MLP(WIDTH, 7))
    x = torch.randn(8, WIDTH)
    other = copy.deepcopy(block)
    assert torch.equal(wire(get("euler"), block)(x), x + other(x))


def test_lm2_is_the_recursion_of_the_paper_from_its_euler_start():
    scheme, fs = get("lm2"), [MLP(WIDTH, 7).double() for _ in range(5)]
    modules = [wire(starter(scheme, n), f).double() for n, f in enumerate(fs)]
    u0 = torch.randn(4, WIDTH, dtype=torch.float64)
    u, history = initial(scheme, u0), [u0, u0 + fs[0](u0)]
    assert not hasattr(modules[0], "k")
    for module, f in zip(modules[1:], fs[1:], strict=True):
        k = module.k
        assert -0.1 <= k.item() <= 0
        history.append((1 - k) * history[-1] + k * history[-2] + f(history[-1]))
    for module in modules:
        u = module(*u)
    torch.testing.assert_close(u[0], history[-1], rtol=0, atol=1e-12)
    torch.testing.assert_close(u[1], history[-2], rtol=0, atol=1e-12)


def test_the_published_code_stores_one_minus_k():
    module = wired("lm2")
    u, old = states(module)
    stored = 1 - module.k
    torch.testing.assert_close(module(u, old)[0], stored * u + (1 - stored) * old + module.f(u), rtol=1e-14, atol=1e-14)


def test_full_history_reads_every_earlier_state_with_weights_that_sum_to_one():
    scheme = get("full_history", steps=4).at(k1=learned("1/4"), k2=learned("-1/8"), k3=learned("1/3"))
    f = MLP(WIDTH, 7).double()
    history = [torch.randn(4, WIDTH, dtype=torch.float64)]
    u = initial(scheme, history[0])
    for n in range(5):
        module = wire(starter(scheme, n), f).double()
        ks = [getattr(module, f"k{j}") for j in range(1, 4) if hasattr(module, f"k{j}")]
        assert len(ks) == min(n, 3)
        weights = [1 - sum(ks), *ks]
        history.insert(0, sum(w * x for w, x in zip(weights, history, strict=False)) + f(history[0]))
        u = module(*u)
        torch.testing.assert_close(u[0], history[0], rtol=0, atol=1e-12)


def test_stochastic_depth_evaluates_at_its_mean_and_drops_whole_samples_in_training():
    module = wired("stochastic_depth", eta=random(Bernoulli("4/5"), per="sample"))
    (u,) = states(module)
    torch.testing.assert_close(module.eval()(u), u + 0.8 * module.f(u), rtol=1e-14, atol=1e-14)
    u = torch.randn(500, WIDTH, dtype=torch.float64)
    moved = module.train()(u) - u
    kept = moved.abs().sum(1) > 0
    assert 350 < kept.sum() < 450 and not torch.equal(moved, module(u) - u)
    torch.testing.assert_close(moved[kept], module.f(u)[kept], rtol=1e-12, atol=1e-12)


def test_stochastic_depth_drops_a_block_for_a_whole_batch_as_huang_et_al_do():
    module = wired("stochastic_depth", p="1/2").train()
    (u,) = states(module)
    torch.manual_seed(0)
    outcomes = {bool((module(u) == u).all()) for _ in range(50)}
    assert outcomes == {True, False}
    assert all(rows.sum() in (0, len(u)) for rows in ((module(u) == u).all(1) for _ in range(50)))


def test_dropping_the_field_keeps_the_two_step_linear_part():
    module = wired("lm2_stochastic_depth", p=0)
    u, old = states(module)
    k = module.k
    torch.testing.assert_close(module(u, old)[0], (1 - k) * u + k * old, rtol=1e-14, atol=1e-14)


def test_revnet_is_inverted_by_hand():
    module = wired("revnet")
    x, y = states(module)
    x_next, y_next = module(x, y)
    y_back = y_next - module.g(x_next)
    x_back = x_next - module.f(y_back)
    torch.testing.assert_close((x_back, y_back), (x, y), rtol=0, atol=1e-14)


def test_momentum_is_the_consistent_two_step_net_with_k_minus_gamma():
    gamma, f = Fraction(9, 10), MLP(WIDTH, 7).double()
    velocity, two_step = get("momentum", gamma=gamma), get("lm2_consistent", k=-gamma)
    u0 = torch.randn(4, WIDTH, dtype=torch.float64)
    v, w = initial(velocity, u0), initial(two_step, u0)
    a, b = wire(velocity, f), wire(two_step, f)
    for _ in range(6):
        v, w = a(*v), b(*w)
        torch.testing.assert_close(v[0], w[0], rtol=0, atol=1e-12)


# ---- gradients and compilation ------------------------------


@pytest.mark.parametrize("name", names(explicit=True))
def test_every_parameter_of_a_step_has_a_gradient(name):
    kept = {"p": 1} if "p" in entry(name).declared else {}  # a block that is dropped has no gradient
    kept = {"p": 0, "share": 0} if "share" in entry(name).declared else kept  # of drop-path p is what drops
    module = wired(name, **kept)
    u = states(module, grad=True)
    sum(x.square().sum() for x in as_tuple(module(*u))).backward()
    for key, p in module.named_parameters():
        assert p.grad is not None and p.grad.abs().max() > 0, key


def gradients(run, module, u):
    torch.manual_seed(2)
    out = as_tuple(run(*u))
    leaves = (*u, *module.parameters())
    found = torch.autograd.grad(sum(x.sin().sum() for x in out), leaves, allow_unused=True)
    # a block that is dropped has no gradient, and 0 where the compiler evaluates it all the same
    return out, [torch.zeros_like(x) if g is None else g for g, x in zip(found, leaves, strict=True)]


def check_compiled(name, backend, tolerance):
    torch.compiler.reset()
    module = wired(name, **({"lam": learned("-9/5")} if name == "zerosnet" else {}))
    u = states(module, grad=True)
    for training in (True, False):
        if training and backend == "inductor":
            continue  # inductor draws from a generator of its own
        module.train(training)
        compiled = torch.compile(module, backend=backend, fullgraph=True)
        for ours, theirs in zip(gradients(compiled, module, u), gradients(module, module, u), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", over(explicit=True))
def test_every_step_compiles_whole_to_the_same_values_and_gradients(name):
    check_compiled(name, "aot_eager", 1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SAMPLE & set(names(explicit=True))))
def test_every_step_compiles_by_inductor_to_the_same_values_and_gradients(name):
    check_compiled(name, "inductor", 1e-9)
