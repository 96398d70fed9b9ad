"""Named models: what each is, its number of parameters beside the published one, and the reason for a difference."""

import json
import re
from functools import cache

import pytest
import torch

from odenets.named_models import models
from odenets.network import build
from odenets.spec import Spec
from schemes import names

MODELS = models()
every = pytest.mark.parametrize("name", MODELS)


def made(name, **changes):
    with torch.device("meta"):  # shapes without arithmetic or memory
        return build(name, **changes)


def count(net):
    return sum(p.numel() for p in net.parameters())


@cache
def size(name):
    return count(made(name))


@every
def test_a_model_gives_logits_for_its_images(name):
    net = made(name)
    inputs = torch.randn(2, *net.input_shape(MODELS[name].image), device="meta")
    assert net(inputs).shape == (2, net.spec.classes)


@every
def test_a_model_trains_every_parameter(name):
    """The same small: a quarter of the width and at most 16 channels, three steps a stage."""
    torch.manual_seed(0)
    spec = MODELS[name].spec
    layers, widths = (min(3, n) for n in spec.steps), (min(16, n // 4) for n in spec.widths)
    net = build(name, layers=tuple(layers), widths=tuple(widths), classes=10)
    net.train(all(p.kind != "random" for table in net.schemes() for p in table.parameters))  # a draw drops paths
    logits = net(torch.randn(8, *net.input_shape(32 if MODELS[name].image > 32 else 16)))
    torch.nn.functional.cross_entropy(logits, torch.arange(8)).backward()
    assert logits.isfinite().all()
    assert [key for key, p in net.named_parameters() if p.grad is None or not p.grad.any()] == []


@every
def test_a_model_is_plain_data(name):
    spec = MODELS[name].spec
    assert Spec.from_dict(json.loads(json.dumps(spec.as_dict()))) == spec


@every
def test_a_model_says_what_it_is_and_where_from(name):
    m = MODELS[name]
    assert m.summary.endswith(".") and "\n" not in m.summary
    assert re.search(r"\b(19|20)\d\d\b", m.source)
    assert bool(m.differs) == (m.beyond != 0) and not m.differs.endswith(".")
    assert m.published is not None or not m.differs


def test_no_model_has_the_name_of_a_scheme():
    assert not set(MODELS) & set(names())


# ---- parameters ----------------------------------------------------------------------------------------------------

COUNTED = [name for name, m in MODELS.items() if m.published is not None and m.beyond is not None]


@pytest.mark.parametrize("name", COUNTED)
def test_parameters_are_the_published_ones_without_those_that_it_says_are_beyond(name):
    m = MODELS[name]
    total = size(name) + m.beyond
    if isinstance(m.published, int):
        assert total == m.published
    else:  # in millions, to the last digit, rounded or cut
        digits = len(str(m.published).partition(".")[2])
        assert abs(total / 1e6 - m.published) < 10**-digits


def test_what_is_not_accounted_for_is_known_by_name():
    assert [name for name, m in MODELS.items() if m.beyond is None] == ["lm_resnext29_8x64d", "lm_resnext29_16x64d"]
    for name in ("lm_resnext29_8x64d", "lm_resnext29_16x64d"):
        assert abs(size(name) / 1e6 / MODELS[name].published - 1) < 0.02


# pytorchcv 0.0.73, its table of CIFAR-10 models: exact numbers of parameters
SHARED = {"resnet20": 272_282, "resnet56": 855_578, "resnet110": 1_730_522, "resnet164": 1_703_258}
PROJECTED = {"resnet20_post": 272_474, "resnet56_post": 855_770, "resnet110_post": 1_730_714}


@pytest.mark.parametrize(
    ("name", "transition", "published"),
    [*((k, "shared", n) for k, n in SHARED.items()), *((k, "conv-bn", n) for k, n in PROJECTED.items())],
)
def test_other_transitions_have_the_parameters_of_other_code(name, transition, published):
    assert count(made(name, transition=transition)) == published


@pytest.mark.parametrize("depth", [20, 32, 44, 56, 110])
def test_what_lies_between_two_resnets_is_told_tensor_by_tensor(depth):
    projections = sum(2 * cin + cin * cout for cin, cout in ((16, 32), (32, 64)))  # norm and 1×1 convolution
    assert projections == 544 + 2_112 == -MODELS[f"resnet{depth}"].beyond
    assert size(f"resnet{depth}") == size(f"resnet{depth}_post") + projections
    learned = 3 * ((depth - 2) // 6 - 1)  # a k for each step behind the first of a stage
    assert size(f"lm_resnet{depth}") == size(f"resnet{depth}") + learned


def test_lm_resnets_have_what_no_gradient_reaches_in_the_published_code():
    norm, projection, first_steps = 2 * 16, 2 * 16 + 16 * 64, 3
    assert MODELS["lm_resnet20"].beyond == norm + projection + first_steps
    assert MODELS["lm_resnet164"].beyond == norm + first_steps


# Larsson et al. 2017, their table of columns and depth on CIFAR-100: millions of parameters by number of columns, five
# blocks of 16, 32, 64, 128, 128 channels
FRACTALS = {1: 0.3, 2: 0.8, 3: 2.1, 4: 4.8}  # and 5: 10.2, 6: 21.1, whose tables take seconds


@pytest.mark.parametrize(("columns", "published"), FRACTALS.items())
def test_fractal_networks_have_the_published_parameters_behind_the_stem(columns, published):
    net = made(
        "fractalnet20",
        scheme="fractalnet_joined",
        values={"columns": columns},
        widths=(16, 32, 64, 128, 128),
        classes=100,
    )
    stem = sum(p.numel() for p in net.stem.parameters()) + columns * 9 * 16 * (16 - 3)  # theirs begin with 3 channels
    assert round((count(net) - stem) / 1e6, 1) == published


def test_what_lies_between_the_two_fractal_networks_is_told_tensor_by_tensor():
    widths = (64, 128, 256, 512, 512)
    pairs = zip((3, *widths), widths, strict=False)
    convolutions = sum(
        9 * (3 * cin * cout + 4 * cout * cout) for cin, cout in pairs
    )  # seven layers, three of them first
    biases, head = 7 * sum(widths), 512 * 10 + 10
    assert MODELS["fractalnet20"].published == convolutions + biases + head
    stem, first, scales = 9 * 3 * 64 + 2 * 64, 9 * 3 * 64 * (64 - 3), 2 * biases
    assert (stem, first, scales, biases) == (1_856, 105_408, 20_608, 10_304)
    assert -MODELS["fractalnet20"].beyond == stem + first + scales - biases


# ---- RevNet --------------------------------------------------------------------------------------------------------


def test_a_revnet_crosses_by_its_own_step_with_each_half_projected():
    # the authors' code: y1 = P x1 + f(x2), y2 = P x2 + g(y1), P without parameters (renmengye/revnet-public)
    torch.manual_seed(0)
    net = build("revnet38", layers=(1, 1, 1)).eval()
    x, y = torch.randn(2, 2, 16, 8, 8)
    for crossing in (stage.steps[0] for stage in list(net.stages)[1:]):
        P, f, g = crossing.project, crossing.step.f, crossing.step.g
        above = P[0](x) + f(y)
        below = P[1](y) + g(above)
        torch.testing.assert_close(crossing(x, y), (above, below))
        assert not list(crossing.project.parameters())
        x, y = above, below
