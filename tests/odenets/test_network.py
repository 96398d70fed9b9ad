"""Networks: the whole forward by hand, parameter counts of the published code, gradients, refusals."""

import copy
from fractions import Fraction

import pytest
import torch
from torch import nn

from odenets.errors import OdenetsError
from odenets.network import build
from odenets.spec import Spec
from schemes import SchemeError, formula, full_history, get, learned
from schemes.registry import entry
from tests.sample import over

IMAGES = (4, 3, 8, 8)
SMALL = {"widths": (4, 8, 8)}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


# ---- the forward by hand ------------------------------


def by_hand(net, images, advance):
    """Stem, three stages and head from the network's own modules; advance(step, f, history) is the next state."""
    u = net.stem(images)
    for stage in net.stages:
        steps = list(stage.steps)
        history = [u]
        if stage.crosses:  # u' = P(u) + f(u), and the history restarts at P(u)
            crossing = steps.pop(0)
            projected = crossing.project(u)
            history = [projected, projected + crossing.step.f(u)]
            assert not any(name.startswith("k") for name, _ in crossing.step.named_parameters(recurse=False))
        for step in steps:
            history.append(advance(step, step.f, history))
        u = history[-1]
    return net.head(u)


def lm2(step, f, history):
    if len(history) == 1:
        assert not hasattr(step, "k")  # the first step of a stage is Euler's
        return history[-1] + f(history[-1])
    return (1 - step.k) * history[-1] + step.k * history[-2] + f(history[-1])


def history_of_all(step, f, history):
    ks = [getattr(step, f"k{j}") for j in range(1, len(history))]
    assert not hasattr(step, f"k{len(history)}")
    return sum(w * u for w, u in zip([1 - sum(ks), *ks], reversed(history), strict=True)) + f(history[-1])


def residual(step, f, history):
    return history[-1] + f(history[-1])


@pytest.mark.parametrize(
    ("scheme", "block", "depth", "advance"),
    [
        ("euler", "basic", 20, residual),
        ("lm2", "basic", 20, lm2),
        ("lm2", "basic", 32, lm2),
        ("lm2", "bottleneck", 29, lm2),
        ("full_history", "basic", 26, history_of_all),
    ],
)
@pytest.mark.parametrize("training", [True, False])
def test_the_whole_forward_is_the_recursion_written_by_hand(scheme, block, depth, advance, training):
    net = build(scheme=scheme, block=block, depth=depth, **SMALL).double().train(training)
    with torch.no_grad():
        for *_, k in net.coefficients():
            k.uniform_(-0.5, 0.5)
    images = torch.randn(IMAGES, dtype=torch.float64)
    by_itself, twin = net(images), copy.deepcopy(net)
    torch.testing.assert_close(by_hand(twin, images, advance), by_itself, rtol=0, atol=1e-12)


def test_a_network_of_euler_steps_is_a_residual_network_bit_for_bit():
    net = build(scheme="euler", depth=14, **SMALL).eval()
    images = torch.randn(IMAGES)
    assert torch.equal(by_hand(net, images, residual), net(images))


def test_momentum_network_is_the_consistent_two_step_network_with_k_minus_gamma():
    velocity, two_step = (
        build(scheme=name, values=values, depth=26, **SMALL).double().eval()
        for name, values in (("momentum", {"gamma": "0.9"}), ("lm2_consistent", {"k": Fraction(-9, 10)}))
    )
    images = torch.randn(IMAGES, dtype=torch.float64)
    for stage, twin in zip(velocity.stages, two_step.stages, strict=True):
        for step, other in zip(stage.steps, twin.steps, strict=True):
            other.load_state_dict(step.state_dict())
    two_step.stem.load_state_dict(velocity.stem.state_dict())
    two_step.head.load_state_dict(velocity.head.state_dict())
    # the velocity weighs the first increment of a stage by 1 - γ, the history's Euler start by 1: undo that difference
    for net in (velocity, two_step):
        for stage in net.stages:
            for step in stage.steps[:1]:
                nn.init.zeros_((step.step if stage.crosses else step).f[-1].weight)
    torch.testing.assert_close(velocity(images), two_step(images), rtol=0, atol=1e-12)


def test_a_reversible_network_is_inverted_step_by_step():
    net = build(scheme="revnet", depth=26, **SMALL).double().eval()
    stage = net.stages[0]
    x, y = (torch.randn(2, 2, 8, 8, dtype=torch.float64) for _ in range(2))
    a, b = x, y
    for step in stage.steps:
        a, b = step(a, b)
    for step in reversed(stage.steps):
        b = b - step.g(a)
        a = a - step.f(b)
    torch.testing.assert_close((a, b), (x, y), rtol=0, atol=1e-10)


# ---- parameters ------------------------------

PUBLISHED = {20: 273_475, 32: 467_913, 44: 662_351, 56: 856_789, 110: 1_731_760}


