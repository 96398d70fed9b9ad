"""What twins and conversions must not get wrong again: gradients of moving fields, time, promised orders, inputs."""

import pytest
import torch

from odenets import OdenetsError, build, convert
from odenets.continuous import ode, sde
from odenets.conversion.refining import caps
from odenets.depth.chains import span, stages

V = {"block": "mlp", "channels": 4, "classes": 3, "layers": (3,), "widths": (8,)}


@pytest.mark.parametrize("options", [{"weights": "cosine:3"}, {"weights": "linear:3"}, {}])
@pytest.mark.parametrize("method", ["dopri5", "dopri8"])
def test_an_adaptive_solver_has_the_gradient_of_a_field_that_moves(method, options):
    torch.manual_seed(0)
    net, x = build(scheme="euler", **V, **options).double(), torch.randn(5, 4).double()
    how = "constant" if options else "linear"
    found = []
    for solver, given in ((method, {"rtol": 1e-10, "atol": 1e-11}), ("rk4_classic", {"steps": 300})):
        net.zero_grad()
        ode(net, solver, how=how, **given)(x).square().sum().backward()
        found.append([p.grad.clone() for p in net.parameters()])
    for a, b in zip(*found, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)


def test_time_is_kept_by_a_scheme_that_learns():
    for seed in range(3):
        net = build(scheme="euler", **V)
        torch.manual_seed(seed)
        made, change = convert(net, "lm2", 6, "cosine:3")
        assert abs(span(stages(made)[0]) / change.stages[0].time - 1) < 1e-6


@pytest.mark.parametrize("scheme", ["ab2", "leapfrog"])
def test_histories_reach_over_jumps(scheme):
    net = build(scheme="euler", **V)
    made, _ = convert(net, scheme, 3)
    assert 1 in caps(made, convert(made, scheme, 6)[0]).values()


def test_fields_between_blocks_track_nothing():
    net = build(scheme="euler", block="basic", layers=(3,), widths=(4,))
    with pytest.warns(UserWarning, match="stay as they are"):
        ode(net, "rk4_classic", steps=6, how="linear").train()(torch.randn(4, 3, 8, 8))
    counters = [int(x) for name, x in net.stages.state_dict().items() if "num_batches" in name]
    crossing = net.stages[0].crosses
    assert set(counters[2 * crossing :]) == {0}


def test_options_and_dt():
    with pytest.raises(OdenetsError):
        ode(build(scheme="euler", **V), "heun2", options={"max_num_steps": 3})
    with pytest.raises(OdenetsError):
        sde(build(scheme="stochastic_depth", **V), dt=float("inf"))
