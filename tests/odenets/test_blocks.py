"""Every block: the facts of its class, its shapes, its refusals, and the ways in which it is run."""

from inspect import signature

import pytest
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from odenets.blocks import ACTIVATIONS, BLOCKS, NORMS
from odenets.errors import OdenetsError

STATES = {"images": (2, 32, 5, 6), "tokens": (2, 5, 32), "vectors": (3, 32)}
STRIDING = {"basic", "bottleneck", "resnext", "conv"}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def state(name):
    return torch.randn(STATES[BLOCKS[name].kind])


PARTS = [
    (name, {"norm": norm, "placement": placement, "activation": "relu"})
    for name, block in BLOCKS.items()
    for norm in block.norms
    for placement in block.placements
]
PARTS += [(name, {"activation": act}) for name, block in BLOCKS.items() for act in block.activations if act != "relu"]


@pytest.mark.parametrize(("name", "parts"), PARTS)
def test_every_block_keeps_its_shape_and_its_input_with_every_part_that_it_names(name, parts):
    block, u = BLOCKS[name](32, 32, **parts), state(name)
    before = u.clone()
    assert block(u).shape == u.shape
    assert torch.equal(u, before)  # relu in place would overwrite the state of the scheme


@pytest.mark.parametrize("name", BLOCKS)
def test_every_parameter_of_a_block_has_a_gradient(name):
    block, u = BLOCKS[name](32, 32), state(name).requires_grad_()
    (block(u) * torch.randn_like(u)).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in (u, *block.parameters()))
    assert all(p.grad.any() for n, p in block.named_parameters() if "qkv.bias" not in n)


class WeightedLayers(TorchDispatchMode):
    """Counts products with weights: the aten operators of convolutions and linear maps, forward only."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += function.overloadpacket in (torch.ops.aten.convolution, torch.ops.aten.addmm, torch.ops.aten.mm)
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", [name for name in BLOCKS if name != "diffusion"])  # its L acts in Fourier space
def test_convolutions_are_the_weighted_layers_that_a_state_passes(name):
    with torch.no_grad(), WeightedLayers() as passed:
        BLOCKS[name](32, 32)(state(name))
    assert passed.count == BLOCKS[name].convolutions


def test_names_and_facts_say_what_a_network_needs():
    assert all(block.name == name for name, block in BLOCKS.items())
    assert {name for name, block in BLOCKS.items() if block.strides} == STRIDING
    assert {name for name, block in BLOCKS.items() if block.expansion != 1} == {"bottleneck", "resnext"}
    assert {name for name, block in BLOCKS.items() if block.resolvent} == {"diffusion"}
    assert {block.kind for block in BLOCKS.values()} == set(STATES)
    assert all(
        set(block.norms) <= set(NORMS) and set(block.activations) <= set(ACTIVATIONS) for block in BLOCKS.values()
    )
    for block in BLOCKS.values():  # a network reads the options of a block off its signature
        kinds = [(p.name, p.kind.name) for p in signature(block).parameters.values()]
        assert kinds[:3] == [(n, "POSITIONAL_OR_KEYWORD") for n in ("cin", "cout", "stride")]
        assert {"activation", "norm", "placement"} <= {n for n, kind in kinds[3:] if kind == "KEYWORD_ONLY"}
        assert all(kind == "KEYWORD_ONLY" for _, kind in kinds[3:])


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize(("cout", "stride"), [(64, 1), (32, 2), (64, 2)])
def test_a_block_changes_the_shape_or_says_that_it_cannot(name, cout, stride):
    if name in STRIDING:
        n, _, *size = STATES["images"]
        assert BLOCKS[name](32, cout, stride)(state(name)).shape == (n, cout, *(-(-x // stride) for x in size))
        return
    with pytest.raises(OdenetsError, match=f"{name} blocks keep the shape, 32 to {cout} channels at stride {stride} "):
        BLOCKS[name](32, cout, stride)


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("what", ["activation", "norm", "placement"])
def test_an_unknown_part_is_refused_with_those_there_are(name, what):
    with pytest.raises(OdenetsError) as error:
        BLOCKS[name](32, 32, **{what: "bach"})
    assert str(error.value).startswith(f"{name} blocks have no {what} 'bach': take ")


# ---- ways to run ------------------------------


@pytest.mark.parametrize("name", BLOCKS)
def test_bf16_autocast_agrees_with_single_precision(name):
    block, u = BLOCKS[name](32, 32).eval(), state(name)
    with torch.autocast("cpu", torch.bfloat16):
        low = block(u)
        low.float().sum().backward()
    assert all(p.grad.isfinite().all() and p.grad.dtype == torch.float32 for p in block.parameters())
    torch.testing.assert_close(low.float(), block(u), rtol=0.05, atol=0.05)
    torch.testing.assert_close(block(u.bfloat16().float()), block.bfloat16()(u.bfloat16()).float(), rtol=0.1, atol=0.1)


@pytest.mark.parametrize("name", [name for name in BLOCKS if BLOCKS[name].kind == "images"])
def test_channels_last_changes_the_order_in_memory_and_nothing_else(name):
    block, u = BLOCKS[name](32, 32).double().eval(), state(name).double()
    last = block(u.contiguous(memory_format=torch.channels_last))
    torch.testing.assert_close(last, block(u), rtol=0, atol=1e-12)
    if name != "diffusion":  # transforms give what they are given back in C order
        assert last.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("name", BLOCKS)
def test_a_compiled_block_is_one_graph_and_the_same_map(name):
    torch._dynamo.reset()
    block, u = BLOCKS[name](32, 32).eval(), state(name)
    compiled = torch.compile(block, fullgraph=True, backend="eager")
    torch.testing.assert_close(compiled(u), block(u))
    block.train()
    assert compiled(u).shape == u.shape


OWN_START = [name for name, block in BLOCKS.items() if hasattr(block, "initialise") and name not in STRIDING]


@pytest.mark.parametrize("name", OWN_START)
def test_initialise_starts_every_weight_anew_as_the_construction_does(name):
    block = BLOCKS[name](32, 32)
    made = [(p.std(), p.mean()) for p in block.parameters()]
    with torch.no_grad():
        for module in block.modules():
            for p in () if isinstance(module, nn.LayerNorm) else module.parameters(recurse=False):
                p.fill_(torch.nan)
    block.initialise()
    torch.testing.assert_close([(p.std(), p.mean()) for p in block.parameters()], made, rtol=0.1, atol=0.05)


def test_blocks_without_a_start_of_their_own_are_convolutions_and_the_mlp():
    assert set(BLOCKS) - set(OWN_START) == STRIDING | {"mlp"}  # He's by the network, or torch's own