@pytest.mark.parametrize(
    ("depth", "block", "count"),
    [*((depth, "basic", n - 1_091) for depth, n in PUBLISHED.items()), (164, "bottleneck", 1_703_760 - 35)],
)
def test_lm_resnets_have_the_published_parameters_without_the_unused_ones(depth, block, count):
    with torch.device("meta"):
        net = build(scheme="lm2", depth=depth, block=block)
    assert sum(p.numel() for p in net.parameters()) == count
    steps = net.spec.steps[0]
    assert [(i, j) for i, j, *_ in net.coefficients()] == [(i, j) for i in range(3) for j in range(1, steps)]


@pytest.mark.parametrize("name", over(explicit=True))
def test_every_parameter_of_every_network_gets_a_gradient_and_no_k_stands_at_a_first_step(name):
    kept = {"p": 1} if "p" in entry(name).declared else {}  # a block that is dropped has no gradient
    kept = {"p": 0, "share": 0} if "share" in entry(name).declared else kept  # of drop-path p is what drops
    net = build(scheme=name, depth=26, values=kept, **SMALL)
    net(torch.randn(8, 3, 8, 8)).square().sum().backward()
    for key, p in net.named_parameters():
        assert p.grad is not None and p.grad.abs().max() > 0, key
    if get(name).history:
        assert all(step >= 1 for _, step, *_ in net.coefficients())


def test_convolutions_start_with_he_weights_and_the_head_without_bias():
    net = build(depth=20)
    conv = net.stages[1].steps[1].f[2]
    fan = conv.out_channels * 9
    assert abs(conv.weight.std() * (fan / 2) ** 0.5 - 1) < 0.05 and not net.head[-1].bias.any()


def test_values_as_pairs_are_linear_over_the_depth():
    net = build(scheme="stochastic_depth", values={"p": (1, "1/2")}, depth=20)
    laws = [step.scheme.parameters[0].value.p for *_, step in net.steps()]
    assert laws == [1 - Fraction(i, 16) for i in range(9)]
    with_floats = build(scheme="stochastic_depth", values={"p": [1.0, 0.5]}, depth=20)
    assert [step.scheme.parameters[0].value.p for *_, step in with_floats.steps()] == laws


def test_a_scheme_object_serves_as_well_as_a_name():
    for scheme in (get("rk4_classic"), full_history(3), formula("own", lambda f, u: u + f(u) / 2)):
        assert build(scheme=scheme, depth=14, **SMALL)(torch.randn(IMAGES)).shape == (4, 10)


def test_schemes_of_several_components_share_out_the_channels_also_across_stages():
    jacobi = formula("jacobi", lambda f, g, x, y: (x + f(y), y + g(x)), fields=("f", "g"), states=("x[n]", "y[n]"))
    for scheme in (jacobi, "revnet"):
        assert build(scheme=scheme, depth=14, **SMALL)(torch.randn(IMAGES)).shape == (4, 10)


def test_coefficients_per_channel_have_one_number_a_channel_of_their_stage():
    net = build(scheme="lm2", values={"k": learned("-1/20", per="channel")}, depth=20)
    assert [tuple(k.shape) for *_, k in net.coefficients()] == [(c, 1, 1) for c in (16, 16, 32, 32, 64, 64)]


@pytest.mark.parametrize("share", ["field", "stage"])
def test_blocks_are_shared_by_field_or_made_for_each_stage(share):
    net = build(scheme="heun2", share=share, depth=14, **SMALL)
    step = net.stages[0].steps[0]
    assert sorted(name for name, _ in step.named_children()) == (["f"] if share == "field" else ["f1", "f2"])


def test_a_spec_with_changes_keeps_the_rest():
    spec = Spec(scheme="euler", depth=14, widths=(4, 8, 8))
    assert build(spec, classes=7).spec == Spec(scheme="euler", depth=14, widths=(4, 8, 8), classes=7)


# ---- one block many times ------------------------------


@pytest.mark.parametrize("share", ["field", "stage"])
@pytest.mark.parametrize("scheme", ["euler", "lm2", "heun2", "revnet", "ab2"])
def test_blocks_shared_in_depth_are_the_same_in_every_step_behind_the_crossing(scheme, share):
    net = build(scheme=scheme, depth=26, depth_shared=True, share=share, **SMALL)
    for stage in net.stages:
        steps = stage.wired()[stage.crosses :]
        for name, block in steps[-1].named_children():
            assert all(getattr(step, name, block) is block for step in steps)
        crossing = {id(p) for step in stage.wired()[: stage.crosses] for p in step.parameters()}
        assert not crossing & {id(p) for step in steps for p in step.parameters()}


