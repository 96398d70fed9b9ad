"""Networks of other libraries and ours: one state dict, the same logits and gradients; round trips, refusals.

The other side is code that nobody here wrote: transformers' ResNet (from its config, nothing is downloaded), and
torchvision's and timm's models where they import.
"""

from functools import partial
from importlib import import_module

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from odenets.errors import OdenetsError
from odenets.interchange import LIBRARIES, from_library, key_map, to_library
from odenets.network import build

CLASSES = 10
LAYERS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3), "resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3)}


def module(name):
    try:
        return import_module(name)
    except Exception as error:  # a torchvision built for another torch raises RuntimeError
        return pytest.skip(f"{name} does not import: {error}")


def of_transformers(name):
    basic = name in ("resnet18", "resnet34")
    widths = [64, 128, 256, 512] if basic else [256, 512, 1024, 2048]
    there = module("transformers")
    config = there.ResNetConfig(
        depths=LAYERS[name], layer_type="basic" if basic else "bottleneck", hidden_sizes=widths, num_labels=CLASSES
    )
    return there.ResNetForImageClassification(config)


def of_torchvision(name):
    return getattr(module("torchvision.models"), name)(num_classes=CLASSES)


def of_timm(name):
    return module("timm").create_model(name, num_classes=CLASSES)


WIDE = {"options": {"base_width": 128}}  # wide_resnet50_2: twice the channels inside
DEEP = {"options": {"cardinality": 32, "base_width": 4}, "layers": (3, 4, 23, 3)}
PEERS = {  # (library, our spec, changes): the other side
    **{("transformers", name): ({}, partial(of_transformers, name)) for name in LAYERS},
    **{("torchvision", name): ({}, partial(of_torchvision, name)) for name in LAYERS},
    ("torchvision", "resnext50"): ({}, partial(of_torchvision, "resnext50_32x4d")),
    ("torchvision", "resnet50", "wide"): (WIDE, partial(of_torchvision, "wide_resnet50_2")),
    **{("timm_resnet", name): ({}, partial(of_timm, name)) for name in LAYERS},
    ("timm_resnet", "resnext50"): ({}, partial(of_timm, "resnext50_32x4d")),
    ("timm_resnet", "resnext50", "deep"): (DEEP, partial(of_timm, "resnext101_32x4d")),
    ("timm_resnetv2", "resnet50_pre"): ({}, partial(of_timm, "resnetv2_50")),
    ("timm_resnetv2", "resnet101_pre"): ({}, partial(of_timm, "resnetv2_101")),
    ("timm_resnetv2", "resnet50_pre", "basic"): (
        {"block": "basic", "layers": (2, 2, 2, 2)},
        partial(of_timm, "resnetv2_18"),
    ),
}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@torch.no_grad()
def at_random(net):
    """All weights and statistics at random, on the CPU: nothing is 0 or 1 that could be lost or exchanged."""
    net.to_empty(device="cpu")
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.weight.uniform_(0.5, 1)
            part.bias.normal_(std=0.1)
            part.running_mean.normal_(std=0.1)
            part.running_var.uniform_(0.5, 2)
            part.num_batches_tracked.fill_(7)
        elif isinstance(part, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(part.weight)
            if part.bias is not None:
                part.bias.normal_()
    return net


def pair(case):
    """Both sides with the same weights."""
    library, name = case[:2]
    changes, make = PEERS[case]
    with torch.device("meta"):  # without the initialisation, which takes the longest
        other, ours = make(), build(name, classes=CLASSES, **changes)
    other = at_random(other)
    ours.to_empty(device="cpu").load_state_dict(from_library(ours, other.state_dict(), library))
    return ours, other


def logits(net, images):
    out = net(images)
    return getattr(out, "logits", out)


def difference(a, b):
    """The largest, as a part of the largest value."""
    return ((a - b).abs().max() / b.abs().max()).item()


@pytest.mark.parametrize("case", PEERS, ids="-".join)
def test_both_sides_give_the_same_logits(case):
    ours, other = (net.eval() for net in pair(case))
    images = torch.randn(2, 3, 64, 64)
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in other.parameters())
    with torch.no_grad():
        assert difference(logits(ours, images), logits(other, images)) < 1e-5
        image = images[:1].double()
        assert difference(logits(ours.double(), image), logits(other.double(), image)) < 1e-10


