"""An implicit step is its table: values and gradients of linear fields, orders, stiffness, and what it refuses."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from odenets.equilibrium import Solver, equilibrium
from odenets.equilibrium.order import is_system, recorded, together
from odenets.errors import OdenetsError
from odenets.wiring import wire
from schemes import adams_moulton, bdf, gauss, get, learned, radau_iia, transposed, unroll
from schemes.rewriting import only, without_idle
from tests import strategies
from tests.sample import over

METHODS = ("fixed-point", "anderson", "newton")
EXACT = {method: Solver(method, tolerance=1e-13, iterations=400) for method in METHODS}


pytestmark = pytest.mark.usefixtures("double")


class Scale(nn.Module):
    """h f(u) = z u, a z for each column."""

    def __init__(self, z):
        super().__init__()
        self.z = nn.Parameter(z)

    def forward(self, u):
        return self.z * u


class Tanh(nn.Module):
    """A nonlinear field that contracts."""

    def __init__(self, width=3, gain=0.4):
        super().__init__()
        self.inner, self.outer, self.gain = nn.Linear(width, width), nn.Linear(width, width), gain

    def forward(self, u):
        return self.gain * self.outer(torch.tanh(self.inner(u)))


def implicit():
    """Random implicit schemes without idle stages."""
    return strategies.schemes(explicit=False).map(without_idle).filter(lambda scheme: not scheme.explicit)


def states(scheme, width=3):
    return tuple(torch.randn(2, width, requires_grad=True) for _ in scheme.states)


def as_tuple(x):
    return x if isinstance(x, tuple) else (x,)


def stability_matrix(scheme, z, states):
    """V u + B (1 - zA)⁻¹ z U u, by a dense solution for each column: Hairer, Wanner, Solving ODEs II, (IV.3.2)."""
    A, U, B, V = (torch.tensor([[float(x) for x in row] for row in rows]) for rows in scheme.table[:4])
    Z, u = torch.stack([z[field] for field in scheme.fields], -1), torch.stack(states, -1)
    F = torch.linalg.solve(torch.eye(scheme.stages) - Z.unsqueeze(-1) * A, (Z * (u @ U.T)).unsqueeze(-1)).squeeze(-1)
    return (u @ V.T + F @ B.T).unbind(-1)


def check_linear(scheme, method, size, rtol=1e-10):
    """The values of a step of u' = zu, and their gradients with respect to u and z, are those of the dense formula."""
    blocks = {field: Scale(size * (torch.rand(3) - 0.8)) for field in dict.fromkeys(scheme.fields)}
    step = wire(scheme, blocks, solver=EXACT[method])
    given = states(scheme)
    wanted = stability_matrix(step.scheme, {field: block.z for field, block in blocks.items()}, given)
    weights = [torch.randn_like(x) for x in wanted]
    sources = (*given, *step.parameters())
    for x, y in zip(as_tuple(step(*given)), wanted, strict=True):
        torch.testing.assert_close(x, y, rtol=rtol, atol=rtol / 10)
    for x, y in zip(
        torch.autograd.grad(as_tuple(step(*given)), sources, weights, materialize_grads=True),
        torch.autograd.grad(wanted, sources, weights, materialize_grads=True),
        strict=True,
    ):
        torch.testing.assert_close(x, y, rtol=10 * rtol, atol=rtol)


# ---- the table -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", over(explicit=False))
def test_every_scheme_is_its_stability_matrix(name):
    check_linear(get(name), "anderson", 0.2)


@settings(max_examples=20, deadline=None)
@given(implicit(), st.sampled_from(METHODS))
def test_random_schemes_are_their_stability_matrices(scheme, method):
    check_linear(scheme, method, 0.01)


@pytest.mark.parametrize("name", ["backward_euler", "trapezoid", "trbdf2", "radau_iia", "bdf"])
def test_newton_steps_where_the_field_is_stiff(name):
    check_linear(get(name), "newton", 1e4, rtol=1e-8)  # increments of 10⁴ cancel


def test_stages_are_solved_in_strongly_connected_groups():
    groups = {name: together(get(name)) for name in ("trapezoid", "alexander3", "gauss", "lobatto_iiia", "kvaerno3")}
    assert groups["alexander3"] == [[0], [1], [2]] and groups["kvaerno3"] == [[0], [1], [2], [3]]
    assert groups["gauss"] == [[0, 1]] and groups["lobatto_iiia"] == [[0], [1, 2]]
    assert [is_system(get("lobatto_iiia"), group) for group in groups["lobatto_iiia"]] == [False, True]
    assert [is_system(get("trapezoid"), group) for group in groups["trapezoid"]] == [False, True]


@settings(max_examples=30, deadline=None)
@given(implicit())
def test_groups_cover_the_stages_and_read_only_groups_before_them(scheme):
    groups = together(scheme)
    assert sorted(i for group in groups for i in group) == list(range(scheme.stages))
    for n, group in enumerate(groups):
        known = {i for before in groups[: n + 1] for i in before}
        assert all(j in known for i in group for j, x in enumerate(scheme.A[i]) if x != 0)


