"""Networks of implicit steps: how they begin and change their shape, that they learn, what they say when they fail."""

import copy

import pytest
import torch
from torch.nn import functional as F

from odenets.data import load
from odenets.equilibrium import ImplicitStep
from odenets.errors import OdenetsError
from odenets.network import build
from odenets.spec import Spec
from tests.odenets.terminal import typed

SMALL = {"widths": (4, 8), "layers": (3, 3), "h": "1/N", "solver": "anderson"}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def implicit(net):
    """Of each step, whether it is solved."""
    return [isinstance(step, ImplicitStep) for *_, step in net.steps()]


def images(n=4):
    return torch.randn(n, 3, 8, 8)


@pytest.mark.parametrize(
    ("options", "solved"),
    [
        ({"scheme": "backward_euler"}, [1, 1, 1, 0, 1, 1]),  # the step across starts the history: Euler
        ({"scheme": "backward_euler", "across": "layer"}, [1, 1, 1, 1, 1, 1]),
        ({"scheme": "backward_euler", "history": "project", "transition": "conv"}, [1, 1, 1, 1, 1, 1]),
        ({"scheme": "gauss"}, [1, 1, 1, 0, 1, 1]),
        ({"scheme": "trbdf2"}, [1, 1, 1, 0, 1, 1]),
        ({"scheme": "bdf"}, [0, 0, 1, 0, 0, 1]),
        ({"scheme": "bdf", "start": "backward_euler", "across": "layer"}, [1, 1, 1, 1, 1, 1]),
        ({"scheme": "bdf", "history": "project", "transition": "conv"}, [0, 0, 1, 1, 1, 1]),
        ({"scheme": "adams_moulton", "start": "trapezoid"}, [1, 1, 1, 0, 1, 1]),
        ({"scheme": "dimsim2_implicit"}, [1, 1, 1, 0, 1, 1]),
        ({"scheme": "imex_euler", "block": {"f": "basic", "g": "basic"}}, [1, 1, 1, 0, 1, 1]),
    ],
)
def test_steps_that_are_solved(options, solved):
    net = build(**{**SMALL, **options})
    assert implicit(net) == list(map(bool, solved))
    out = net(images())
    assert out.shape == (4, 10)
    out.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())
    counts = [step.iterations for *_, step in net.steps() if isinstance(step, ImplicitStep)]
    assert all(min(count) > 2 for count in counts)
    rows = net.summary(8)
    assert [row["steps"] for row in rows] == [0, 3, 3, 0]


def test_a_trapezoid_network_learns_the_digits():
    data = load("digits")
    x, y = data.train.images[:96].float() / 80 - 1, data.train.labels[:96]
    net = build(scheme="trapezoid", solver="anderson", h="1/4", widths=(8,), layers=(2,), channels=1)
    descent = torch.optim.Adam(net.parameters(), 0.01)
    losses = []
    for _ in range(12):
        loss = F.cross_entropy(net(x), y)
        descent.zero_grad()
        loss.backward()
        descent.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]


def test_sweeps_in_place_of_a_solver_are_a_plain_network():
    """They come to the solution: 4 sweeps nearer than 1, and the names of the weights are the same."""
    solved = build(**{**SMALL, "scheme": "backward_euler", "solving": {"tolerance": 1e-6}}).eval()
    x, distance = images(), []
    for sweeps in (1, 4):
        plain = build(**{**SMALL, "scheme": "backward_euler", "solver": "", "unroll": sweeps}).eval()
        assert not any(implicit(plain))
        plain.load_state_dict(solved.state_dict())
        distance.append((plain(x) - solved(x)).norm().item())
    assert distance[1] < distance[0] / 2


def test_solvers_agree():
    x, outputs = images(), []
    net = build(**{**SMALL, "scheme": "gauss", "solving": {"tolerance": 1e-6}}).eval()
    for solver in ("anderson", "fixed-point", "newton"):
        other = build(**{**SMALL, "scheme": "gauss", "solver": solver, "solving": {"tolerance": 1e-6}}).eval()
        other.load_state_dict(net.state_dict())
        outputs.append(other(x))
    torch.testing.assert_close(outputs[0], outputs[1], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(outputs[0], outputs[2], rtol=1e-4, atol=1e-4)


def test_an_image_is_seen_alike_alone_and_among_others():
    net = build(**{**SMALL, "scheme": "radau_iia", "solving": {"tolerance": 1e-6}}).eval()
    x = images(6)
    torch.testing.assert_close(net(x)[2:3], net(x[2:3]), rtol=1e-4, atol=1e-4)


def test_a_learned_theta_is_trained():
    net = build(**{**SMALL, "scheme": "theta", "values": {"theta": "learned(1/2)"}})
    F.cross_entropy(net(images()), torch.arange(4)).backward()
    assert len(net.coefficients()) == 5 and all(p.grad.abs() > 0 for *_, p in net.coefficients())


def test_a_network_is_its_spec_again():
    spec = Spec(**{**SMALL, "scheme": "gauss", "solving": {"tolerance": 1e-4, "iterations": 30}})
    assert Spec.from_dict(spec.as_dict()) == spec
    step = copy.deepcopy(build(spec)).steps()[0][2]
    assert (step.solver.tolerance, step.solver.iterations, step.solver.depth) == (1e-4, 30, 5)


def test_shared_weights_in_every_step_are_an_equilibrium_of_one_block():
    net = build(**{**SMALL, "scheme": "backward_euler", "depth_shared": True})
    assert len({id(step.f) for i, _, step in net.steps() if i == 0}) == 1
    net(images()).sum().backward()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"solver": "andersen"}, "no solver is called 'andersen': take anderson"),
        ({"solving": {"tolerence": 1e-4}}, "a solver has no option 'tolerence': it has tolerance, iterations, depth"),
        ({"solver": ""}, "gauss is implicit and cannot be wired: solve it"),
    ],
)
def test_what_does_not_solve_is_refused(options, message):
    with pytest.raises(OdenetsError, match=message):
        build(**{**SMALL, "scheme": "gauss", **options})


def test_a_network_that_is_not_solved_ends_with_a_sentence(capsys, tmp_path):
    command = (
        "train backward_euler --solver fixed-point --solving iterations=20 --layers 3 --widths 8 --epochs 1 "
        f"--threads 1 --precision fp32 --runs {tmp_path}"
    )
    out, err, status = typed(command, capsys)
    assert status == 2 and "backward_euler: its stages are not solved by fixed-point, residual " in " ".join(
        err.split()
    )
    assert "Traceback" not in out + err
