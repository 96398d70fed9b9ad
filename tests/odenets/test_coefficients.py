"""Trained coefficients start in their law; random ones are drawn with the right spread and moments."""

import copy
import pickle
from dataclasses import replace
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from odenets.blocks import Field
from odenets.coefficients import Bounded, Draw, raw, trained, value
from odenets.errors import OdenetsError
from odenets.wiring import wire
from schemes import Bernoulli, Normal, Parameter, Uniform, get, learned, random

LAWS = [Bernoulli("1/5"), Bernoulli(1), Uniform(-1, "1/2"), Uniform(0, 1), Normal(0, 1), Normal("1/2", "1/10")]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def drawn(law, per="sample"):
    return Draw(Parameter("eta", "random", law, per))


@pytest.mark.parametrize(
    ("per", "shape"),
    [("batch", ()), ("sample", (6, 1, 1, 1)), ("channel", (6, 3, 1, 1)), ("element", (6, 3, 4, 5))],
)
@pytest.mark.parametrize("law", LAWS)
def test_a_draw_has_one_value_a_batch_a_sample_or_an_element(law, per, shape):
    u = torch.zeros(6, 3, 4, 5, dtype=torch.float64)
    value = drawn(law, per)(u)
    if per == "batch":  # a number, which tells whether a block is dropped
        assert isinstance(value, float)
        return
    assert value.shape == shape and value.dtype == u.dtype
    assert drawn(law, per)(u.bfloat16()).dtype == torch.bfloat16
    assert drawn(law, per)(u.to("meta")).device.type == "meta"


@pytest.mark.parametrize("law", LAWS)
def test_sample_moments_are_the_exact_ones(law):
    x = drawn(law, "element")(torch.zeros(200_000, dtype=torch.float64))
    for n in range(1, 5):
        exact, spread = float(law.moment(n)), float(law.moment(2 * n) - law.moment(n) ** 2)
        assert abs((x**n).mean().item() - exact) <= 5 * (spread / len(x)) ** 0.5 + 1e-12


@pytest.mark.parametrize("law", LAWS)
def test_evaluation_takes_the_mean_and_training_draws_again(law):
    draw, u = drawn(law), torch.zeros(50, 2)
    assert draw.eval()(u) == float(law.mean) and not list(draw.parameters())
    first, second = draw.train()(u), draw(u)
    assert torch.equal(first, second) == (law.variance == 0)


def test_samples_of_a_batch_are_drawn_independently():
    values = drawn(Bernoulli("1/2"))(torch.zeros(1000, 2, 2)).flatten()
    assert 400 < values.sum() < 600 and abs(torch.corrcoef(torch.stack([values[1:], values[:-1]]))[0, 1]) < 0.15


def test_the_same_seed_draws_the_same():
    scheme, u = get("shake_shake"), torch.randn(4, 3)
    step = wire(scheme, {"f1": Field(torch.sin), "f2": Field(torch.cos)})
    torch.manual_seed(7)
    first = step(u)
    torch.manual_seed(7)
    assert torch.equal(step(u), first) and not torch.equal(step(u), first)


def test_shake_shake_shares_one_draw_between_its_branches_and_draws_one_a_sample():
    step = wire(get("shake_shake"), {"f1": Field(torch.ones_like), "f2": Field(lambda u: 3 * torch.ones_like(u))})
    moved = step(torch.zeros(100, 4, dtype=torch.float64))  # η + 3 (1 - η) = 3 - 2 η
    eta = (3 - moved) / 2
    assert (eta == eta[:, :1]).all() and 0 <= eta.min() < 0.1 and 0.9 < eta.max() <= 1


def test_gaussian_noise_has_variance_sigma_squared_in_every_element_and_none_at_evaluation():
    step = wire(get("gaussian_noise", sigma="1/4"), Field(torch.zeros_like))
    noise = step(torch.zeros(400, 500))
    assert abs(noise.mean()) < 0.005 and abs(noise.std() - 0.25) < 0.005
    assert torch.equal(step.eval()(torch.ones(2, 3)), torch.ones(2, 3))


def test_a_learned_coefficient_starts_in_its_law():
    k = torch.stack([trained(get("lm2").parameters[0]).detach() for _ in range(400)])
    assert k.shape == (400,) and k.min() >= -0.1 and k.max() <= 0 and abs(k.mean() + 0.05) < 0.005
    assert len(k.unique()) > 390


def named(parameter):
    return replace(parameter, name="k")


def test_a_coefficient_is_a_scalar_or_one_number_a_channel():
    law = Uniform("-1/10", 0)
    assert trained(named(learned("1/3"))).shape == () and trained(named(learned("1/3"))).item() == pytest.approx(1 / 3)
    channels = trained(named(learned(law, per="channel")), channels=8)
    assert channels.shape == (8, 1, 1) and len(channels.detach().unique()) == 8
    assert trained(named(learned(0, per="channel")), channels=8, dims=0).shape == (8,)
    assert trained(named(learned(0)), channels=8).shape == ()


