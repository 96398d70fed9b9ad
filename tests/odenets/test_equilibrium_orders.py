"""Implicit steps integrate: to their order, and where explicit ones and plain iterations fail."""

from math import log2

import pytest
import torch
from torch import nn

from odenets.equilibrium import Solver
from odenets.errors import OdenetsError
from odenets.wiring import wire
from schemes import bdf, gauss, get, lobatto_iiia, radau_iia

pytestmark = pytest.mark.usefixtures("double")


class Field(nn.Module):
    """h times a function of u."""

    def __init__(self, function, h):
        super().__init__()
        self.function, self.h = function, h

    def forward(self, u):
        return self.h * self.function(u)


def as_tuple(x):
    return x if isinstance(x, tuple) else (x,)


ORDERS = {
    "backward_euler": (lambda: get("backward_euler"), 1),
    "crank_nicolson": (lambda: get("trapezoid"), 2),
    "gauss2": (lambda: gauss(2), 4),
    "radau_iia2": (lambda: radau_iia(2), 3),
    "lobatto_iiia3": (lambda: lobatto_iiia(3), 4),
    "trbdf2": (lambda: get("trbdf2"), 2),
    "alexander3": (lambda: get("alexander3"), 3),
    "bdf3": (lambda: bdf(3), 3),
}
REFERENCE = {}  # of each initial value, once


def pendulum(u):
    return torch.stack([u[:, 1], -torch.sin(u[:, 0])], 1)


def exactly(t, u=(1.5, 0.5)):
    """The pendulum by an explicit method of order 8 of another library, at a tolerance of 1e-13."""
    from scipy.integrate import solve_ivp

    if t not in REFERENCE:
        solution = solve_ivp(lambda _, y: [y[1], -torch.sin(torch.tensor(y[0])).item()], (0, t), u, "DOP853",
                             rtol=1e-13, atol=1e-13)  # fmt: skip
        REFERENCE[t] = torch.tensor(solution.y[:, -1]).reshape(1, 2)
    return REFERENCE[t]


def error(scheme, steps):
    """At t = 1, from exact first values."""
    h = 1 / steps
    step = wire(scheme, Field(pendulum, h), solver=Solver("anderson", tolerance=1e-13))
    now = [exactly(h * (scheme.history - j)) if j < scheme.history else torch.tensor([[1.5, 0.5]])
           for j in range(scheme.history + 1)]  # fmt: skip
    with torch.no_grad():
        for _ in range(steps - scheme.history):
            now = as_tuple(step(*now))
    return (now[0] - exactly(1.0)).norm().item()


@pytest.mark.parametrize("name", ORDERS)
def test_orders_on_a_pendulum(name):
    make, order = ORDERS[name]
    rate = log2(error(make(), 32) / error(make(), 64))
    assert abs(rate - order) < 0.2


def test_backward_euler_with_newton_stays_where_other_iterations_diverge():
    """A stiff chain of 20 masses, h λ from -5 to -900: fixed-point iteration and five differences do not come there."""
    laplace = 225 * (torch.diag(torch.ones(19), 1) + torch.diag(torch.ones(19), -1) - 2 * torch.eye(20))
    u, exact = torch.randn(4, 20), torch.linalg.inv(torch.eye(20) - laplace)
    for method in ("fixed-point", "anderson"):
        step = wire(get("backward_euler"), Field(lambda u: u @ laplace, 1), solver=Solver(method))
        with pytest.raises(OdenetsError, match=rf"^backward_euler: its stages are not solved by {method}, residual "):
            step(u)
    step.solver = Solver("newton", iterations=200)
    torch.testing.assert_close(step(u), u @ exact, rtol=0, atol=1e-2)
    torch.testing.assert_close(step(step(u)), u @ exact @ exact, rtol=0, atol=1e-2)
    assert step(u).norm() < u.norm()
