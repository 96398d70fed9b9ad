"""Designs beyond the paper's: history, starts, step size, maps, changes of shape, against the recursion by hand."""

import json
from fractions import Fraction

import pytest
import torch
from torch import nn

from odenets.errors import OdenetsError
from odenets.network import build
from odenets.spec import Spec
from schemes import Normal, SchemeError, adams_bashforth, compose, get, learned, loads, repeat, rescale

IMAGES = (4, 3, 8, 8)
SMALL = {"widths": (4, 8), "layers": (3, 3)}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def made(**options):
    return build(**{**SMALL, **options}).double().eval()


def images():
    return torch.randn(IMAGES, dtype=torch.float64)


def same(net, u, x):
    torch.testing.assert_close(net(x), net.head(u), rtol=0, atol=1e-11)


def fields(net):
    """The blocks of each stage of a network with one field."""
    return [[step.f for step in stage.wired()] for stage in net.stages]


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


def test_the_sum_is_rectified_behind_post_activation_blocks():
    net = made(scheme="lm2", placement="post", values={"k": "1/4"})
    x = images()
    u = net.stem(x)
    old, u = u, torch.relu(u + fields(net)[0][0](u))
    for f in fields(net)[0][1:]:
        old, u = u, torch.relu(0.75 * u + 0.25 * old + f(u))
    torch.testing.assert_close(first_states(net, x)[-1], u)


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


def test_fields_have_blocks_of_their_own():
    net = build("macaron_vit", stem="patches2", layers=(2,), widths=(16,), options={"heads": 2, "ratio": 2})
    step = net.steps()[0][-1]
    assert [type(b).__name__ for b in (step.f1, step.g, step.f3)] == ["Feedforward", "Attention", "Feedforward"]
    assert net(torch.randn(IMAGES)).shape == (4, 10)


