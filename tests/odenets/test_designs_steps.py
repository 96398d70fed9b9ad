"""How the steps of a design begin and how far they go, against the recursion by hand."""

from fractions import Fraction

import pytest
import torch

from odenets.network import build
from schemes import get, learned, rescale
from tests.odenets.small import SMALL, fields, images, made


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


# ---- where the history begins ------------------------------


def first_states(net, x):
    """u after each step of the first stage."""
    states, found = net.stages[0].start(net.stem(x)), []
    for step in net.stages[0].steps:
        states = step(*states)
        states = states if isinstance(states, tuple) else (states,)
        found.append(states[0])
    return found


@pytest.mark.parametrize("start", ["", "euler", "repeat", "runge_kutta", "ralston2"])
def test_a_history_is_filled_as_the_spec_says(start):
    net = made(scheme="ab2", start=start)
    x = images()
    u, f = net.stem(x), net.stages[0].wired()[0].f
    F = f(u)
    from odenets.advice import runge_kutta_start

    table = get("ralston2") if start == "ralston2" else runge_kutta_start(get("ab2"))
    ((a,),) = [row[:1] for row in table.A[1:]]
    b = [float(x) for x in table.B[0]]
    one_step = u + b[0] * F + b[1] * f(u + float(a) * F)
    expected = {"repeat": u + 1.5 * F, "": u + F, "euler": u + F}.get(start, one_step)
    first, second, *_ = first_states(net, x)
    torch.testing.assert_close(first, expected)
    again = net.stages[0].wired()[1].f(first)
    torch.testing.assert_close(second, first + 1.5 * again - 0.5 * F)


def test_behind_a_crossing_by_euler_the_start_begins_again():
    net = made(scheme="ab2", start="runge_kutta")
    crossing, first, second = net.stages[1].wired()
    assert [len(step.scheme.fields) for step in (crossing, first, second)] == [1, 2, 1]  # Euler, Runge–Kutta, AB2
    assert first.code == net.stages[0].wired()[0].code and "- 1/2 * f_prev" in second.code


def test_repeating_the_start_leaves_no_coefficient_without_effect():
    net = made(scheme="lm2", start="repeat")
    assert not hasattr(net.stages[0].wired()[0], "k")
    x = images()
    torch.testing.assert_close(first_states(net, x)[0], net.stem(x) + fields(net)[0][0](net.stem(x)))


# ---- how far a step goes ------------------------------


@pytest.mark.parametrize(("h", "size"), [("1/4", 0.25), (0.5, 0.5), ("1/N", 1 / 3), ("learned(0.7)", 0.7)])
def test_the_step_size_weighs_every_block(h, size):
    net = made(scheme="euler", h=h)
    x = images()
    u = net.stem(x)
    for f in fields(net)[0]:
        u = u + size * f(u)
    torch.testing.assert_close(first_states(net, x)[-1], u)
    assert len(net.coefficients()) == (6 if str(h).startswith("learned") else 0)


def test_a_learned_step_size_multiplies_all_stages():
    net = made(scheme="rk4_classic", h=learned(Fraction(1, 2)))
    step = net.stages[0].wired()[0]
    assert step.h.item() == 0.5
    u = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    half = rescale(get("rk4_classic"), Fraction(1, 2))
    twin = build(scheme=half, **SMALL).double().eval()
    twin.load_state_dict({k: v for k, v in net.state_dict().items() if not k.endswith(".h")})
    torch.testing.assert_close(step(u), twin.stages[0].wired()[0](u))


def test_the_consistent_two_step_network_has_the_weight_one_plus_k():
    nets = made(scheme="lm2", consistent=True, values={"k": "1/4"}), made(scheme="lm2_consistent", values={"k": "1/4"})
    nets[1].load_state_dict(nets[0].state_dict())
    x = images()
    torch.testing.assert_close(nets[0](x), nets[1](x))
    assert "(k + 1) * self.f(u)" in made(scheme="lm2", consistent=True).steps()[-1][-1].code


# ---- behind the sum ------------------------------


def test_the_sum_is_rectified_behind_post_activation_blocks():
    net = made(scheme="lm2", placement="post", values={"k": "1/4"})
    x = images()
    u = net.stem(x)
    old, u = u, torch.relu(u + fields(net)[0][0](u))
    for f in fields(net)[0][1:]:
        old, u = u, torch.relu(0.75 * u + 0.25 * old + f(u))
    torch.testing.assert_close(first_states(net, x)[-1], u)
