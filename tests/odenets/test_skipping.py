"""A block that a draw of the batch drops is not evaluated: no number changes, no statistic moves, no time is spent."""

from collections import Counter
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from torch import nn
from torch._subclasses import FakeTensorMode

from odenets import build, wire
from odenets.memory import Memory, carried
from odenets.skipping import guards, kept, texts
from schemes import Bernoulli, TwoPoint, Uniform, consistent, get, random
from schemes.perturbations import dropped, multiplied, shaken
from tests.strategies import runge_kuttas

WIDTH = 6


class Counted(nn.Module):
    """A block with a batch norm, which counts what it is asked for."""

    def __init__(self):
        super().__init__()
        self.norm, self.linear, self.calls = nn.BatchNorm1d(WIDTH), nn.Linear(WIDTH, WIDTH), 0

    def forward(self, u):
        self.calls += 1
        return torch.tanh(self.linear(self.norm(u)))


def always(p, name="stochastic_depth", per="batch"):
    return get(name, p="1/2").at(eta=random(Bernoulli(p), per=per))


def states(scheme):
    u = torch.randn(8, WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    return tuple((u / (i + 1)).requires_grad_() for i in range(len(scheme.states)))


def made(scheme):
    torch.manual_seed(0)
    return wire(scheme, Counted, dims=0).double()


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_a_dropped_block_is_not_evaluated_and_its_norm_does_not_move():
    step = made(always(0))
    (u,) = states(step.scheme)
    assert torch.equal(step(u), u) and step.f.calls == 0
    assert step.f.norm.num_batches_tracked == 0 and not step.f.norm.running_mean.any()
    step = made(always(1))
    assert not torch.equal(step(u), u) and step.f.norm.num_batches_tracked == 1


def test_the_two_step_part_stays_where_f_is_dropped():
    step = made(get("lm2_stochastic_depth", k=Fraction(-1, 4), p=0))
    u, old = states(step.scheme)
    new, now = step(u, old)
    torch.testing.assert_close(new, 5 / 4 * u - old / 4, rtol=1e-15, atol=0)
    assert now is u and step.f.calls == 0


def test_as_many_blocks_run_as_survive():
    step, n = made(get("stochastic_depth", p="4/5")), 2000
    (u,) = states(step.scheme)
    with torch.no_grad():
        for _ in range(n):
            step(u)
    assert abs(step.f.calls / n - 0.8) < 5 * (0.16 / n) ** 0.5
    assert step.f.norm.num_batches_tracked == step.f.calls


@pytest.mark.parametrize("per", ["sample", "element"])
def test_draws_of_samples_drop_no_block(per):
    step = made(always(0, per=per))
    (u,) = states(step.scheme)
    assert torch.equal(step(u), u) and step.f.calls == 1 and not any(guards(step.scheme))


def run(scheme, whole, monkeypatch):
    """Output and gradients of twelve draws, with every block evaluated or not."""
    with monkeypatch.context() as patch:
        if whole:
            patch.setattr("odenets.wiring.kept", lambda block, *_: block)
            patch.setattr("odenets.wiring.step_class", __import__("odenets.wiring").wiring.step_class.__wrapped__)
        step, found = made(scheme), []
        torch.manual_seed(5)
        for _ in range(12):
            for p in step.parameters():
                p.grad = torch.zeros_like(p)
            out = step(*states(scheme))
            out = out if isinstance(out, tuple) else (out,)
            sum(x.sin().sum() for x in out).backward()
            found += [*out, *(p.grad for p in step.parameters())]
        calls = sum(block.calls for block in step.modules() if isinstance(block, Counted))
        return found, calls


SCHEMES = {
    "stochastic depth": get("stochastic_depth", p="1/2"),
    "of LM-ResNet": get("lm2_stochastic_depth", p="1/2"),
    "expectation-preserving": consistent(get("stochastic_depth", p="1/2")),
    "of Heun": dropped(get("heun2")),
    "of a fourth-order scheme": dropped(get("rk4_classic"), p="1/3"),
    "of two branches": dropped(shaken(get("euler"))),
    "one of two branches": get("shake_shake").at(eta=random(Bernoulli("1/2"), per="batch")),
    "drop-path": get("fractalnet_drop_path", p="1/2"),
}


@pytest.mark.parametrize("name", SCHEMES)
def test_no_number_changes(name, monkeypatch):
    scheme = SCHEMES[name].at(**{p: "1/2" for p in SCHEMES[name].role("chosen")})
    (few, calls), (all_, most) = (run(scheme, whole, monkeypatch) for whole in (False, True))
    assert calls < most
    for x, y in zip(few, all_, strict=True):
        assert torch.equal(x, y)


def test_what_decides_is_read_off_the_table():
    assert texts(always("1/2")) == [["eta"]]
    assert texts(get("shake_shake").at(eta=random(Bernoulli("1/2"), per="batch"))) == [["eta"], ["1 - eta"]]
    assert texts(get("shake_shake").at(eta=random(Uniform(0, 1), per="batch"))) == [[], []]  # 0 with probability 0
    assert texts(dropped(get("heun2"))) == [["eta"], ["eta"]]
    assert texts(get("heun2")) == [[], []]
    assert texts(get("fractalnet_drop_path", columns=2)) == [["a2"], ["b2"], ["b2"]]
    assert texts(get("fractalnet_drop_path"))[1] == ["b2 * b4", "b2 * c4"]  # it goes into f3, and into f6 and f7


@pytest.mark.parametrize("sigma", [1, "1/3"])
@pytest.mark.parametrize("base", ["euler", "heun2", "rk4_classic"])
def test_multiples_are_one_factor(base, sigma):
    """1 + σ ξ of a coin is written without divisors, and once."""
    scheme = multiplied(get(base), sigma, law=TwoPoint(), per="batch")
    assert {text for one in texts(scheme) for text in one} == {"xi + 1" if sigma == 1 else "xi + 3"}
    step = made(scheme)
    (u,) = states(scheme)
    assert {bool(torch.equal(step(u), u)) for _ in range(20)} == ({True, False} if sigma == 1 else {False})


def test_tensors_that_stand_for_others_draw_no_number():
    step = made(always("1/2")).float()
    with FakeTensorMode(allow_non_fake_inputs=True):
        assert step(torch.empty(8, WIDTH)).shape == (8, WIDTH)


@settings(max_examples=20, deadline=None)
@given(runge_kuttas())
def test_every_scheme_of_which_all_is_dropped_evaluates_nothing(scheme):
    if not scheme.explicit or not any(x != 0 for row in scheme.B for x in row):
        return
    step = made(dropped(scheme, p=0))
    (u,) = states(step.scheme)
    assert torch.equal(step(u), u)
    assert not any(block.calls for block in step.modules() if isinstance(block, Counted))


@pytest.mark.parametrize("column", [1, 2, 3])
def test_drop_path_evaluates_one_column(column):
    step = made(get("fractalnet_drop_path", share=1))
    step.join_a4.column.number.fill_(column)
    step.join_b2.leads = False
    step(*states(step.scheme))
    assert {name for name in step.block_names if getattr(step, name).calls} == {
        f"f{i}" for i in range(2 ** (column - 1), 2**column)
    }


@pytest.mark.parametrize("memory", [Memory(checkpoint=2), Memory(reversible=True, fallback="exact")])
@pytest.mark.parametrize("name", ["lm2_stochastic_depth", "stochastic_depth"])
def test_chains_whose_states_are_rebuilt_skip_the_same_blocks(name, memory):
    scheme = get(name, p="1/2", **({"k": Fraction(-9, 10)} if name.startswith("lm2") else {}))
    found = []
    for how in (Memory(), memory):
        torch.manual_seed(1)
        steps = [wire(scheme, Counted, dims=0).double() for _ in range(6)]
        u = tuple(x for x in states(scheme))
        torch.manual_seed(4)
        if how:
            out = carried(steps, u, how)
        else:
            out = u
            for step in steps:
                out = step(*out)
                out = out if isinstance(out, tuple) else (out,)
        sum(x.sin().sum() for x in out).backward()
        calls = [step.f.norm.num_batches_tracked.item() for step in steps]
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for step in steps for p in step.parameters()]
        found.append((calls, [*out, *(x.grad for x in u), *grads]))
    (plain, ours), (rebuilt, theirs) = found
    assert plain == rebuilt and Counter(plain) == Counter({0: plain.count(0), 1: plain.count(1)}) and 0 < sum(plain) < 6
    for x, y in zip(ours, theirs, strict=True):
        torch.testing.assert_close(x, y, rtol=1e-10, atol=1e-12)


def test_numbers_are_looked_at_and_tensors_are_not():
    block = nn.Identity()
    assert kept(block, 0.0)(torch.ones(2)) == 0 and kept(block, 0.0, 0.5) is block
    assert kept(block, torch.zeros(())) is block


def test_a_network_trains_with_gradients_of_zero_where_nothing_ran():
    torch.manual_seed(0)
    net = build(scheme=always(0), block="mlp", layers=(3,), widths=(4,), channels=3, classes=2)
    net(torch.randn(5, 3)).sum().backward()
    blocks = [p for p in net.stages.parameters()]
    assert blocks and all(p.grad is None for p in blocks)
