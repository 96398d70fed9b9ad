"""Chains of small steps beside the same steps one by one, and how far their gradients are from each other."""

from __future__ import annotations

import copy
from contextlib import nullcontext

import torch
from torch import nn

from odenets.memory import Chain, Memory
from odenets.wiring import wire
from schemes import get, learned

WIDTH, BATCH = 6, 5
KEPT = Memory(reversible=True)
EXACT = Memory(reversible=True, fallback="exact")
DOUBLE = Memory(reversible=True, fallback="double")
AGAIN = Memory(checkpoint=2)
WAYS = {"kept": KEPT, "exact": EXACT, "double": DOUBLE, "again": AGAIN}

RULES = {
    "revnet": {},
    "symplectic_euler": {},
    "stormer_verlet": {},
    "leapfrog": {},
    "momentum": {"gamma": "99/100"},
    "lm2": {"k": learned("-19/20")},
}


class Plain(Chain):
    """The steps of a chain one by one, as autograd has them."""

    def forward(self, *states):
        for step in self.steps:
            states = step(*states)
            states = states if isinstance(states, tuple) else (states,)
        return states[0] if len(states) == 1 else states


class Scaled(nn.Module):
    """c f(u): a step so small that depth is time, and errors do not grow by themselves."""

    def __init__(self, f, c):
        super().__init__()
        self.f, self.c = f, c

    def forward(self, u):
        return self.c * self.f(u)


def field(*, c=0.3, norm=False, dropout=0.0, width=WIDTH):
    """A factory of blocks: linear - tanh - linear, with batch norm and dropout where asked."""

    def make():
        parts = [nn.BatchNorm1d(width)] if norm else []
        parts += [nn.Linear(width, width), nn.Tanh()]
        parts += [nn.Dropout(dropout)] if dropout else []
        return Scaled(nn.Sequential(*parts, nn.Linear(width, width)), c)

    return make


def steps(scheme, block, depth, **options):
    scheme = get(scheme) if isinstance(scheme, str) else scheme
    names = dict.fromkeys(name for name in scheme.fields if name != "one")
    return [wire(scheme, {name: block for name in names}, **options) for _ in range(depth)]


def chain(scheme, memory=KEPT, *, block=None, depth=8, **options):
    torch.manual_seed(0)
    return Chain(steps(scheme, block or field(), depth, **options), memory)


def plain(net):
    """A copy that keeps everything."""
    twin = copy.deepcopy(net)
    for module in twin.modules():
        if isinstance(module, Chain):
            module.__class__ = Plain
    return twin


def inputs(count=2, shape=(BATCH, WIDTH), dtype=torch.float32):
    generator = torch.Generator().manual_seed(3)
    return tuple(torch.randn(shape, generator=generator).to(dtype) for _ in range(count))


def gradients(net, given, *, seed=1, casting=None):
    """The gradients of a number that depends on every output: of the inputs, then of the parameters."""
    given = tuple(x.clone().requires_grad_() for x in given)
    net.zero_grad()
    torch.manual_seed(seed)
    with casting() if casting else nullcontext():
        found = net(*given)
    found = found if isinstance(found, tuple) else (found,)
    sum((x.double() * torch.linspace(-1, 2, x.numel()).view(x.shape)).sum() for x in found).backward()
    return [x.grad for x in (*given, *net.parameters())]


def off(found, true):
    """‖found - true‖ / ‖true‖ over all tensors together; those without a gradient must be the same ones."""
    assert [x is None for x in found] == [x is None for x in true]
    pairs = [(a.double(), b.double()) for a, b in zip(found, true, strict=True) if b is not None]
    size = sum(float(b.square().sum()) for _, b in pairs)
    return (sum(float((a - b).square().sum()) for a, b in pairs) / size) ** 0.5


def apart(net, given, **options):
    """How far the gradients of a chain are from those of its steps one by one."""
    return off(gradients(net, given, **options), gradients(plain(net), given, **options))