TRAINED = [case for case in PEERS if case[1:] in (("resnet18",), ("resnet50",), ("resnext50",), ("resnet50_pre",))]


@pytest.mark.parametrize("case", TRAINED, ids="-".join)
def test_both_sides_are_trained_alike(case, tolerance=1e-4):
    sides = [net.train() for net in pair(case)]
    images, labels = torch.randn(4, 3, 64, 64), torch.arange(4)
    for net in sides:
        nn.functional.cross_entropy(logits(net, images), labels).backward()
    ours, other = sides
    keys = key_map(ours, case[0])
    own, theirs = dict(ours.named_parameters()), dict(other.named_parameters())
    for key in list(own)[::7]:
        gradient = theirs[keys[key]].grad
        assert difference(own[key].grad, gradient.reshape(own[key].shape)) < tolerance, key
    statistics = other.state_dict()
    for key, value in ours.state_dict().items():
        if "running" in key:
            assert difference(value, statistics[keys[key]]) < tolerance, key


# ---- laws of the translation, without the libraries ----------------------------------------------------------------

STYLES = {"torchvision": "post", "timm_resnet": "post", "timm_resnetv2": "pre", "transformers": "post"}


def small(library, block="bottleneck", layers=(2, 1), **changes):
    shared = {"transition": "shared"} if STYLES[library] == "pre" else {}
    widths = tuple(4 * 2**i for i in range(len(layers)))
    options = {"scheme": "euler", "stem": "imagenet", "placement": STYLES[library], "classes": 5, **shared}
    return build(**options | {"block": block, "layers": layers, "widths": widths} | changes)


@given(
    st.sampled_from(sorted(STYLES)),
    st.sampled_from(["basic", "bottleneck"]),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
)
@settings(max_examples=20)
def test_to_a_library_and_back_is_the_same_state(library, block, layers):
    net = at_random(small(library, block, tuple(layers)))
    state, there = net.state_dict(), to_library(net, library)
    assert len(there) == len(state) and there.keys() == set(key_map(net, library).values())
    back = from_library(net, there, library)
    assert list(back) == list(state)
    assert all(torch.equal(back[key], value) for key, value in state.items())


# read off the state dicts of torchvision 0.29, timm 1.0.31 and transformers 5.23, for where they do not import
CROSSING = "stages.1.steps.0"
SPELLED = {
    "torchvision": {
        "stem.0": "conv1",
        "stem.1": "bn1",
        "stages.0.steps.1.f.0": "layer1.1.conv1",
        f"{CROSSING}.step.f.4": "layer2.0.bn2",
        f"{CROSSING}.project.0": "layer2.0.downsample.0",
        f"{CROSSING}.project.1": "layer2.0.downsample.1",
        "head.2": "fc",
    },
    "timm_resnetv2": {
        "stem.0": "stem.conv",
        "stages.0.steps.1.f.8": "stages.0.blocks.1.conv3",
        f"{CROSSING}.before.0": "stages.1.blocks.0.norm1",
        f"{CROSSING}.step.f.0": "stages.1.blocks.0.conv1",
        f"{CROSSING}.step.f.4": "stages.1.blocks.0.norm3",
        f"{CROSSING}.project": "stages.1.blocks.0.downsample.conv",
        "head.0": "norm",
        "head.4": "head.fc",
    },
    "transformers": {
        "stem.0": "resnet.embedder.embedder.convolution",
        "stem.1": "resnet.embedder.embedder.normalization",
        "stages.0.steps.1.f.0": "resnet.encoder.stages.0.layers.1.layer.0.convolution",
        f"{CROSSING}.step.f.4": "resnet.encoder.stages.1.layers.0.layer.1.normalization",
        f"{CROSSING}.project.0": "resnet.encoder.stages.1.layers.0.shortcut.convolution",
        f"{CROSSING}.project.1": "resnet.encoder.stages.1.layers.0.shortcut.normalization",
        "head.2": "classifier.1",
    },
}
SPELLED["timm_resnet"] = SPELLED["torchvision"]


