"""Networks from a spec that rebuild or compute again: gradients and statistics are those of the plain network."""

import warnings

import pytest
import torch

from odenets import build
from odenets.memory import MemoryWarning
from tests.odenets.reversing import off

REVERSIBLE = [{"reversible": True, "fallback": how} for how in ("checkpoint", "exact", "double")]
WIDTHS = {"widths": (4, 8), "layers": (3, 3)}


def twins(memory, **options):
    """A network, and the same one that keeps everything."""
    torch.manual_seed(0)
    options = {**WIDTHS, **options}
    true = build(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MemoryWarning)
        found = build(**options, **memory)
    found.load_state_dict(true.state_dict())
    return found, true


def trained(net, given):
    """Gradients of all parameters, the buffers, and the next random number after a pass in training."""
    torch.manual_seed(1)
    net.zero_grad()
    logits = net(given)
    (logits * torch.linspace(-1, 1, logits.numel()).view(logits.shape)).sum().backward()
    return [p.grad for p in net.parameters()], dict(net.named_buffers()), torch.rand(1)


def check(found, true, given, most=1e-4, bits=True):
    (a, buffers, draw), (b, statistics, next_draw) = trained(found, given), trained(true, given)
    pairs = [(x, y) for x, y in zip(a, b, strict=True) if y is not None]
    assert all(x is not None for x, _ in pairs)
    assert off([x for x, _ in pairs], [y for _, y in pairs]) < most
    assert torch.equal(draw, next_draw)
    if bits:
        assert all(torch.equal(buffers[name], statistics[name]) for name in statistics)


def images():
    return torch.randn(6, 3, 8, 8, generator=torch.Generator().manual_seed(2))


KINDS = {
    "revnet": {"scheme": "revnet"},
    "leapfrog": {"scheme": "leapfrog"},
    "momentum": {"scheme": "momentum"},
    "lm2": {"scheme": "lm2"},
    "lm2 near -1": {"scheme": "lm2", "values": {"k": "learned(-19/20)"}},
    "k over the depth": {"scheme": "lm2", "values": {"k": "-1:-9/10"}},
    "stochastic depth": {"scheme": "lm2_stochastic_depth"},
    "learned step": {"scheme": "stormer_verlet", "h": "learned(1/2)"},
    "one step of 1/N": {"scheme": "symplectic_euler", "h": "1/N"},
    "a history that goes on": {"scheme": "lm2", "history": "project", "transition": "conv"},
    "a layer between": {"scheme": "revnet", "across": "layer"},
    "shared blocks": {"scheme": "leapfrog", "depth_shared": True},
    "weights over depth": {"scheme": "leapfrog", "weights": "linear:3", "layers": (6, 6)},
    "several schemes": {"scheme": ("leapfrog", "revnet")},
}


@pytest.mark.parametrize("memory", REVERSIBLE, ids=lambda x: x["fallback"])
@pytest.mark.parametrize("kind", KINDS)
def test_reversible_networks(kind, memory):
    check(*twins(memory, **KINDS[kind]), images(), bits=memory["fallback"] != "double")


AGAIN = {
    "euler": {"scheme": "euler"},
    "as first published": {"scheme": "euler", "placement": "post"},
    "rk4, a block a stage": {"scheme": "rk4_classic", "share": "stage"},
    "rk4, shared blocks": {"scheme": "rk4_classic", "depth_shared": True},
    "ab3": {"scheme": "ab3"},
    "shake-shake": {"scheme": "shake_shake"},
    "drop path": {"scheme": "fractalnet_drop_path"},
    "noise": {"scheme": "gaussian_noise"},
    "without residuals": {"scheme": "euler", "residual": False},
    "unrolled": {"scheme": "implicit_midpoint", "unroll": 2},
    "several fields": {"scheme": "strang"},
    "weights over depth": {"scheme": "rk4_classic", "weights": "linear:3", "layers": (6, 6)},
    "cosine weights": {"scheme": "euler", "weights": "cosine:2", "layers": (5, 5)},
    "revnet": {"scheme": "revnet"},
}


@pytest.mark.parametrize("every", [1, 2, 7])
@pytest.mark.parametrize("kind", AGAIN)
def test_networks_that_compute_again(kind, every):
    check(*twins({"checkpoint": every}, **AGAIN[kind]), images(), most=1e-5)


def test_tokens():
    options = {
        "scheme": "leapfrog",
        "block": "attention",
        "stem": "tokens",
        "widths": (8,),
        "layers": (4,),
        "channels": 11,
    }
    tokens = torch.randint(11, (3, 5), generator=torch.Generator().manual_seed(2))
    for memory in (*REVERSIBLE, {"checkpoint": 2}):
        check(*twins(memory, **options), tokens, bits=False)


def test_tables():
    options = {"scheme": "symplectic_euler", "block": "mlp", "widths": (8,), "layers": (6,), "channels": 3}
    for memory in (*REVERSIBLE, {"checkpoint": 2}):
        check(*twins(memory, **options), torch.randn(5, 3), bits=False)


@pytest.mark.parametrize("block", ["hamiltonian", "hamiltonian_tied"])
def test_two_fields_with_the_weights_of_one_function(block):
    options = {"scheme": "stormer_verlet", "block": block, "across": "layer", "widths": (8,), "layers": (5,)}
    for memory in (*REVERSIBLE, {"checkpoint": 2}):
        check(*twins(memory, **options), images(), bits=False)
