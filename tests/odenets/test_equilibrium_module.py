"""An implicit step as a module: norms, noise and number formats while it is solved, its text, its life, its errors."""

import copy
import pickle

import pytest
import torch
from torch import nn

from odenets.equilibrium import Solver
from odenets.errors import OdenetsError
from odenets.wiring import wire
from schemes import Bernoulli, Scheme, gauss, get, learned, random, runge_kutta

METHODS = ("fixed-point", "anderson", "newton")


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


class Noisy(nn.Module):
    """A contracting field with batch norm and dropout, which counts its evaluations."""

    def __init__(self, channels=4, rate=0.3, gain=0.3):
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(channels), nn.Conv2d(channels, channels, 3, padding=1)
        self.drop, self.gain, self.calls = nn.Dropout(rate), gain, 0

    def forward(self, u):
        self.calls += 1
        return self.gain * self.drop(self.conv(torch.relu(self.norm(u))))


def images(dtype=torch.float32):
    return torch.randn(8, 4, 5, 5, dtype=dtype)


def backward_euler(block, method="anderson", **options):
    return wire(get("backward_euler"), block, solver=Solver(method, **options))


# ---- what the world sees of an evaluation --------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_norms_track_the_solution_once(method):
    step = backward_euler(Noisy(rate=0).double(), method, tolerance=1e-12)
    norm = copy.deepcopy(step.f.norm)
    out = step(images(torch.float64))
    norm(out)
    assert step.f.norm.num_batches_tracked == 1 and step.iterations[0] > 4
    torch.testing.assert_close(step.f.norm.running_mean, norm.running_mean, rtol=0, atol=1e-10)
    torch.testing.assert_close(step.f.norm.running_var, norm.running_var, rtol=0, atol=1e-10)
    out.sum().backward()
    assert step.f.norm.num_batches_tracked == 1 and step.f.norm.track_running_stats


def test_norms_track_the_solution_also_without_gradients():
    step = backward_euler(Noisy())
    with torch.no_grad():
        step(images())
    assert step.f.norm.num_batches_tracked == 1
    step.eval()(images())
    assert step.f.norm.num_batches_tracked == 1


@pytest.mark.parametrize("method", METHODS)
def test_noise_is_one_draw_for_all_iterations(method):
    """Dropout leaves the generator where one evaluation leaves it, and u' = u + f(u') holds with that draw."""
    step, u = backward_euler(Noisy().double(), method, tolerance=1e-12), images(torch.float64)
    state = torch.get_rng_state()
    out, after = step(u), torch.get_rng_state()
    torch.set_rng_state(state)
    torch.testing.assert_close(out, u + step.f(out), rtol=0, atol=1e-10)
    assert torch.equal(torch.get_rng_state(), after) and not torch.equal(state, after)


def test_stages_draw_their_own_noise_and_gradients_have_it_too():
    """Gauss's two stages with dropout: the gradient is that of differences with the same draws."""
    step = wire(gauss(2), Noisy().double(), solver=Solver(tolerance=1e-12))
    u, direction, state = images(torch.float64).requires_grad_(), images(torch.float64), torch.get_rng_state()

    def drawn(u):
        torch.set_rng_state(state)
        return step(u).square().sum()

    (slope,) = torch.autograd.grad(drawn(u), u)
    with torch.no_grad():
        difference = (drawn(u + 1e-6 * direction) - drawn(u - 1e-6 * direction)) / 2e-6
    torch.testing.assert_close((slope * direction).sum(), difference, rtol=1e-6, atol=1e-6)


def test_random_coefficients_are_drawn_once_and_are_their_mean_at_evaluation():
    step = wire(
        get("theta", theta=random(Bernoulli("1/4"), per="batch")),
        Noisy(rate=0).double(),
        solver=Solver(tolerance=1e-12),
    )
    u, residuals = images(torch.float64), set()
    f = copy.deepcopy(step.f)
    for _ in range(20):
        out = step(u)
        misses = [(out - u - (1 - theta) * f(u) - theta * f(out)).abs().max() < 1e-10 for theta in (0, 1)]
        assert sum(misses) == 1
        residuals.add(bool(misses[0]))
    assert residuals == {True, False}
    step.eval(), f.load_state_dict(step.f.state_dict()), f.eval()
    out = step(u)
    torch.testing.assert_close(out, u + 0.75 * f(u) + 0.25 * f(out), rtol=0, atol=1e-10)


def test_evaluations_are_counted():
    step = backward_euler(Noisy(), "fixed-point")
    out = step(images())
    assert step.iterations == (step.f.calls, 0) and 0 < step.residual <= step.solver.tolerance
    out.sum().backward()
    assert step.iterations[0] == step.f.calls and step.iterations[1] > 2


def test_explicit_stages_are_evaluated_once():
    step = wire(get("trapezoid"), Noisy, solver=Solver())
    step(images())
    assert step.f1.calls == 1 and step.f2.calls == step.iterations[0] > 2


# ---- number formats ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_half_precision_is_solved_in_single(method):
    """To what bfloat16 can say: 2e-3 … 6e-3 of the increments were measured, 1.6e-2 are asked."""
    step, u = backward_euler(Noisy(rate=0), method), images()
    exact = step(u)
    with torch.autocast("cpu", torch.bfloat16):
        out = step(u)
    assert out.dtype == torch.float32 and step.residual > 1e-5 and 0 < (out - exact).norm() < 0.02 * exact.norm()
    out.sum().backward()
    assert all(p.grad.dtype == torch.float32 and p.grad.isfinite().all() for p in step.parameters())
    halved = copy.deepcopy(step).bfloat16()(u.bfloat16())
    assert halved.dtype == torch.bfloat16 and (halved.float() - exact).norm() < 0.02 * exact.norm()


