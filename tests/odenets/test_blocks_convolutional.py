"""Residual branches on images: the layers in their order, counts of published code, shared activations, zero starts."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from odenets.blocks import BLOCKS
from odenets.errors import OdenetsError


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def kinds(module):
    names = {nn.Conv2d: "c", nn.BatchNorm2d: "n", nn.ReLU: "a", nn.Dropout: "d", nn.Identity: ""}
    return "".join(names[type(m)] for m in module)


@pytest.mark.parametrize(
    ("name", "options", "order"),
    [
        ("basic", {}, "nacnac"),
        ("basic", {"placement": "post"}, "cnacn"),
        ("basic", {"opened": True}, "cnac"),
        ("bottleneck", {}, "nacnacnac"),
        ("bottleneck", {"placement": "post"}, "cnacnacn"),
        ("bottleneck", {"opened": True}, "cnacnac"),
        ("resnext", {"placement": "post"}, "cnacnacn"),
        ("conv", {}, "cna"),
        ("conv", {"dropout": 0.5}, "cdna"),
        ("conv", {"placement": "pre", "dropout": 0.5}, "nacd"),
    ],
)
def test_norm_activation_and_convolution_come_in_the_published_order(name, options, order):
    assert kinds(BLOCKS[name](64, 64, **options)) == order


@pytest.mark.parametrize("name", ["basic", "bottleneck", "resnext"])
def test_an_opened_block_behind_its_norm_and_activation_is_the_block(name):
    block, opened = BLOCKS[name](64, 128, 2), BLOCKS[name](64, 128, 2, opened=True)
    rest = {f"{int(i) - 2}.{key}": x for i, key, x in ((*k.split("."), v) for k, v in block.state_dict().items())
            if int(i) > 1}  # fmt: skip
    opened.load_state_dict(rest)
    u = torch.randn(2, 64, 6, 6)
    assert torch.equal(opened(F.relu(block[0](u))), block(u))


def test_post_activation_by_hand():
    block = BLOCKS["basic"](4, 8, 2, placement="post").double()
    c1, n1, _, c2, n2 = block
    u = torch.randn(2, 4, 6, 6, dtype=torch.float64)
    v = F.relu(n1(F.conv2d(u, c1.weight, stride=2, padding=1)))
    torch.testing.assert_close(block(u), n2(F.conv2d(v, c2.weight, padding=1)), rtol=0, atol=1e-12)


# Parameters of one layer of torchvision.models, shortcut left out: resnet50 layer1[1], resnext50_32x4d layer1[1],
# wide_resnet50_2 layer1[1]: 256·64 + 9·64² + 64·256 weights and 2·(64 + 64 + 256) of the norms, and so on by hand.
@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({}, 256 * 64 + 9 * 64 * 64 + 64 * 256 + 2 * (64 + 64 + 256)),
        ({"cardinality": 32, "base_width": 4}, 256 * 128 + 9 * 128 * 4 + 128 * 256 + 2 * (128 + 128 + 256)),
        ({"base_width": 128}, 256 * 128 + 9 * 128 * 128 + 128 * 256 + 2 * (128 + 128 + 256)),
    ],
)
def test_bottlenecks_have_the_parameters_of_imagenet_networks(options, count):
    assert parameters(BLOCKS["bottleneck"](256, 256, placement="post", **options)) == count


def test_the_stride_is_on_the_3x3_convolution():
    block = BLOCKS["resnext"](64, 128, 2, placement="post", cardinality=32, base_width=4)
    convolutions = [m for m in block if isinstance(m, nn.Conv2d)]
    assert [(c.kernel_size, c.stride, c.groups) for c in convolutions] == [
        ((1, 1), (1, 1), 1), ((3, 3), (2, 2), 32), ((1, 1), (1, 1), 1)
    ]  # fmt: skip


@pytest.mark.parametrize("placement", ["pre", "post"])
@pytest.mark.parametrize("norm", ["batch", "group", "none"])
@pytest.mark.parametrize("name", ["basic", "bottleneck", "resnext"])
def test_a_branch_that_starts_as_zero_is_zero_and_learns(name, norm, placement):
    block, u = BLOCKS[name](64, 64, norm=norm, placement=placement, zero=True), torch.randn(2, 64, 5, 5)
    assert not block(u).any()
    (block(u) * torch.randn_like(u)).sum().backward()
    assert [m for m in block if list(m.parameters())][-1].weight.grad.any()
    nn.init.ones_([m for m in block if list(m.parameters())][-1].weight)
    block.initialise()
    assert not block(u).any()


def test_names_of_parameters_do_not_depend_on_dropout():
    keys = [list(BLOCKS["conv"](4, 4, dropout=p).state_dict()) for p in (0, 0.5)]
    assert keys[0] == keys[1]


def test_dropout_stands_behind_the_convolution_and_rests_at_evaluation():
    block = BLOCKS["conv"](8, 8, dropout=0.5, norm="none")
    u = torch.randn(2, 8, 6, 6)
    v = F.conv2d(u, block[0].weight, block[0].bias, padding=1)
    assert torch.equal(block.eval()(u), F.relu(v))
    trained = block.train()(u)
    kept = trained != 0
    torch.testing.assert_close(trained[kept], F.relu(2 * v)[kept])
    assert 0.35 < kept.sum() / (v > 0).sum() < 0.65


REFUSALS = {
    "opened": (
        "basic",
        {"opened": True, "placement": "post"},
        "opened leaves out a pre-activation: placement is 'post'",
    ),
    "layer norm": ("basic", {"norm": "layer"}, "basic blocks have no norm 'layer': take batch, group or none"),
    "groups": ("resnext", {"base_width": 2}, "ResNeXt block 8×2d at 16 channels: 0 inner channels do not divide"),
    "no groups": ("bottleneck", {"cardinality": 0}, "take a larger base_width"),
    "dropout": ("conv", {"dropout": 1}, "dropout = 1 is a probability: take it from [0, 1)"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_is_refused_with_the_repair(case):
    name, options, message = REFUSALS[case]
    with pytest.raises(OdenetsError) as error:
        BLOCKS[name](16, 16, **options)
    assert message in str(error.value)
