"""Running statistics of weights over depth: each evaluation has its own, and no replay touches them."""

import torch

from odenets.depth import Blend
from odenets.memory.replay import quiet
from odenets.network import build
from odenets.recalibration import recalibrate
from tests.odenets.small import SMALL, images, made


def test_each_evaluation_keeps_its_statistics_and_fits_what_it_has_seen():
    """On one batch, seen until the statistics are those of the batch, a test gives what training gives.

    Two evaluations of one block see different states: one set of statistics for both fits neither.
    """
    torch.manual_seed(0)
    options = {"scheme": "heun2", "block": "basic", "norm": "batch", **SMALL, "layers": (2, 1)}
    x = images().float()

    def gap(network):
        for norm in (m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)):
            norm.momentum = 0.5
        with torch.no_grad():
            for _ in range(40):
                trained = network.train()(x)
            return float((network.eval()(x) - trained).norm() / trained.norm())

    # what is left is the variance, over n in training and over n - 1 in tests
    own, shared = gap(build(**options, weights="constant:2; constant:1")), gap(build(**options))
    assert own < 0.03 and shared > 3 * own


def test_each_evaluation_measures_for_itself_and_knots_do_not():
    net = build(scheme="heun2", weights="linear:2", **SMALL)
    knots = [b.clone() for b in net.stages[0].knots.buffers()]
    net(images().float())
    assert all(torch.equal(a, b) for a, b in zip(knots, net.stages[0].knots.buffers(), strict=True))
    means = [part.statistics()["1.running_mean" if "1.running_mean" in part.own else "0.running_mean"]
             for part in net.stages[0].modules() if isinstance(part, Blend)]  # fmt: skip
    assert len({tuple(x.tolist()) for x in means}) == len(means) > 3


def test_a_replay_leaves_no_trace():
    net = build(scheme="euler", weights="linear:2", **SMALL)
    x = images().float()
    net(x)
    before = {k: v.clone() for k, v in net.state_dict().items()}
    with quiet(net):
        net(x)
    assert all(torch.equal(before[k], v) for k, v in net.state_dict().items())


def test_recalibrated_statistics_are_those_of_training():
    net = build(scheme="heun2", weights="linear:2", **SMALL).double()
    for _ in range(3):
        net(images() + 2)
    x = torch.cat([images() for _ in range(16)])
    trained = net(x)
    recalibrate(net, [x])
    # the running variance is the unbiased one, n / (n - 1) of what training divides by, n = 64 · 16 at least
    torch.testing.assert_close(net(x), trained, rtol=0.02, atol=0.02)


def test_a_solid_block_is_the_blend():
    net = made(scheme="euler", weights="linear:2")
    blend = net.stages[0].steps[1].f
    u = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    assert torch.equal(blend.solid()(u), blend(u))