def test_products_of_halves_are_seen_behind_a_block_that_returns_singles():
    class Single(Noisy):
        def forward(self, u):
            return super().forward(u).float()

    step = backward_euler(Single(rate=0))
    with torch.autocast("cpu", torch.bfloat16):
        step(images())
    assert 1e-5 < step.residual < 2e-2


def test_shapes_are_known_without_values():
    step = copy.deepcopy(backward_euler(Noisy())).to("meta")
    assert step(images().to("meta")).shape == (8, 4, 5, 5) and step.f.calls < 4


# ---- a module like any other ---------------------------------------------------------------------------------------


def test_code_is_the_system_of_equations():
    code = wire(get("theta", theta=learned("1/2")), Noisy, solver=Solver()).code
    assert code == (
        "def forward(self, u):\n"
        "    theta = self.theta\n"
        "    u_next = u + (1 - theta) * self.f1(u) + theta * self.f2(u_next)  # solved: anderson\n"
        "    return u_next\n"
    )
    assert "    Y2 = u + 0.5386751345948129 * self.f(Y1) + 1/4 * self.f(Y2)  # solved together: newton\n" in (
        wire(gauss(2), Noisy(), solver=Solver("newton")).code
    )
    assert wire(get("bdf"), Noisy(), solver=Solver()).code.endswith("u_prev_next = u\n    return u_next, u_prev_next\n")


def test_it_is_copied_and_pickled():
    step, u = wire(get("radau_iia"), Noisy(rate=0), solver=Solver("newton")).eval(), images()
    for twin in (copy.deepcopy(step), pickle.loads(pickle.dumps(step))):
        assert torch.equal(twin(u), step(u)) and twin.code == step.code and twin.solver == step.solver
        assert twin.load_state_dict(step.state_dict())
    assert "radau_iia, Solver(method='newton'" in repr(step)


def test_it_runs_in_a_compiled_network():
    step, u = backward_euler(Noisy(rate=0)).eval(), images()
    compiled = torch.compile(nn.Sequential(step, nn.ReLU()), backend="eager")
    assert torch.equal(compiled(u), torch.relu(step(u)))


def test_a_vector_is_one_sample():
    step, u = backward_euler(nn.Linear(6, 6)), torch.randn(1, 6)
    many, residual = step(u), step.residual
    torch.testing.assert_close(step(u[0]), many[0])
    assert step.residual == pytest.approx(residual, rel=1e-3)


def test_the_constant_field_is_not_solved_for():
    """u' = u + 1 + f(Y): the constant, of no shape, reads nothing, also where its row has entries."""
    scheme = runge_kutta("forced", [["1/2", 1], ["1/2", 0]], [1, 1], fields=("f", "one"))
    step = wire(scheme, Noisy(rate=0).double(), solver=Solver(tolerance=1e-12)).eval()
    u = images(torch.float64)
    out = step(u)
    Y = u + (out - u - 1) / 2 + 1
    torch.testing.assert_close(out, u + 1 + step.f(Y), rtol=0, atol=1e-10)


def test_a_stage_may_read_nothing():
    """Y1 = 0: f(0) is a constant of the block."""
    scheme = Scheme("biased", A=((0, 0), (1, "1/2")), U=((0,), (1,)), B=((0, 1),), V=((1,),))
    step, u = wire(scheme, nn.Linear(3, 3).apply(third), solver=Solver(tolerance=1e-6)), torch.randn(2, 3)
    F = step(u) - u
    torch.testing.assert_close(F, step.f(u + step.f(0 * u) + F / 2), rtol=1e-4, atol=1e-4)


def third(linear):
    linear.weight.data /= 3


# ---- refusals ------------------------------------------------------------------------------------------------------


def test_a_solution_that_is_not_found_says_how_far_it_came():
    step = backward_euler(nn.Linear(3, 3).apply(triple), "fixed-point", iterations=7)
    with pytest.raises(OdenetsError) as error:
        step(torch.ones(2, 3))
    assert str(error.value) == (
        "backward_euler: its stages are not solved by fixed-point, residual 2.0e+00 after 7 evaluations where the "
        "tolerance is 1e-04: take a smaller step h, solver = 'anderson' or 'newton', more iterations (solving), or "
        "unroll"
    )


def triple(linear):
    linear.weight.data, linear.bias.data = 3 * torch.eye(3), torch.zeros(3)


def test_a_gradient_that_is_not_found_is_refused():
    """At u = 0 the field 3u has its solution at once; the gradient's iteration w = v + 3w diverges."""
    step, u = backward_euler(nn.Linear(3, 3).apply(triple), "fixed-point"), torch.zeros(2, 3, requires_grad=True)
    out = step(u)
    with pytest.raises(OdenetsError, match="backward_euler: the gradient of its stages is not solved by fixed-point"):
        out.sum().backward()
    step.solver = Solver("newton")
    step(u).sum().backward()
    torch.testing.assert_close(u.grad, torch.full((2, 3), -0.5))  # 1 / (1 - 3)


def test_values_that_are_no_numbers_end_the_iteration():
    step = backward_euler(nn.Linear(3, 3), iterations=50)
    with pytest.raises(OdenetsError, match="residual nan after 1 evaluations"):
        step(torch.full((2, 3), float("nan")))
