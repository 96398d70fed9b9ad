"""Small networks of 4 and 8 channels, and what tests ask of them."""

import torch

from odenets.network import build

IMAGES = (4, 3, 8, 8)
SMALL = {"widths": (4, 8), "layers": (3, 3)}


def made(**options):
    return build(**{**SMALL, **options}).double().eval()


def images():
    return torch.randn(IMAGES, dtype=torch.float64)


def same(net, u, x):
    torch.testing.assert_close(net(x), net.head(u), rtol=0, atol=1e-11)


def fields(net):
    """The blocks of each stage of a network with one field."""
    return [[step.f for step in stage.wired()] for stage in net.stages]


VECTORS = {"block": "mlp", "widths": (4,), "channels": 3}


def vectors(scheme, steps, **options):
    """One stage of a smooth field on vectors, in float64."""
    return build(**VECTORS, scheme=scheme, layers=(steps,), **options).double()