# ---- intervals -----------------------------------------------------------------------------------------------------

parts = st.builds(Fraction, st.integers(1, 99), st.just(100))


def bounded(**about):
    return wire(get("lm2", k=learned("-1/20", within=(-1, 1), **about)), Field(torch.sin), channels=3, dims=0)


@settings(max_examples=50, deadline=None)
@given(parts, st.fractions(-3, 3, max_denominator=20), parts)
def test_a_bounded_coefficient_starts_where_it_is_told(part, low, width):
    start, high = low + part * width, low + width
    k = trained(named(learned(start, within=(low, high))))
    assert isinstance(k, Bounded) and k().item() == pytest.approx(float(start), abs=2e-6)
    assert low <= k().item() <= high


def test_the_coefficient_is_the_sigmoid_of_what_is_trained_and_its_gradient_the_derivative():
    k = trained(named(learned("1/4", within=(-1, 1)))).double()
    sigma = torch.sigmoid(k.raw.detach())
    k().backward()
    assert k().item() == pytest.approx(-1 + 2 * sigma.item()) and k.raw.grad.item() == pytest.approx(
        2 * (sigma * (1 - sigma)).item()
    )
    assert (
        trained(named(learned(0, within=(-1, 1)))).raw.item()
        == 0
        == trained(named(learned(0, within=(-1, 1))))().item()
    )


def test_no_training_leaves_the_interval():
    for sign in (1, -1):
        step = bounded()
        optimizer = torch.optim.SGD([raw(step, "k")], lr=100.0)
        for _ in range(50):
            optimizer.zero_grad()
            (sign * step.k()).backward()
            optimizer.step()
        assert -1 <= value(step, "k") <= 1 and value(step, "k").sign() == -sign and value(step, "k").abs() > 0.9


def test_the_source_calls_a_bounded_coefficient_and_names_a_free_one():
    assert "    k = self.k()\n" in bounded().code and "(1 - k) * u + k * u_prev" in bounded().code
    assert "    k = self.k\n" in wire(get("lm2"), Field(torch.sin)).code


def test_what_is_trained_and_what_it_stands_for_have_one_name():
    step, free = bounded(), wire(get("lm2"), Field(torch.sin))
    assert raw(step, "k") is step.k.raw and torch.equal(value(step, "k"), step.k().detach())
    assert raw(free, "k") is free.k and torch.equal(value(free, "k"), free.k.detach())
    assert not value(step, "k").requires_grad and not value(free, "k").requires_grad
    assert list(step.state_dict()) == ["k.raw"]
    channels = bounded(per="channel")
    assert value(channels, "k").shape == (3,) == raw(channels, "k").shape


def test_a_bounded_step_is_copied_pickled_saved_and_compiled():
    step = bounded()
    nn.init.constant_(step.k.raw, 0.3)
    u, old = torch.randn(2, 3), torch.randn(2, 3)
    expected = step(u, old)[0]
    fresh = bounded()
    fresh.load_state_dict(step.state_dict())
    compiled = torch.compile(step, fullgraph=True, backend="aot_eager")
    for twin in (copy.deepcopy(step), fresh, compiled):
        assert torch.equal(twin(u, old)[0], expected)
    plain = wire(get("lm2", k=learned("-1/20", within=(-1, 1))), nn.Linear(3, 3))
    assert torch.equal(pickle.loads(pickle.dumps(plain))(u, old)[0], plain(u, old)[0])


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: trained(named(learned("p", within=(0, 1)))), "the law of k still depends on p"),
        (lambda: trained(named(learned(0, per="channel"))), "k is one number per channel: give `channels` to wire"),
        (lambda: trained(named(learned(None))), "k has no starting value: declare it by learned(start)"),
        (lambda: trained(named(learned("p"))), "the law of k still depends on p: fix it, for instance get(…, p=0.5)"),
        (lambda: trained(named(learned(Uniform("p", 1)))), "the law of k still depends on p"),
        (lambda: Draw(Parameter("eta", "random", Bernoulli("p"), "batch")), "the law of eta still depends on p"),
        (lambda: Draw(Parameter("xi", "random", Normal(0, "s"), "batch")), "the law of xi still depends on s"),
    ],
)
def test_what_cannot_be_drawn_is_refused(run, message):
    with pytest.raises(OdenetsError) as error:
        run()
    assert message in str(error.value)


def test_an_own_draw_may_be_declared_for_any_parameter():
    step = wire(get("lm2", k=random(Uniform(0, 1), per="batch")), Field(torch.zeros_like))
    u, old = torch.zeros(3, 4), torch.ones(3, 4)
    k = step(u, old)[0]
    assert (k == k[0, 0]).all() and 0 < k[0, 0] < 1 and torch.equal(step.eval()(u, old)[0], torch.full((3, 4), 0.5))
