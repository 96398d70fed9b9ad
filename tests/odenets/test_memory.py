"""Gradients of chains whose states are rebuilt backwards: those of the steps one by one."""

from fractions import Fraction

import pytest
import torch
from torch import nn

from odenets.errors import OdenetsError
from odenets.memory import Memory
from odenets.memory.plans import from_behind
from odenets.wiring import wire
from schemes import Uniform, components, get, learned, names
from tests.odenets.reversing import (
    AGAIN,
    EXACT,
    KEPT,
    RULES,
    WAYS,
    WIDTH,
    Scaled,
    apart,
    chain,
    field,
    gradients,
    inputs,
    off,
    plain,
)
from tests.sample import SAMPLE

F = Fraction
UNDONE = [name for name in names(explicit=True) if from_behind(get(name), True) is not None]


def states(scheme, dtype=torch.float32):
    return inputs(len(scheme.states), dtype=dtype)


# ---- deep chains ------------------------------


@pytest.mark.parametrize("name", RULES)
def test_at_depth_200_in_single_precision(name):
    net = chain(get(name, **RULES[name]), depth=200, block=field(c=0.1))
    assert apart(net, inputs()) < 1e-4


def test_learned_coefficients_that_differ_from_step_to_step_and_per_channel():
    per_channel = get("lm2", k=learned("-19/20", per="channel"))
    net = chain(per_channel, depth=200, block=field(c=0.1), channels=WIDTH, dims=0)
    for step in net.steps:
        step.k.data.uniform_(-1, -0.99)
    found, true = gradients(net, inputs()), gradients(plain(net), inputs())
    assert off(found, true) < 1e-4
    coefficients = [i for i, name in enumerate(dict(net.named_parameters()), 2) if name.endswith(".k")]
    assert off([found[i] for i in coefficients], [true[i] for i in coefficients]) < 1e-4


def test_a_bounded_coefficient_is_trained_through_its_interval():
    net = chain(get("lm2", k=learned("-19/20", within=(-1, F(-9, 10)))), depth=50)
    assert apart(net, inputs()) < 1e-4


@pytest.mark.parametrize("name", [x if x in SAMPLE else pytest.param(x, marks=pytest.mark.slow) for x in UNDONE])
def test_every_scheme_that_can_be_undone_in_double_precision(name):
    scheme = get(name)
    fixed = {p.name: p.mean for p in scheme.coefficients if p.kind == "learned" and isinstance(p.value, Uniform)}
    scheme = scheme.at(**{name: learned(mean) for name, mean in fixed.items()})  # a draw near 0 undoes no three steps
    net = chain(scheme, depth=3, channels=WIDTH, dims=0).double()
    assert apart(net, states(scheme, torch.float64)) < 1e-10


def relu():
    return Scaled(nn.Sequential(nn.BatchNorm1d(WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH)), 0.3)


@pytest.mark.parametrize("name", ["revnet", "leapfrog", "momentum", "lm2"])
def test_of_relu_the_lost_bits_decide(name):
    """Its slope jumps at 0: one rebuilt number on its other side, and deep gradients are off by 1e-3."""
    net = chain(get(name, **RULES[name]), EXACT, depth=200, block=relu)
    assert apart(net, inputs()) < 1e-5


# ---- badly conditioned ones ------------------------------

ILL = {
    "k near 0": ("lm2", {"k": learned("-1/100")}),
    "k in (-0.1, 0)": ("lm2", {"k": learned("-1/20", within=(F(-1, 10), 0))}),
    "k = 0": ("lm2", {"k": learned(0)}),
    "momentum with gamma 1/2": ("momentum", {"gamma": "1/2"}),
    "three steps": ("sspms32", {}),
    "two coefficients": ("full_history", {}),
}


@pytest.mark.parametrize("case", ILL)
def test_with_the_lost_bits_the_states_are_those_of_the_forward_pass(case):
    """Bit for bit: with a chain that keeps all its states the gradients are the same numbers."""
    name, values = ILL[case]
    net = chain(get(name, **values), EXACT, depth=20)
    found = gradients(net, states(net.steps[0].scheme))
    net.memory = Memory(checkpoint=1)
    true = gradients(net, states(net.steps[0].scheme))
    assert all(torch.equal(a, b) for a, b in zip(found, true, strict=True))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", ILL)
def test_where_undoing_loses_too_much_gradients_are_right_nevertheless(case, way):
    name, values = ILL[case]
    net = chain(get(name, **values), WAYS[way], depth=20)
    assert apart(net, states(net.steps[0].scheme)) < 1e-4


def test_a_coefficient_of_some_channels_alone_may_be_0():
    net = chain(get("lm2", k=learned("-19/20", per="channel")), EXACT, depth=8, channels=WIDTH, dims=0)
    for step in net.steps:
        step.k.data[::2] = 0
    assert apart(net, inputs()) < 1e-6
    net.memory = KEPT
    assert apart(net, inputs()) < 1e-6


# ---- states computed again ------------------------------


@pytest.mark.parametrize("every", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "name", ["euler", "rk4_classic", "ab2", "lm2", "revnet", "shake_shake", "gaussian_noise", "milstein"]
)
def test_of_any_scheme(name, every):
    scheme = get(name)
    net = chain(scheme, Memory(checkpoint=every))
    assert apart(net, states(scheme)) < 1e-6


def test_steps_that_cannot_be_undone_stand_between_those_that_can():
    """Kept states, rebuilt states and computed ones in one chain."""
    torch.manual_seed(0)
    order = ["leapfrog", "leapfrog", "ab2_like", "ab2_like", "ab2_like", "leapfrog", "lm2"]
    tables = {"leapfrog": get("leapfrog"), "ab2_like": get("lm2", k=0), "lm2": get("lm2", k=F(-19, 20))}
    net = chain("leapfrog", depth=1)
    net.steps = nn.ModuleList(wire(tables[name], field()()) for name in order)
    for memory in (KEPT, EXACT, AGAIN, Memory(reversible=True, checkpoint=2)):
        net.memory = memory
        assert apart(net, inputs()) < 1e-6


# ---- blocks in common ------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_block_of_all_steps_collects_its_gradients(way):
    torch.manual_seed(0)
    shared, other = field()(), field()()
    net = chain("revnet", WAYS[way], depth=1)
    net.steps = nn.ModuleList(wire(get("revnet"), {"f": shared, "g": other}) for _ in range(6))
    assert apart(net, inputs()) < 1e-5


@pytest.mark.parametrize("way", WAYS)
def test_two_fields_with_the_same_weights(way):
    """g = -f of the other state, as of a Hamiltonian: one module in both places."""
    torch.manual_seed(0)
    nets = [field()() for _ in range(6)]
    net = chain("symplectic_euler", WAYS[way], depth=1)
    net.steps = nn.ModuleList(wire(get("symplectic_euler"), {"f": f, "g": f}) for f in nets)
    assert len(components(net.steps[0].scheme)) == 2
    assert apart(net, inputs()) < 1e-5


def test_a_fallback_that_is_none_is_refused():
    with pytest.raises(OdenetsError, match="fallback = 'bits': take 'checkpoint' or 'exact' or 'double'"):
        Memory(reversible=True, fallback="bits")
