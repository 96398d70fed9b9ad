"""Blocks on tokens against torch's own transformer layer; causality, permutations, dropout, refusals."""

import pytest
import torch
from torch import nn

from odenets.blocks import BLOCKS
from odenets.errors import OdenetsError
from odenets.wiring import wire
from schemes import get

C, HEADS, RATIO = 16, 4, 3


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def pair(**options):
    """A layer of torch and our block with its weights, both at evaluation and with norms that are not trivial."""
    layer = nn.TransformerEncoderLayer(C, HEADS, RATIO * C, activation="gelu", batch_first=True, norm_first=True).eval()
    for p in layer.parameters():
        nn.init.normal_(p, std=0.3)
    block = BLOCKS["transformer"](C, C, heads=HEADS, ratio=RATIO, **options).eval()
    theirs = layer.state_dict()
    names = {
        "attention.norm": "norm1", "attention.out": "self_attn.out_proj", "feedforward.0": "norm2",
        "feedforward.1": "linear1", "feedforward.4": "linear2",
    }  # fmt: skip
    weights = {
        f"{ours}.{kind}": theirs[f"{name}.{kind}"] for ours, name in names.items() for kind in ("weight", "bias")
    }
    weights |= {f"attention.qkv.{kind}": theirs[f"self_attn.in_proj_{kind}"] for kind in ("weight", "bias")}
    block.load_state_dict(weights)
    return layer.double(), block.double()


@pytest.mark.parametrize("causal", [False, True])
def test_an_euler_step_of_the_transformer_block_is_torchs_pre_norm_layer(causal):
    layer, block = pair(causal=causal)
    u = torch.randn(3, 7, C, dtype=torch.float64)
    mask = nn.Transformer.generate_square_subsequent_mask(7, dtype=u.dtype) if causal else None
    with torch.no_grad():
        torch.testing.assert_close(wire(get("euler"), block)(u), layer(u, src_mask=mask), rtol=0, atol=1e-11)


def test_lie_splitting_of_the_halves_is_the_whole_layer():
    _, block = pair()
    u = torch.randn(3, 7, C, dtype=torch.float64)
    halves = wire(get("lie"), {"f": block.attention, "g": block.feedforward})
    torch.testing.assert_close(halves(u), u + block(u))


@pytest.mark.parametrize("name", ["attention", "transformer"])
def test_a_causal_token_sees_none_behind_it(name):
    block = BLOCKS[name](C, C, causal=True).double()
    u = torch.randn(2, 6, C, dtype=torch.float64, requires_grad=True)
    for t in range(6):
        (slope,) = torch.autograd.grad(block(u)[:, t].square().sum(), u)
        seen = slope.abs().amax((0, 2)) > 0
        assert seen.tolist() == [s <= t for s in range(6)]


@pytest.mark.parametrize("name", ["attention", "feedforward", "transformer"])
def test_tokens_may_be_permuted_before_or_behind_a_block_that_is_not_causal(name):
    block = BLOCKS[name](C, C).double()
    u, order = torch.randn(2, 6, C, dtype=torch.float64), torch.randperm(6)
    torch.testing.assert_close(block(u[:, order]), block(u)[:, order], rtol=0, atol=1e-12)
    if name != "feedforward":
        causal = BLOCKS[name](C, C, causal=True).double()
        assert not torch.allclose(causal(u[:, order]), causal(u)[:, order])


@pytest.mark.parametrize("name", ["attention", "feedforward", "transformer"])
def test_dropout_is_drawn_in_training_alone_and_has_the_right_mean(name):
    block = BLOCKS[name](C, C, dropout=0.25).double()
    u = torch.randn(1, 5, C, dtype=torch.float64)
    assert not torch.equal(block(u), block(u))
    plain = block.eval()(u)
    assert torch.equal(plain, block(u))
    if name != "transformer":  # whose second half is not linear in what the first one drops
        many = block.train()(u.expand(20_000, -1, -1)).mean(0, keepdim=True)
        torch.testing.assert_close(many, plain, rtol=0, atol=0.05)


def test_every_head_attends_by_itself():
    """With W_O = 1 the channels of a head depend on its own rows of W alone."""
    block = BLOCKS["attention"](C, C, heads=HEADS, norm="none").double()
    nn.init.eye_(block.out.weight)
    u = torch.randn(1, 5, C, dtype=torch.float64)
    before = block(u)
    with torch.no_grad():
        block.qkv.weight[: C // HEADS] += 1  # queries of the first head
    changed = (block(u) - before).abs().amax((0, 1)) > 1e-12
    assert changed.tolist() == [i < C // HEADS for i in range(C)]


REFUSALS = {
    "heads": ("attention", {"heads": 3}, "3 attention heads do not divide 16 channels: take 1, 2, 4, 8 or 16"),
    "no heads": ("transformer", {"heads": 0}, "0 attention heads do not divide"),
    "ratio": ("feedforward", {"ratio": 0}, "feedforward of ratio 0 has no units at 16 channels: take a larger ratio"),
    "dropout": ("transformer", {"dropout": -1}, "dropout = -1 is a probability"),
    "norm": ("transformer", {"norm": "batch"}, "transformer blocks have no norm 'batch': take layer or none"),
    "placement": ("attention", {"placement": "post"}, "attention blocks have no placement 'post': take pre"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_is_refused_with_the_repair(case):
    name, options, message = REFUSALS[case]
    with pytest.raises(OdenetsError) as error:
        BLOCKS[name](C, C, **options)
    assert message in str(error.value)
