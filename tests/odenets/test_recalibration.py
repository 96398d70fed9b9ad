"""Batch norms of the network that is evaluated."""

import pytest
import torch
from torch import nn

from odenets.network import build
from odenets.recalibration import recalibrate


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    made = build("fractalnet20", widths=(8, 8), layers=(1, 1))
    for _ in range(20):
        made(torch.randn(16, 3, 8, 8))  # the paths that drop-path draws leave their statistics
    return made


def test_statistics_become_those_of_the_mean_network_and_its_momenta_stay(network):
    batches = [torch.randn(32, 3, 8, 8) for _ in range(3)]
    recalibrate(network, batches)
    assert not network.training
    seen = {}
    hooks = [
        module.register_forward_pre_hook(lambda m, x: seen.setdefault(m, []).append(x[0]))
        for module in network.modules()
        if isinstance(module, nn.BatchNorm2d)
    ]
    stem = next(m for m in network.stem.modules() if isinstance(m, nn.BatchNorm2d))
    with torch.no_grad():
        for x in batches:
            network(x)
    for hook in hooks:
        hook.remove()
    expected = torch.stack([x.mean((0, 2, 3)) for x in seen[stem]]).mean(0)
    torch.testing.assert_close(stem.running_mean, expected)
    for norm, inputs in seen.items():  # deeper ones see inputs that were normalised by other batches
        variance = torch.stack([x.var((0, 2, 3)) for x in inputs]).mean(0)
        assert 0.5 < (norm.running_var / variance).median() < 2 and norm.momentum == 0.1


def test_before_it_the_statistics_are_those_of_single_paths():
    torch.manual_seed(0)
    made = build("fractalnet20", widths=(8, 8, 8), layers=(1, 1, 1))
    batches = [torch.randn(64, 3, 8, 8)]
    for _ in range(40):
        made(batches[0])
    made.eval()
    size = made(batches[0]).std(0).mean()
    recalibrate(made, batches)
    assert made(batches[0]).std(0).mean() > 1.5 * size
