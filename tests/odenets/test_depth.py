"""Weights as functions of depth: what a network with them is, and what it becomes with ever more steps."""

import copy
import math
import pickle
from fractions import Fraction as Q
from itertools import pairwise

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odenets.depth import Blend
from odenets.depth.basis import KINDS, read
from odenets.depth.chains import lows
from odenets.errors import OdenetsError
from odenets.network import build
from schemes import SchemeError
from schemes.consistency import weight
from schemes.interpreter import step as interpreted
from schemes.timing import abscissae
from tests.odenets.small import SMALL, images, made, vectors
from tests.strategies import multisteps, runge_kuttas

depths = st.fractions(0, 1)


# ---- functions of depth --------------------------------------------------------------------------------------------


@given(st.sampled_from(list(KINDS)), st.integers(1, 6), depths)
@settings(max_examples=40, deadline=None)
def test_functions_sum_to_one_and_are_one_at_their_own_place(kind, count, s):
    basis = read(f"{kind}:{count}")
    assert math.isclose(sum(basis.weights(s).values()), 1, abs_tol=1e-9)
    for m, place in enumerate(basis.places):
        found = basis.weights(place)
        assert all(math.isclose(found.get(k, 0), k == m, abs_tol=1e-9) for k in range(count))


@given(st.integers(1, 6), depths)
@settings(max_examples=20, deadline=None)
def test_cosines_and_polynomials_span_what_they_say(count, s):
    for kind, function in (("cosine", lambda k, x: math.cos(k * math.pi * x)), ("legendre", lambda k, x: x**k)):
        basis = read(f"{kind}:{count}")
        for k in range(count):
            value = sum(w * function(k, float(basis.places[m])) for m, w in basis.weights(s).items())
            assert math.isclose(value, function(k, float(s)), abs_tol=1e-9)


def test_a_step_that_ends_at_a_jump_sees_what_it_saw():
    basis = read("constant:4")
    assert basis.weights(Q(1, 2)) == {2: 1}
    assert basis.weights(Q(1, 2), end=True) == {1: 1}
    assert basis.weights(0, end=True) == {0: 1}
    assert basis.weights(1) == {3: 1}


def test_text_and_back():
    for text in ("linear:4", "constant:0,1/3,0.5", "cosine:2", "legendre:5", "linear:0.2,0.7"):
        assert read(str(read(text))) == read(text)
    assert read("linear:3").places == (0, Q(1, 2), 1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("spline:3", "write a kind and a number of knots"),
        ("linear", "at least 1"),
        ("linear:0", "at least 1"),
        ("legendre:21", "at most 20"),
        ("cosine:0,1/2", "stands a number of knots"),
        ("constant:1/4,1/2", "the first of constant is 0"),
        ("linear:1/2,1/4", "places increase"),
        ("linear:a,b", "places are numbers"),
        ("linear:0,1/0", "places are numbers"),
    ],
)
def test_what_is_no_basis(text, said):
    with pytest.raises(OdenetsError, match=said):
        read(text)


# ---- networks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "block"), [("euler", "basic"), ("heun2", "basic"), ("revnet", "basic")])
@pytest.mark.parametrize("norm", ["batch", "group"])
def test_a_piece_a_step_is_the_plain_network_bit_for_bit(scheme, block, norm):
    """Outputs, gradients and statistics, in training and behind it."""
    fields = {"f": block, "g": block} if scheme == "revnet" else block
    options = {"scheme": scheme, "block": fields, "norm": norm, **SMALL, "layers": (3, 1)}
    plain, other = build(**options), build(**options, weights="constant:3")
    other.stem.load_state_dict(plain.stem.state_dict())
    other.head.load_state_dict(plain.head.state_dict())
    other.stages[1].load_state_dict(plain.stages[1].state_dict())
    for field, knots in other.stages[0].knots.items():
        for knot, step in zip(knots, plain.stages[0].steps, strict=True):
            knot.load_state_dict(getattr(step, field).state_dict(), strict=False)
    x = images().float()
    for _ in range(2):
        results = [net(x) for net in (plain, other)]
        assert torch.equal(*results)
        for out in results:
            out.square().sum().backward()
    for field, knots in other.stages[0].knots.items():
        for knot, step in zip(knots, plain.stages[0].steps, strict=True):
            own = dict(getattr(step, field).named_parameters())
            assert all(torch.equal(p.grad, own[name].grad) for name, p in knot.named_parameters())
    evaluated = [net.eval()(x) for net in (plain, other)]
    assert torch.equal(*evaluated) == ((scheme, norm) != ("heun2", "batch"))  # there each evaluation has its statistics


@pytest.mark.parametrize(
    ("scheme", "weights", "order", "options"),
    [
        ("euler", "cosine:3", 1, {}),
        ("heun2", "legendre:3", 2, {}),
        ("rk4_classic", "cosine:3", 4, {}),
        ("ab2", "legendre:3", 2, {"start": "runge_kutta"}),
        ("lm2", "cosine:3", 1, {"values": {"k": "-1/2"}, "consistent": True}),
    ],
)
def test_the_same_knots_with_ever_more_steps_become_one_function_at_the_order_of_the_scheme(
    scheme, weights, order, options
):
    torch.manual_seed(1)
    x = torch.randn(8, 3, dtype=torch.float64)
    first = vectors("rk4_classic", 8, weights=weights, h="1/N")
    knots = {k: v for k, v in first.state_dict().items() if ".steps." not in k}
    found = []
    for steps in (8, 16, 32, 80):
        own = {"scheme": "rk4_classic"} if steps == 80 else {"scheme": scheme, **options}
        net = vectors(**own, steps=steps, weights=weights, h="1/N")
        net.load_state_dict(knots, strict=False)
        found.append(net(x).detach())
    *coarse, exact = found
    errors = [(u - exact).norm().item() for u in coarse]
    slopes = [math.log2(a / b) for a, b in pairwise(errors)]
    assert abs(slopes[-1] - order) < 0.25, slopes