def test_a_network_shared_in_depth_has_the_parameters_of_one_block_a_stage_and_learns_a_k_a_step():
    shallow, deep = (build(scheme="lm2", depth=depth, depth_shared=True, **SMALL) for depth in (20, 56))
    counts = [sum(p.numel() for p in net.parameters()) for net in (shallow, deep)]
    assert counts[1] - counts[0] == len(deep.coefficients()) - len(shallow.coefficients()) == 18
    assert deep.summary(8)[1]["parameters"] == sum(p.numel() for p in deep.stages[0].parameters())
    images = torch.randn(IMAGES)
    torch.testing.assert_close(by_hand(deep.eval(), images, lm2), deep(images))
    assert build(scheme="lm2", depth=20, depth_shared=True).steps()[-1][-1].code == build(depth=20).steps()[-1][-1].code


def test_a_checkpoint_of_a_network_shared_in_depth_keeps_it_shared(tmp_path):
    from odenets import checkpoint

    options = {"scheme": "lm2", "depth": 20, "depth_shared": True, "activation": "gelu", "norm": "group", **SMALL}
    nets = [build(**options) for _ in range(2)]
    optimizers = [torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9) for net in nets]
    nets[0](torch.randn(IMAGES)).square().sum().backward()
    optimizers[0].step()
    checkpoint.save(tmp_path / "c", *checkpoint.pack(nets[0], optimizers[0]))
    checkpoint.unpack(*checkpoint.load(tmp_path / "c"), nets[1], optimizers[1])
    images = torch.randn(IMAGES)
    assert torch.equal(nets[0].eval()(images), nets[1].eval()(images))
    first, *rest = [step.f for stage, j, step in nets[1].steps() if stage == 0]
    assert all(block is first for block in rest)


@pytest.mark.parametrize(("activation", "kind"), [("relu", nn.ReLU), ("softplus", nn.Softplus), ("tanh", nn.Tanh),
                                                  ("gelu", nn.GELU)])  # fmt: skip
@pytest.mark.parametrize(("norm", "norms"), [("batch", nn.BatchNorm2d), ("group", nn.GroupNorm)])
@pytest.mark.parametrize("block", ["basic", "bottleneck", "resnext"])
def test_blocks_have_the_activation_and_the_norm_that_are_named(block, activation, kind, norm, norms):
    net = build(scheme="euler", block=block, depth=11 if block != "basic" else 8, activation=activation, norm=norm)
    modules = [m for *_, step in net.steps() for m in step.f.modules()]
    convolutions = sum(isinstance(m, nn.Conv2d) for m in modules)
    assert sum(type(m) is kind for m in modules) == sum(type(m) is norms for m in modules) == convolutions


REFUSALS = {
    "activation": ({"activation": "softpluss"}, "no activation is called 'softpluss': take softplus"),
    "norm": ({"norm": "leyer"}, "no norm is called 'leyer': take layer"),
    "depth": ({"depth": 21}, "depth 21 with basic blocks in 3 stages is not 6n + 2: take 20 or 26"),
    "no depth": ({"depth": 1}, "is not 6n + 2: take 8"),
    "negative depth": ({"depth": -5}, "is not 6n + 2: take 8"),
    "bottlenecks": ({"depth": 26, "block": "bottleneck"}, "in 3 stages is not 9n + 2: take 20 or 29"),
    "block": ({"block": "bottlenek"}, "no block is called 'bottlenek': take bottleneck"),
    "share": ({"share": "all"}, "share = 'all': take 'field' or 'stage'"),
    "widths": ({"widths": (16, 0)}, "must be positive"),
    "option": ({"dept": 20}, "a network has no option 'dept': did you mean depth?"),
    "block options": ({"options": {"cardinality": 8}}, "block 'basic' does not take options {'cardinality': 8}"),
    "channels": (
        {"scheme": "revnet", "widths": (3, 6, 6)},
        "revnet splits the channels in 2: 3 channels do not divide",
    ),
    "triple": ({"values": {"k": (0, 1, 2)}}, "k = (0, 1, 2): give one value, or a pair (first, last)"),
    "groups": ({"block": "resnext", "depth": 11, "options": {"base_width": 2}}, "take a larger base_width"),
}
SCHEME_REFUSALS = {
    "scheme": ({"scheme": "rk4"}, "no scheme is called 'rk4': near it are rk4_classic, rk4_38"),
    "parameter": ({"values": {"K": 1}}, "lm2 has no parameter 'K', it has: k"),
    "law": ({"scheme": "stochastic_depth", "values": {"p": (1, 2)}}, "p is a probability, take it from [0, 1]"),
}


@pytest.mark.parametrize("case", REFUSALS | SCHEME_REFUSALS)
def test_what_is_no_network_is_refused_with_the_repair(case):
    options, message = (REFUSALS | SCHEME_REFUSALS)[case]
    with pytest.raises(OdenetsError if case in REFUSALS else SchemeError) as error:
        build(**options)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "scheme", ["euler", "lm2", "rk4_classic", "ab3", "momentum", "full_history", "revnet", "polynet_poly2"]
)
def test_a_whole_network_compiles_without_a_graph_break(scheme: str) -> None:
    torch._dynamo.reset()
    model = build(scheme=scheme, depth=14, widths=(4, 8, 16)).eval()
    images = torch.randn(2, 3, 8, 8)
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(images), model(images))
