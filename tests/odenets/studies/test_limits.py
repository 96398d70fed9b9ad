"""What a training step asks of a device, against counts by hand; and the benchmark of a GPU where there is none."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from odenets import build
from odenets.costs import multiply_adds
from odenets.studies.limits import Demand, Limits, demand, measured

N, C, S = 4, 8, 16


def test_operations_are_three_times_the_forward_pass_but_for_the_images_gradient():
    network = build("resnet20")
    forward = 2 * multiply_adds(network, (1, 3, 32, 32))
    first = 2 * 32 * 32 * 27 * 16
    assert demand(network, (N, 3, 32, 32)).operations == 3 * forward - first


@pytest.mark.parametrize(
    ("network", "numbers"),
    [
        (nn.Conv2d(C, C, 3, padding=1, bias=False), 2 * N * C * S**2 + 9 * C**2),
        (nn.Sequential(nn.Conv2d(C, C, 1, bias=False), nn.ReLU(inplace=True)), 4 * N * C * S**2 + C**2),
        (nn.Sequential(nn.Flatten(), nn.Linear(C * S**2, 3)), N * C * S**2 + 3 * C * S**2 + 3 + 3 * N),
    ],
)
def test_bytes_are_what_each_operation_reads_and_writes_three_times(network, numbers):
    assert demand(network, (N, C, S, S), 2).bytes == pytest.approx(3 * 2 * numbers / N)
    assert demand(network, (N, C, S, S), 4).bytes == pytest.approx(3 * 4 * numbers / N)


def test_a_linear_part_moves_more_and_computes_nothing_more():
    plain, two_step = (demand(build(name), (8, 3, 32, 32)) for name in ("resnet20", "lm_resnet20"))
    assert two_step.operations == plain.operations
    assert two_step.bytes > 1.05 * plain.bytes


def test_counting_leaves_the_network_alone():
    network = build("resnet20").eval()
    before = {name: x.clone() for name, x in network.state_dict().items()}
    demand(network, (2, 3, 32, 32))
    assert not network.training
    assert all(torch.equal(x, before[name]) for name, x in network.state_dict().items())


def test_shares_of_the_limits():
    assert Limits(100.0, 50.0).shares(Demand(2.0, 3.0), 10.0) == {"of_arithmetic": 0.2, "of_memory": 0.6}


def test_limits_are_measured():
    found = measured(torch.device("cpu"), size=64, repeats=1)
    assert found.operations > 0 and found.bytes > 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="measures where there is a CUDA device")
def test_the_benchmark_says_that_it_needs_a_card():
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu_recipe"], cwd=root, capture_output=True, text=True, timeout=250
    )
    assert run.returncode == 2
    assert run.stdout.strip().endswith("run it on a machine with one") and not run.stderr