@pytest.mark.parametrize("library", SPELLED)
def test_names_are_as_the_library_spells_them(library):
    keys = key_map(small(library), library)
    assert {own: keys[f"{own}.weight"] for own in SPELLED[library]} == {
        own: f"{there}.weight" for own, there in SPELLED[library].items()
    }


def test_a_linear_head_is_a_convolution_in_resnetv2():
    assert to_library(small("timm_resnetv2"), "timm_resnetv2")["head.fc.weight"].shape == (5, 32, 1, 1)


def test_counters_may_be_missing_as_in_files_of_old():
    net = at_random(small("torchvision"))
    state = {key: value for key, value in to_library(net, "torchvision").items() if "num_batches" not in key}
    back = from_library(net, state, "torchvision")
    assert back.keys() == net.state_dict().keys() and back["stem.1.num_batches_tracked"] == 0
    net.load_state_dict(back)


def test_weights_of_a_residual_network_go_into_another_scheme_of_one_block():
    euler, heun = small("torchvision"), small("torchvision", scheme="heun2")
    heun.load_state_dict(from_library(heun, to_library(euler, "torchvision"), "torchvision"))
    for (*_, a), (*_, b) in zip(euler.steps(), heun.steps(), strict=True):
        assert torch.equal(a.f[0].weight, b.f[0].weight)


def broken(change):
    net = small("torchvision")
    state = to_library(net, "torchvision")
    change(state)
    return from_library(net, state, "torchvision")


LAST = "stages.1.steps.0.step.f.7"
REFUSALS = {
    "missing": (
        lambda: broken(lambda state: state.pop("layer2.0.bn3.bias")),
        f"the state has no layer2.0.bn3.bias, which {LAST}.bias takes: build the network with the block, layers",
    ),
    "surplus": (
        lambda: broken(lambda state: state.update({"layer2.1.conv1.weight": torch.zeros(1)})),
        "the state has layer2.1.conv1.weight, for which this network has no place",
    ),
    "shape": (
        lambda: broken(lambda state: state.update({"fc.weight": torch.zeros(7, 32)})),
        "fc.weight has the shape (7, 32) where head.2.weight takes (5, 32)",
    ),
    "shape with axes of 1": (
        lambda: broken(lambda state: state.update({"fc.weight": torch.zeros(5, 32, 1, 1)})),
        "fc.weight has the shape (5, 32, 1, 1) where head.2.weight takes (5, 32)",
    ),
    "library": (
        lambda: key_map(small("torchvision"), "timm"),
        "no state dicts of a library 'timm' are known: take torchvision, timm_resnet, timm_resnetv2 or transformers",
    ),
    "pre-activation": (
        lambda: key_map(small("timm_resnetv2"), "torchvision"),
        "torchvision has no tensor for head.0.weight: timm_resnetv2 has",
    ),
    "post-activation": (
        lambda: key_map(small("torchvision"), "timm_resnetv2"),
        "timm_resnetv2 has no tensor for stem.1.weight: torchvision, timm_resnet or transformers has",
    ),
    "coefficient": (
        lambda: key_map(small("torchvision", scheme="lm2"), "torchvision"),
        "torchvision has no tensor for stages.0.steps.1.k: take scheme = 'euler'",
    ),
    "two blocks": (
        lambda: key_map(small("torchvision", scheme="heun2", share="stage"), "torchvision"),
        "torchvision has no tensor for stages.0.steps.1.f1.0.weight: take scheme = 'euler'",
    ),
    "other norm": (
        lambda: key_map(small("torchvision", norm="group"), "torchvision"),
        "take scheme = 'euler' and blocks of convolutions and batch norms",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_does_not_fit_is_one_sentence(case):
    call, message = REFUSALS[case]
    with pytest.raises(OdenetsError) as error:
        call()
    assert message in str(error.value) and "\n" not in str(error.value)


def test_every_library_has_a_table_of_known_parts():
    parts = {part for table in LIBRARIES.values() for part in table}
    assert parts == {"stem conv", "stem norm", "branch conv", "branch norm", "shortcut conv", "shortcut norm",
                     "head norm", "head linear"}  # fmt: skip
    assert LIBRARIES.keys() == STYLES.keys() == {case[0] for case in PEERS}
