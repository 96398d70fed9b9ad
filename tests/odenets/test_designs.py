"""Designs beyond the paper's: history, starts, step size, maps, changes of shape, against the recursion by hand."""

import json

import pytest
import torch
from torch import nn

from odenets.network import build, changed
from odenets.spec import Spec
from schemes import adams_bashforth, compose, get, loads, repeat
from tests.odenets.small import IMAGES, SMALL, fields, images, made, same


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


# ---- where the shape changes ------------------------------


def test_a_history_that_is_projected_goes_through_the_crossing():
    net = made(scheme="lm2", history="project", values={"k": "1/4"})
    x = images()
    u = net.stem(x)
    old, u = u, u + net.stages[0].wired()[0].f(u)
    for f in fields(net)[0][1:]:
        old, u = u, 0.75 * u + 0.25 * old + f(u)
    P = net.stages[1].steps[0].project
    old, u = P(u), 0.75 * P(u) + 0.25 * P(old) + fields(net)[1][0](u)
    for f in fields(net)[1][1:]:
        old, u = u, 0.75 * u + 0.25 * old + f(u)
    same(net, u, x)
    assert [(i, j) for i, j, *_ in made(scheme="lm2", history="project").coefficients()] == [
        (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)
    ]  # fmt: skip


@pytest.mark.parametrize("transition", ["conv", "pool-pad"])
def test_slopes_are_projected_by_what_is_linear(transition):
    net = made(scheme="ab2", history="project", transition=transition)
    x = images()
    u = net.stem(x)
    slope = net.stages[0].wired()[0].f(u)
    u = u + slope
    for f in fields(net)[0][1:]:
        new = f(u)
        u, slope = u + 1.5 * new - 0.5 * slope, new
    P, f = net.stages[1].steps[0].project, fields(net)[1][0]
    new = f(u)
    u, slope = P(u) + 1.5 * new - 0.5 * P(slope), new
    for f in fields(net)[1][1:]:
        new = f(u)
        u, slope = u + 1.5 * new - 0.5 * slope, new
    same(net, u, x)


def test_a_runge_kutta_scheme_crosses_by_itself_where_states_are_projected():
    net = made(scheme="heun2", history="project", share="stage")
    x = images()
    u = net.stem(x)
    for step in net.stages[0].wired():
        F = step.f1(u)
        u = u + F / 2 + step.f2(u + F) / 2
    crossing, *others = net.stages[1].steps
    projected, F = crossing.project(u), crossing.step.f1(u)
    u = projected + F / 2 + crossing.step.f2(projected + F) / 2
    for step in others:
        F = step.f1(u)
        u = u + F / 2 + step.f2(u + F) / 2
    same(net, u, x)


@pytest.mark.parametrize("history", ["restart", "project"])
def test_a_layer_between_stages_leaves_every_step_its_shape(history):
    net = made(scheme="lm2", across="layer", history=history, values={"k": "1/4"})
    x = images()
    u = old = net.stem(x)
    start = True
    for stage, blocks in zip(net.stages, fields(net), strict=True):
        if stage.enter is not None:
            u, old, start = stage.enter.project(u), stage.enter.project(old), history == "restart"
        for f in blocks:
            old, u = u, (u if start else 0.75 * u + 0.25 * old) + f(u)
            start = False
    same(net, u, x)


@pytest.mark.parametrize("scheme", ["revnet", "stormer_verlet", "lm2", "momentum", "heun2", "dimsim2", "tsrk3"])
@pytest.mark.parametrize("across", ["step", "layer"])
@pytest.mark.parametrize("history", ["restart", "project"])
@pytest.mark.parametrize("placement", ["pre", "post"])
def test_every_combination_trains_compiles_and_leaves_no_parameter_behind(scheme, across, history, placement):
    net = build(scheme=scheme, across=across, history=history, placement=placement, transition="conv", **SMALL)
    net(torch.randn(8, 3, 8, 8)).square().sum().backward()
    for key, p in net.named_parameters():
        assert p.grad is not None and p.grad.abs().max() > 0, key
    x = torch.randn(IMAGES)
    torch._dynamo.reset()
    compiled = torch.compile(net.eval(), fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(x), net(x))


def test_a_layer_rectifies_values_and_leaves_slopes():
    net = made(scheme="ab2", across="layer", history="project", transition="conv", placement="post")
    enter = net.stages[1].enter
    u, slope = (torch.randn(2, 4, 8, 8, dtype=torch.float64) for _ in range(2))
    found = enter(u, slope)
    torch.testing.assert_close(found[0], torch.relu(enter.project(u)))
    torch.testing.assert_close(found[1], enter.project(slope))


def test_block_and_projection_share_their_activation_in_resnet_v2():
    net = made(scheme="euler", transition="shared")
    x = images()
    u = net.stem(x)
    for f in fields(net)[0]:
        u = u + f(u)
    crossing, *others = net.stages[1].steps
    w = crossing.before(u)
    assert isinstance(crossing.step.f[0], nn.Conv2d)  # its own norm and relu are those that are shared
    u = crossing.project(w) + crossing.step.f(w)
    for step in others:
        u = u + step.f(u)
    same(net, u, x)


