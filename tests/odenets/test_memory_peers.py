"""What other libraries of reversible networks do where this one is tested: silently wrong, and seen here.

memcnn 1.5.2, RevTorch 0.2.4, momentumnet 0.10, without their dependencies (`pip install --no-deps memcnn momentumnet
revtorch`): those of memcnn and momentumnet replace torch. Skipped where they are not installed.
"""

import copy
from fractions import Fraction

import pytest
import torch
from torch import nn

from odenets.memory import Chain, Memory
from odenets.wiring import wire
from schemes import get
from tests.odenets.reversing import off

HALF, BATCH = 4, 16
pytestmark = pytest.mark.filterwarnings("ignore")  # deprecated calls of theirs


def block(dropout, width=HALF):
    return nn.Sequential(nn.BatchNorm1d(width), nn.Linear(width, width), nn.Tanh(), nn.Dropout(dropout))


class Coupled(nn.Module):
    """Chunks of x through a chain of two states."""

    def __init__(self, pairs):
        super().__init__()
        self.chain = Chain([wire(get("revnet"), {"f": f, "g": g}) for f, g in pairs])

    def forward(self, x):
        return torch.cat(self.chain(*x.chunk(2, 1)), 1)


def memcnn(pairs):
    peer = pytest.importorskip("memcnn", reason="memcnn is not installed (pip install --no-deps memcnn)")
    couplings = (peer.AdditiveCoupling(f, g) for f, g in pairs)
    return nn.Sequential(*(peer.InvertibleModuleWrapper(x, preserve_rng_state=True) for x in couplings))


def revtorch(pairs):
    peer = pytest.importorskip("revtorch", reason="revtorch is not installed (pip install revtorch)")
    return peer.ReversibleSequence(nn.ModuleList(peer.ReversibleBlock(f, g) for f, g in pairs))


def momentumnet(blocks, gamma, rebuilt=True):
    peer = pytest.importorskip("momentumnet", reason="momentumnet is not installed (pip install --no-deps momentumnet)")
    return peer.MomentumNet(blocks, gamma, use_backprop=not rebuilt)


def trained(net, blocks, seed=1):
    """Gradients of the input and of the blocks, and how often their norms have counted a batch."""
    x = torch.randn(BATCH, 2 * HALF, generator=torch.Generator().manual_seed(0)).requires_grad_()
    torch.manual_seed(seed)
    y = net(1 * x)  # memcnn empties what it is given
    (y * torch.linspace(-1, 2, y.numel()).view(y.shape)).sum().backward()
    counts = {int(b) for block in blocks for name, b in block.named_buffers() if name.endswith("num_batches_tracked")}
    return [x.grad, *(p.grad for block in blocks for p in block.parameters())], counts


def made(dropout):
    torch.manual_seed(0)
    return [(block(dropout), block(dropout)) for _ in range(3)]


def flat(pairs):
    return [f for pair in pairs for f in pair]


@pytest.mark.parametrize("peer, tracked", [(memcnn, 3), (revtorch, 2), (Coupled, 1)])
def test_how_often_a_batch_is_counted(peer, tracked):
    """Once in a plain network, and here; gradients are right in all of them where nothing is drawn."""
    pairs = made(0.0)
    theirs, true = copy.deepcopy(pairs), copy.deepcopy(pairs)
    grads, counts = trained(peer(theirs), flat(theirs))
    expected, once = reference(true)
    assert (counts, once) == ({tracked}, {1})
    assert off(grads, expected) < 1e-5


def reference(pairs):
    """The coupling as it is printed: x1 + f(x2), x2 + g(y1) (Gomez, Ren, Urtasun, Grosse 2017, equation 8)."""

    def forward(x):
        x, y = x.chunk(2, 1)
        for f, g in pairs:
            x = x + f(y)
            y = y + g(x)
        return torch.cat([x, y], 1)

    return trained(forward, flat(pairs))


@pytest.mark.parametrize("peer", [memcnn, revtorch])
def test_their_gradients_through_dropout_are_those_of_other_masks(peer):
    pairs = made(0.5)
    theirs, ours, true = (copy.deepcopy(pairs) for _ in range(3))
    expected, _ = reference(true)
    assert off(trained(peer(theirs), flat(theirs))[0], expected) > 0.5
    assert off(trained(Coupled(ours), flat(ours))[0], expected) < 1e-5


@pytest.mark.parametrize("gamma", ["1/2", "9/10"])
def test_a_momentum_network_with_dropout(gamma):
    """momentumnet without its memory: 0.8 to 15 times the gradient off; without dropout it is right."""
    torch.manual_seed(0)
    blocks = [nn.Sequential(nn.Linear(2 * HALF, 2 * HALF), nn.Tanh(), nn.Dropout(0.5)) for _ in range(10)]
    theirs, ours, true = (copy.deepcopy(blocks) for _ in range(3))
    expected, _ = trained(momentumnet(true, float(Fraction(gamma)), rebuilt=False), true)
    assert off(trained(momentumnet(theirs, float(Fraction(gamma))), theirs)[0], expected) > 0.5

    class Ours(nn.Module):
        def __init__(self):
            super().__init__()
            steps = [wire(get("momentum", gamma=gamma), f) for f in ours]
            self.chain = Chain(steps, Memory(reversible=True, fallback="exact"))

        def forward(self, x):
            return self.chain(x, torch.zeros_like(x))[0]

    assert off(trained(Ours(), ours)[0], expected) < 1e-5
