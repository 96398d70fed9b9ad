"""Neural ODEs of networks, solved: orders, other solvers, and gradients."""

from math import log2

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from odenets import build
from odenets.continuous import ode
from odenets.depth import chain_field, span

VECTORS = {"block": "mlp", "layers": (2,), "widths": (4,), "channels": 3, "classes": 2}
SPLIT = {"scheme": "revnet", "block": {"f": "mlp", "g": "mlp"}}


def made(**options):
    """A network whose fields are not small, so that errors are not either."""
    torch.manual_seed(3)
    net = build(**{"scheme": "euler", **VECTORS, **options}).double()
    with torch.no_grad():
        for p in net.stages.parameters():
            p.copy_(torch.randn_like(p))
    return net


def rows(count=4):
    return torch.randn(count, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


ORDERS = {"euler": 1, "heun2": 2, "kutta3": 3, "rk4_classic": 4}
NETS = {"own blocks": {}, "one block": {"depth_shared": True}, "two fields": SPLIT, "LM": {"scheme": "lm2"}}


def order(net, name, steps):
    """The slope of the error between so many steps and twice as many."""
    exact = ode(net, "dopri8", rtol=1e-12, atol=1e-12)(rows())
    errors = [(ode(net, name, steps=n)(rows()) - exact).norm() for n in (steps, 2 * steps)]
    return log2(errors[0] / errors[1])


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("name", ORDERS)
@torch.no_grad()
def test_a_scheme_keeps_its_order(net, name):
    """Also over the jumps of piecewise constant fields, as steps meet them."""
    assert abs(order(made(**NETS[net]), name, 64) - ORDERS[name]) < 0.27


@pytest.mark.parametrize("name", ["ab2", "leapfrog"])
@torch.no_grad()
def test_a_history_keeps_its_order_where_the_field_has_no_jump(name):
    """Across one it holds slopes of the field before it: an error of the first order, once a jump."""
    assert abs(order(made(depth_shared=True), name, 128) - 2) < 0.27
    assert abs(order(made(), name, 64) - 1) < 0.27


@torch.no_grad()
def test_splittings_have_theirs():
    for name, expected in {"symplectic_euler": 1, "stormer_verlet": 2, "forest_ruth": 4}.items():
        assert abs(order(made(**SPLIT), name, 64) - expected) < 0.27


@pytest.mark.parametrize("ours, theirs", {"rk4_38": "rk4", "midpoint": "midpoint", "heun3": "heun3"}.items())
def test_torchdiffeq_steps_alike(ours, theirs):
    """torchdiffeq's rk4 is the 3/8 rule; its fixed methods are taken for the adjoint."""
    net = made()
    a, b = ode(net, ours, steps=8)(rows()), ode(net, theirs, steps=8, adjoint=True)(rows())
    torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


def test_scipy_solves_the_same_equation():
    """By hand: u' = W2 tanh(W1 u + b1) + b2, one block after the other."""
    net = made()
    u = net.stem(rows(1)).detach().numpy()[0]
    for step in net.stages[0].steps:
        w1, b1, w2, b2 = (p.detach().numpy() for p in step.f.parameters())

        def slope(t, u, w1=w1, b1=b1, w2=w2, b2=b2):
            return w2 @ np.tanh(w1 @ u + b1) + b2

        u = solve_ivp(slope, (0, 1), u, "DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    expected = net.head(torch.from_numpy(u)[None])
    torch.testing.assert_close(ode(net, rtol=1e-11, atol=1e-11)(rows(1)), expected, rtol=0, atol=1e-8)


@pytest.mark.parametrize("options", [{}, {"weights": "linear:3"}], ids=str)
@torch.no_grad()
def test_between_steps_the_field_may_be_linear(options):
    """Against the field of odenets.depth and SciPy; so a network of weights that are functions of depth is solved."""
    net = made(**options)
    field, T = chain_field(net.stages[0], "f", "linear"), float(span(net.stages[0]))
    u = net.stem(rows(1))

    def slope(t, z):
        return field(t, torch.from_numpy(z)[None])[0].numpy()

    u = solve_ivp(slope, (0, T), u[0].numpy(), "DOP853", rtol=1e-10, atol=1e-10, max_step=0.1).y[:, -1]
    expected = net.head(torch.from_numpy(u)[None])
    for solver, steps in (("dopri5", None), ("rk4_classic", 128)):
        twin = ode(net, solver, steps=steps, how="linear", rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(twin(rows(1)), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("scheme", ["euler", "lm2", "revnet"])
def test_gradients_are_right(scheme):
    """Direct and adjoint against differences; also of LM-ResNet's k, which sets the time of its step."""
    net = made(**(SPLIT if scheme == "revnet" else {"scheme": scheme}))
    own = [p for p in net.stages.parameters()]
    for adjoint in (False, True):
        twin = ode(net, rtol=1e-8, atol=1e-8, adjoint=adjoint)
        found = torch.autograd.grad(twin(rows()).square().sum(), own)
        for p, gradient in list(zip(own, found, strict=True))[-5:]:
            torch.testing.assert_close(gradient.flatten()[0], difference(twin, p), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def difference(twin, p, h=1e-4):
    """The central difference in the first number of a parameter."""
    values = []
    for sign in (1, -1):
        p.flatten()[0] += sign * h
        values.append(twin(rows()).square().sum())
        p.flatten()[0] -= sign * h
    return (values[0] - values[1]) / (2 * h)
