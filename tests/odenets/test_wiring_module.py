"""A wired step as a module: keys, copies, pickles, blocks, and what is refused."""

import copy
import pickle

import pytest
import torch
from torch import nn

import schemes
from odenets.blocks import MLP, Field, TransformerBlock
from odenets.errors import OdenetsError
from odenets.wiring import wire
from schemes import Parameter, formula, get, learned, multistep, runge_kutta, symbol
from tests.sample import over


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def mlp():
    return MLP(5, 7)


def module(name):
    scheme = get(name)
    return wire(scheme, {field: mlp() for field in dict.fromkeys(scheme.fields) if field != "one"}).eval()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("name", over(explicit=True))
def test_copies_and_pickles_are_independent_equal_steps(name, duplicate):
    step = module(name)
    u = tuple(torch.randn(4, 5) for _ in step.scheme.states)
    other = duplicate(step)
    expected = step(*u)
    torch.testing.assert_close(other(*u), expected, rtol=0, atol=0)
    assert type(other) is type(step) and other.code == step.code and other.scheme == step.scheme
    assert list(other.state_dict()) == list(step.state_dict())
    with torch.no_grad():
        for p in other.parameters():
            p.add_(1)
    torch.testing.assert_close(step(*u), expected, rtol=0, atol=0)


def keys(scheme, block):
    return [key for key in wire(scheme, block).state_dict() if not key.endswith("bias")]


def test_state_dict_keys_are_the_names_of_the_scheme():
    assert keys(get("lm2"), mlp()) == ["k", "f.0.weight", "f.2.weight"]
    assert keys(get("heun2"), mlp()) == ["f.0.weight", "f.2.weight"]  # shared
    assert keys(get("heun2"), mlp) == [f"f{i}.{j}.weight" for i in (1, 2) for j in (0, 2)]  # a factory
    assert keys(get("full_history"), Field(torch.sin)) == ["k1", "k2"]
    assert keys(get("shake_shake"), {"f1": mlp(), "f2": mlp}) == [f"f{i}.{j}.weight" for i in (1, 2) for j in (0, 2)]
    assert keys(get("gaussian_noise"), Field(torch.sin)) == []


def test_equal_steps_share_their_class_and_code_object():
    assert type(wire(get("lm2"), mlp())) is type(wire(get("lm2"), mlp()))
    assert type(wire(get("lm2"), mlp())) is not type(wire(get("lm2_consistent"), mlp()))


def test_a_factory_is_called_once_a_stage_and_a_module_is_shared():
    made = []
    wire(get("rk4_classic"), lambda: made.append(mlp()) or made[-1])
    assert len(made) == 4
    block = mlp()
    step = wire(get("rk4_classic"), block)
    assert step.f is block and sum(p.numel() for p in step.parameters()) == sum(p.numel() for p in block.parameters())


def test_a_module_dict_gives_blocks_by_field():
    step = wire(get("shake_shake"), nn.ModuleDict({"f1": Field(torch.sin), "f2": Field(torch.cos)})).eval()
    u = torch.randn(3, 5)
    torch.testing.assert_close(step(u), u + (u.sin() + u.cos()) / 2)


def test_per_channel_coefficients_broadcast_over_the_channels():
    scheme = get("lm2", k=learned("-1/2", per="channel"))
    step = wire(scheme, Field(torch.sin), channels=3)
    u, old = torch.randn(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    assert step.k.shape == (3, 1, 1) and torch.equal(step.k, torch.full((3, 1, 1), -0.5))
    torch.testing.assert_close(step(u, old)[0], 1.5 * u - 0.5 * old + u.sin())
    flat = wire(scheme, Field(torch.sin), channels=3, dims=0)
    assert flat.k.shape == (3,) and flat(u[:, :, 0, 0], old[:, :, 0, 0])[0].shape == (2, 3)


def test_the_traceback_of_a_step_shows_its_source_line():
    import traceback

    try:
        wire(get("lm2"), Field(torch.sin))(torch.ones(2), torch.ones(3))
    except RuntimeError as error:
        frames = traceback.extract_tb(error.__traceback__)
    assert any(frame.filename.endswith("of lm2>") and "u_prev" in frame.line for frame in frames)


SHADOW = formula("shadow", lambda f, u: u + symbol("code") * f(u), parameters=[Parameter("code", "learned", 0, "step")])
CLASH = formula("clash", lambda f, f1, u: u + f(u) + f(u + f(u)) + f1(u), fields=("f", "f1"))
REFUSALS = {
    "implicit": (runge_kutta("backward", [[1]], [1]), mlp(), "backward is implicit and cannot be wired: take one of"),
    "chosen": (
        multistep("family", [-symbol("a"), symbol("a") - 1, 1], [0, 1, 0]), mlp(),
        "family: a is not chosen yet, fix it by scheme.at(a=…)",
    ),
    "tensor": (get("lm2").at(k=torch.tensor(0.5)), mlp(), "lm2 holds a coefficient that is no exact number"),
    "missing field": (get("shake_shake"), {"f1": mlp()}, "shake_shake evaluates the field 'f2': give a block for it"),
    "surplus field": (get("euler"), {"f": mlp(), "g": mlp()}, "euler has no field 'g': its fields are ['f']"),
    "no factory": (get("euler"), 3, "field 'f': its block is neither a module nor a factory without arguments"),
    "factory of arguments": (get("euler"), MLP, "neither a module nor a factory without arguments"),
    "factory of nothing": (get("euler"), lambda: None, "the factory of field 'f' made a NoneType"),
    "shadowed name": (SHADOW, mlp(), "shadow: the name 'code' is taken in a module, choose another one"),
    "field of a module": (
        formula("x", lambda train, u: u + train(u), fields=("train",)), mlp(),
        "x: the name 'train' is taken in a module",
    ),
    "two names": (CLASH, {"f": mlp, "f1": mlp}, "clash: two blocks would be called 'f1', rename the field 'f1'"),
    "channels": (get("lm2", k=learned(0, per="channel")), mlp(), "k is one number per channel: give `channels`"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_wired_is_refused_by_name_and_repair(case):
    scheme, block, message = REFUSALS[case]
    with pytest.raises(OdenetsError) as error:
        wire(scheme, block)
    assert message in str(error.value)


@pytest.mark.parametrize("scheme", ["euler", "heun2", "rk4_classic", "lm2", "momentum"])
def test_a_transformer_block_is_a_field_like_any_other(scheme):
    step = wire(get(scheme), TransformerBlock(16)).double()
    tokens = [torch.randn(2, 5, 16, dtype=torch.float64) for _ in step.scheme.states]
    found = step(*tokens)
    by_hand = schemes.step(step.scheme.at(**{p.name: float(getattr(step, p.name)) for p in step.scheme.coefficients}),
                           step.f, tokens)  # fmt: skip
    torch.testing.assert_close(found if isinstance(found, tuple) else (found,), by_hand)