@pytest.mark.parametrize("weights", ["constant:4", "linear:5"])
def test_steps_that_meet_the_jumps_and_kinks_keep_the_order(weights):
    torch.manual_seed(2)
    x = torch.randn(8, 3, dtype=torch.float64)
    first = vectors("rk4_classic", 64, weights=weights, h="1/N")
    exact, errors = first(x).detach(), []
    for steps in (8, 16, 7, 14):
        net = vectors("rk4_classic", steps, weights=weights, h="1/N")
        net.load_state_dict({k: v for k, v in first.state_dict().items() if ".steps." not in k}, strict=False)
        errors.append((net(x) - exact).norm().item())
    assert math.log2(errors[0] / errors[1]) > 3.7
    assert errors[3] > 20 * errors[1]  # 14 steps do not meet the quarters


def test_networks_without_statistics_have_one_state_dict_for_all_numbers_of_steps():
    few, many = vectors("heun2", 3, weights="linear:4"), vectors("heun2", 6, weights="linear:4")
    assert set(few.state_dict()) == set(many.state_dict())
    assert {k[:18] for k in few.state_dict() if k.startswith("stages")} == {f"stages.0.knots.f.{m}" for m in range(4)}
    assert [k for k, _ in few.named_parameters()] == list(few.state_dict())


@given(runge_kuttas(most=3) | multisteps())
@settings(max_examples=8, deadline=None)
def test_any_scheme_evaluates_its_field_at_the_times_of_its_table(scheme):
    """Against the interpreter, with θ(t_n + c_i ψ h) put in by hand; all steps are full ones, behind three of start."""
    try:
        assume(weight(scheme) > 0)
    except SchemeError:
        assume(False)
    steps = scheme.history + 2
    try:
        net = vectors(scheme, steps, weights="linear:3")
    except (OdenetsError, SchemeError):
        assume(False)  # a first step that evaluates nothing
    stage, knots = net.stages[0], net.stages[0].knots["f"]
    psi = [weight(scheme)] * steps
    states, zero = (
        [torch.randn(2, 4, dtype=torch.float64) for _ in scheme.states],
        torch.zeros(2, 4, dtype=torch.float64),
    )
    for n, (low, wired) in enumerate(zip(lows(stage), stage.chain(), strict=True)):
        places = [(sum(psi[:n]) + c * psi[n]) / sum(psi) for c in abscissae(low)]
        found = wired(*states)
        expected = interpreted(low, [by_hand(knots, float(s)) for s in places], states)
        for a, b in zip(found if isinstance(found, tuple) else (found,), expected, strict=True):
            torch.testing.assert_close(a + zero, b + zero, rtol=1e-9, atol=1e-9)  # an empty sum is the number 0


def by_hand(knots, s):
    """The field of linear weights on three knots at 0, 1/2 and 1."""
    s = min(max(s, 0), 1)
    first, part = (0, 2 * s) if s < 0.5 else (1, 2 * s - 1)
    own = copy.deepcopy(knots[0])
    with torch.no_grad():
        for p, a, b in zip(*(x.parameters() for x in (own, knots[first], knots[first + 1])), strict=True):
            p.copy_((1 - part) * a + part * b)
    return own


def test_gradients_of_knots():
    net = vectors("heun2", 3, weights="cosine:2", values={}).train()
    x = torch.randn(2, 3, dtype=torch.float64)
    knots = [p for p in net.stages[0].knots.parameters()]
    names = [name for name, p in net.named_parameters() if any(p is knot for knot in knots)]

    def value(*tensors):
        return torch.func.functional_call(net, dict(zip(names, tensors, strict=True)), (x,))

    assert len(names) == len(knots)
    assert torch.autograd.gradcheck(value, tuple(p.detach().requires_grad_() for p in knots))


@pytest.mark.parametrize("change", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_have_knots_of_their_own(change):
    net = made(scheme="heun2", weights="linear:3")
    other, x = change(net), images()
    assert torch.equal(net(x), other(x))
    with torch.no_grad():
        next(other.stages[0].knots.parameters()).add_(1)
    assert not torch.equal(net(x), other(x))
    blends = [part for part in other.modules() if isinstance(part, Blend)]
    own = {id(p) for p in other.stages[0].knots.parameters()} | {id(p) for p in other.stages[1].knots.parameters()}
    assert all(id(p) in own for blend in blends for p in blend.parameters())


def test_learned_coefficients_stay_one_a_step():
    net = made(scheme="lm2", weights="linear:2")
    assert [(i, j, name) for i, j, name, _ in net.coefficients()] == [
        (0, 1, "k"),
        (0, 2, "k"),
        (1, 1, "k"),
        (1, 2, "k"),
    ]


def test_reversible_networks_have_the_same_gradients():
    def gradients(**options):
        torch.manual_seed(3)
        net = build(
            scheme="revnet", block={"f": "basic", "g": "basic"}, weights="linear:2", **SMALL, **options
        ).double()
        net(images_once).square().sum().backward()
        return {name: p.grad for name, p in net.named_parameters()}, dict(net.named_buffers())

    images_once = images()
    plain, buffers = gradients()
    other, measured = gradients(reversible=True)
    assert plain.keys() == other.keys()
    for name, grad in plain.items():
        torch.testing.assert_close(other[name], grad, rtol=1e-9, atol=1e-9)
    for name, buffer in buffers.items():
        torch.testing.assert_close(measured[name], buffer)