REFUSALS = {
    "implicit": ({"scheme": "backward_euler"}, "backward_euler is implicit and cannot be wired: unroll it"),
    "two maps": (
        {"scheme": "imex_trapezoid", "block": {"f": "symmetric", "g": "diffusion"}, "across": "layer"},
        "one block cannot be the resolvent of each: take a scheme with the same for all",
    ),
    "shape": ({"block": "antisymmetric"}, "leave the change to a transition between the stages (across = 'layer')"),
    "slopes": (
        {"scheme": "ab2", "history": "project"},
        "ab2 keeps hf[n-1], which transition 'bn-relu-conv' cannot project, as it is not linear: take transition",
    ),
    "velocity": ({"scheme": "momentum", "history": "project"}, "momentum keeps v[n], which transition"),
    "taking turns": ({"scheme": (("lm2", "euler"), "lm2")}, "keep other states and cannot take turns: give a stage"),
    "stages": ({"scheme": ("lm2", "lm2", "lm2")}, "scheme names 3 schemes for 2 stages"),
    "both": ({"depth": 20, "layers": (3, 3)}, "say the same, give one of them"),
    "layers": ({"layers": (3, 3, 3)}, "layers = (3, 3, 3) must be the steps of each of 2 stages"),
    "stem": ({"stem": "patches2"}, "stem 'patches2' makes tokens, block 'basic' takes images: take the stem conv3 or"),
    "transition": ({"transition": "linear"}, "transition 'linear' is not for images"),
    "shared": ({"transition": "shared", "placement": "post"}, "take it with placement = 'pre', across = 'step' and"),
    "no block": ({"scheme": "revnet", "block": {"f": "basic"}}, "the field 'g' has no block: name one in block"),
    "kinds": ({"block": {"f": "basic", "g": "attention"}}, "all blocks of a network are for images, or all for tokens"),
    "pair": ({"block": "hamiltonian", "across": "layer"}, "a pair for two fields"),
    "step size": ({"h": "1/n"}, "h = '1/n' is not understood"),
    "start": ({"scheme": "ab2", "start": "euller"}, "no scheme is called 'euller'"),
    "long start": (
        {"scheme": "ab3", "start": "ab2"},
        "ab2 needs a history itself and cannot start ab3: take a one-step",
    ),
    "surplus block": (
        {"scheme": "euler", "block": {"f": "basic", "g": "basic"}},
        "block names the field 'g', which no scheme of the network evaluates: its fields are f",
    ),
    "start of a pair": ({"scheme": "cnlf", "start": "runge_kutta"}, "name its start"),
    "no scheme": ({"scheme": None}, "scheme = None is no scheme: give a name"),
    "empty schemes": ({"scheme": [[]]}, "scheme = [] is no scheme"),
    "width": ({"widths": 16}, "widths = 16 are no whole numbers, one a stage"),
    "classes": ({"classes": 10.0}, "classes = 10.0 is no whole number"),
    "unknown value": ({"scheme": ("euler", "lm2"), "values": {"q": 1}}, "no scheme of the network has a parameter 'q'"),
    "no step": ({"h": 0}, "h = 0: a step size is a number other than 0"),
    "varying step": ({"h": "1:0.5"}, "h = 1:1/2: a step size is"),
    "unused start": ({"scheme": "euler", "start": "euller"}, "no scheme is called 'euller'"),
    "scheme for a model": ("lm2", "no model is called 'lm2': odenets models lists them, a scheme is build(scheme=…)"),
    "explicit resolvent": (
        {"scheme": "euler", "block": "diffusion", "across": "layer"},
        "euler evaluates f explicitly, and diffusion is a resolvent: take a scheme that is implicit in it",
    ),
    "two resolvents": (
        {**FG, "scheme": (("imex_euler", "ars222"),), "depth_shared": True},
        "ask g for different resolvents, and one block cannot be all of them: leave depth_shared out",
    ),
    "no one history": (
        {"scheme": ("lm2", "ab2"), "history": "project", "transition": "conv"},
        "carries u[n], u[n-1] of lm2 on, and ab2 behind it keeps u[n], hf[n-1]: give all stages schemes of the same",
    ),
    "products of noise": (
        {"scheme": "euler_heun", "residual": False, "block": "conv"},
        "has no network of evaluation, as products of random coefficients stand in its table",
    ),
    "opened": ({"block": "conv", "transition": "shared"}, "across = 'step' and blocks basic, bottleneck or resnext"),
    "falling widths": ({"widths": (8, 4), "transition": "pool-pad"}, "cannot go from 8 to 4: take 'conv'"),
    "infinite": ({"h": float("inf")}, "h = inf is no number: give a finite one"),
    "no block evaluated": ({"scheme": "momentum", "values": {"gamma": 1}}, "evaluates no block, its weights are 0"),
    "one column": ({"scheme": "fractalnet_drop_path", "values": {"columns": 1}}, "columns = 1"),
    "model": ("resnet51", "no model is called 'resnet51': near it are resnet56, resnet50"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_wrong_combination_is_one_sentence_with_the_repair(case):
    options, message = REFUSALS[case]
    with pytest.raises((OdenetsError, SchemeError)) as error:
        build(options) if isinstance(options, str) else build(**{**SMALL, **options})
    assert message in str(error.value)
    assert str(error.value).count("\n") == 0


def test_images_too_small_to_be_cut_or_halved_are_refused():
    with pytest.raises(OdenetsError, match="cannot be halved again: take larger ones, fewer stages or another"):
        build(scheme="euler", transition="max-pool", widths=(4,) * 5, layers=(1,) * 5)(torch.randn(IMAGES))
    with pytest.raises(OdenetsError, match="has no patch of 16: take a stem of smaller patches"):
        build("vit", stem="patches16")(torch.randn(IMAGES))


def test_a_law_without_text_stays_out_of_records():
    spec = Spec("lm2", values={"k": learned(Normal(0, 1))})
    with pytest.raises(OdenetsError, match="are plain data, declare it in the scheme"):
        spec.as_dict()


def test_a_record_of_a_later_version_is_not_read_as_another_network():
    with pytest.raises(OdenetsError, match="a spec has no field 'colour': the record is of a newer odenets"):
        Spec.from_dict({**Spec().as_dict(), "colour": "red"})


def test_depth_and_layers_do_not_silently_replace_each_other():
    with pytest.raises(OdenetsError, match=r"layers = \(3, 4, 6, 3\) are not: give layers"):
        build("resnet50", depth=50)


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