# ---- maps ------------------------------


def test_blocks_that_are_maps_make_a_plain_network():
    net = made(scheme="euler", residual=False, block="conv", placement="post")
    x = images()
    u = net.stem(x)
    for blocks in fields(net):
        for f in blocks:
            u = f(u)
    same(net, u, x)
    assert not any("project" in name for name, _ in net.named_parameters())  # nothing is added, nothing is projected
    assert all("after" not in step.code for *_, step in net.steps())  # a map ends with its own activation


FG = {"scheme": "imex_euler", "block": {"f": "symmetric", "g": "diffusion"}, "across": "layer"}


@pytest.mark.parametrize(("h", "factors"), [("1/2", [0.5] * 3), ("1/N", [1 / 3] * 3)])
def test_a_resolvent_knows_how_far_its_stage_goes(h, factors):
    net = build(**FG, h=h, widths=(4,), layers=(3,)).double()
    assert [step.g.a for *_, step in net.steps()] == pytest.approx(factors)
    f, g = (net.steps()[0][2].get_submodule(name) for name in "fg")
    u = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    h = factors[0]
    y = net.steps()[0][2](u)  # y = u + h f(u) + h g(y), g = -LᵀL, whose resolvent at step a is (1 + a LᵀL)⁻¹
    waves = torch.fft.rfft2(y) * g.symbol(8, 8)
    torch.testing.assert_close(y + h * torch.fft.irfft2(waves, s=(8, 8)), u + h * f(u))


def test_a_step_that_starts_an_implicit_scheme_has_a_resolvent_of_its_own():
    net = build(**{**FG, "scheme": "sbdf2"}, widths=(4,), layers=(3,))
    assert [step.g.a for *_, step in net.steps()] == pytest.approx([1, 2 / 3, 2 / 3])
    assert "self.g(u + F1), u, F1" in net.steps()[0][2].code


def test_an_implicit_field_is_wired_by_its_resolvent():
    net = made(scheme="imex_euler", block={"f": "symmetric", "g": "diffusion"}, across="layer", h="1/2")
    step = net.stages[0].wired()[0]
    assert "self.g(u + 1/2 * self.f(u))" in step.code and step.g.a == 0.5
    build(scheme="ars222", block={"f": "symmetric", "g": "diffusion"}, across="layer", **SMALL)(torch.randn(IMAGES))


# ---- any scheme ------------------------------

ANY = {
    "typed": loads("0 | ; 1/2 | 1/2 ; | 0 1", name="mine"),
    "family": adams_bashforth(4),
    "composition": compose(get("heun2"), get("euler")),
    "of several steps": repeat(get("lm2"), 2),
    "nested": (("polynet_poly2", "polynet_2way"), get("polynet_poly3")),
}


@pytest.mark.parametrize("scheme", ANY.values(), ids=ANY)
def test_any_explicit_scheme_is_a_network_and_its_spec_is_plain_data(scheme):
    net = build(scheme=scheme, **SMALL)
    text = json.dumps(net.spec.as_dict())
    again = Spec.from_dict(json.loads(text))
    assert again == net.spec and json.dumps(again.as_dict()) == text
    twin = build(again)
    twin.load_state_dict(net.state_dict())
    x = torch.randn(IMAGES)
    assert torch.equal(net.eval()(x), twin.eval()(x))


def test_steps_take_turns_in_a_mixed_stage():
    net = build(scheme=(("polynet_poly2", "polynet_2way"), "polynet_poly3"), across="layer", **SMALL)
    assert [step.scheme.name for *_, step in net.steps()] == [
        "polynet_poly2", "polynet_2way", "polynet_poly2", *["polynet_poly3"] * 3
    ]  # fmt: skip


def test_what_was_usual_for_other_blocks_is_not_kept():
    spec = changed(Spec("euler", depth=20), block="transformer", widths=(8,), layers=(2,))
    assert (spec.stem, spec.transition) == ("patches4", "linear")
    assert changed(Spec("euler"), placement="post").transition == "conv-bn"
    assert changed(Spec("euler", transition="conv"), placement="post").transition == "conv"


def test_fields_have_blocks_of_their_own():
    net = build("macaron_vit", stem="patches2", layers=(2,), widths=(16,), options={"heads": 2, "ratio": 2})
    step = net.steps()[0][-1]
    assert [type(b).__name__ for b in (step.f1, step.g, step.f3)] == ["Feedforward", "Attention", "Feedforward"]
    assert net(torch.randn(IMAGES)).shape == (4, 10)


def test_equal_seeds_give_the_weights_of_blocks_that_are_made_once():
    made_once = []
    for scheme in ("rk4_classic", "euler"):
        torch.manual_seed(0)
        made_once.append(build(scheme=scheme, **SMALL).state_dict())
    assert all(torch.equal(made_once[0][k], made_once[1][k]) for k in made_once[0])


def test_learned_coefficients_live_where_the_network_is_built():
    with torch.device("meta"):
        net = build(scheme="lm2", **SMALL)
        assert all(p.is_meta for p in net.parameters())
        net(torch.randn(IMAGES)).sum().backward()