@settings(max_examples=30, deadline=None)
@given(implicit())
def test_what_is_recorded_is_explicit_and_leaves_out_only_coupled_stages(scheme):
    table, order = recorded(scheme)
    assert table.explicit and sorted(order) == list(range(scheme.stages)) and table.U == only(scheme, order).U
    beside = {i: group for group in together(scheme) for i in group}
    for i, row in zip(order, table.A, strict=True):
        assert all(x == (0 if j in beside[i] else scheme.A[i][j]) for j, x in zip(order, row, strict=True))


# ---- gradients -----------------------------------------------------------------------------------------------------

SCHEMES = {
    "theta": lambda: get("theta", theta=learned("1/2")),
    "backward_euler": lambda: get("backward_euler"),
    "crank_nicolson": lambda: get("trapezoid"),
    "gauss2": lambda: gauss(2),
    "radau_iia2": lambda: radau_iia(2),
    "bdf2": lambda: bdf(2),
    "adams_moulton2": lambda: adams_moulton(2),
    "sdirk": lambda: get("sdirk2"),
    "imex_euler": lambda: get("imex_euler"),
    "implicit_glm": lambda: get("dimsim2_implicit"),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SCHEMES)
def test_gradients_are_those_of_differences(name, method):
    step = wire(SCHEMES[name](), Tanh, solver=EXACT[method])
    names, values = zip(*((k, p.detach().requires_grad_()) for k, p in step.named_parameters()), strict=True)

    def function(*given):
        parameters = dict(zip(names, given, strict=False))
        return torch.func.functional_call(step, parameters, given[len(names) :])

    assert torch.autograd.gradcheck(function, (*values, *states(step.scheme)), fast_mode=True)


@pytest.mark.parametrize("name", ["theta", "gauss2", "bdf2", "implicit_glm"])
def test_values_and_gradients_are_those_of_many_sweeps(name):
    scheme, block = SCHEMES[name](), Tanh()
    solved, swept = wire(scheme, block, solver=EXACT["anderson"]), wire(unroll(scheme, 40), block)
    given = states(scheme)
    results = []
    for step in (solved, swept):
        out = as_tuple(step(*given))
        loss = sum((x.square() * n).sum() for n, x in enumerate(out, 1))
        results.append((out, torch.autograd.grad(loss, [*given, *step.parameters()])))
    for x, y in zip(*(sum(result, ()) for result in results), strict=True):
        torch.testing.assert_close(x, y, rtol=1e-9, atol=1e-11)


@settings(max_examples=15, deadline=None)
@given(implicit())
def test_a_gradient_is_a_step_of_the_transposed_table(scheme):
    matrices = {field: 0.01 * torch.randn(3, 3) for field in dict.fromkeys(scheme.fields)}

    def linear(transpose):
        made = {field: nn.Linear(3, 3, bias=False) for field in matrices}
        for field, module in made.items():
            module.weight.data = matrices[field].mT if transpose else matrices[field]
        return made

    step = wire(scheme, linear(False), solver=EXACT["anderson"])
    back = wire(transposed(scheme), linear(True), solver=EXACT["anderson"])
    given, weights = states(scheme), states(scheme)
    found = torch.autograd.grad(as_tuple(step(*given)), given, weights, materialize_grads=True)
    for x, y in zip(found, as_tuple(back(*weights)), strict=True):
        torch.testing.assert_close(x, y, rtol=1e-9, atol=1e-11)


def test_memory_is_that_of_one_evaluation_however_many_it_takes():
    step, kept = wire(get("backward_euler"), Tanh(gain=0.9), solver=EXACT["fixed-point"]), []
    for tolerance in (1e-1, 1e-12):
        step.solver = Solver("fixed-point", tolerance=tolerance, iterations=400)
        saved = []
        with torch.autograd.graph.saved_tensors_hooks(lambda x, saved=saved: saved.append(x.numel()) or x, lambda x: x):
            step(torch.randn(2, 3))
        kept.append((step.iterations[0], sum(saved)))
    (few, small), (many, large) = kept
    assert few < many / 2 and small == large


def test_gradients_of_gradients_are_refused():
    u = torch.randn(2, 3, requires_grad=True)
    out = wire(get("backward_euler"), Tanh(), solver=Solver())(u)
    with pytest.raises(OdenetsError, match=r"no gradient itself \(create_graph\): unroll"):
        torch.autograd.grad(out.sum(), u, create_graph=True)


def test_equilibrium_of_any_map():
    """√a as the fixed point of Newton's (Heron's) map: d√a/da = 1 / (2√a)."""
    a = torch.tensor([[2.0], [9.0]], requires_grad=True)
    solver = EXACT["fixed-point"]
    x = equilibrium(lambda x: (x + a / x) / 2, torch.ones(2, 1), lambda *problem: solver.solve(*problem).x)
    torch.testing.assert_close(x, a.sqrt())
    torch.testing.assert_close(torch.autograd.grad(x.sum(), a)[0], 1 / (2 * a.sqrt()))
