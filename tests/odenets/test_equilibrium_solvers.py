"""Solvers of x = g(x): what theory says of their iterations, and what they refuse."""

from math import cos

import pytest
import torch

from odenets.equilibrium import Solver
from odenets.equilibrium.krylov import derivative, gmres
from odenets.errors import OdenetsError


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def symmetric(eigenvalues, dtype=torch.float64):
    """A symmetric matrix of these eigenvalues."""
    Q = torch.linalg.qr(torch.randn(len(eigenvalues), len(eigenvalues), dtype=torch.float64))[0]
    return ((Q * eigenvalues) @ Q.mT).to(dtype)


@pytest.mark.parametrize("method", ["anderson", "newton"])
def test_linear_problems_end_after_their_dimension(method):
    """Four eigenvalues, also where the plain iteration diverges. Walker, Ni 2011, theorem 2.2."""
    J, b = symmetric(torch.tensor([-5.0, -2.0, 0.5, 3.0])), torch.randn(3, 4).double()
    solver = Solver(method, tolerance=1e-9, iterations=20, depth=4)
    x, n, residual = solver.solve(lambda x: b + x @ J, torch.zeros_like(b))
    assert n <= (4 + 2 if method == "anderson" else 4 * 5) and residual <= 1e-9
    torch.testing.assert_close(x, b @ torch.linalg.inv(torch.eye(4) - J))
    assert not Solver("fixed-point", iterations=20).solve(lambda x: b + x @ J, torch.zeros_like(b)).residual <= 1


def test_mixing_is_the_secant_rule_in_one_dimension():
    """Depth 1 for one unknown: cos x = x the secant method from 1 and cos 1."""
    solver = Solver("anderson", tolerance=1e-12, iterations=9, depth=1)
    points = [1.0, cos(1.0)]
    for _ in range(4):
        a, b = points[-2:]
        fa, fb = cos(a) - a, cos(b) - b
        points.append(b - fb * (b - a) / (fb - fa))
    seen = []
    solver.solve(lambda x: seen.append(x.item()) or x.cos(), torch.ones(1, 1, dtype=torch.float64))
    assert seen[:6] == pytest.approx(points, abs=1e-12) and len(seen) <= 8


def test_differences_from_far_away_are_forgotten():
    """Where the residual grows to twice the best one, the next iterate is g(x) itself."""
    residuals, seen = iter([1.0, 0.5, 5.0, 1.0]), []

    def g(x):
        seen.append(x)
        return x + next(residuals) * torch.ones(1, 1)

    Solver("anderson", iterations=4).solve(g, torch.zeros(1, 1))
    assert [x.item() for x in seen[:2]] == [0, 1] and seen[3] == seen[2] + 5


def test_mixing_survives_differences_of_zero():
    """f = g(x) - x is 1 everywhere: there is no solution, and Gram's matrix is 0."""
    x, n, _ = Solver("anderson", iterations=7).solve(lambda x: x + 1, torch.zeros(1, 2))
    assert n == 7 and torch.equal(x, torch.full((1, 2), 6.0))


def test_gmres_keeps_its_digits_in_single_precision():
    """Condition 10⁴: vectors that are orthogonalised once stay 3e-3 away after 40 products."""
    A, b = symmetric(torch.logspace(0, 4, 40), torch.float32), torch.randn(1, 40)
    x, products = gmres(lambda v: v @ A, b, 40, 1e-3)
    assert products <= 40 and (x @ A - b).norm() < 2e-3 * b.norm()


def test_products_with_the_derivative():
    x, v = torch.randn(2, 5).double(), torch.randn(2, 5).double()

    def g(x):
        return torch.tanh(x @ x.mT) @ x

    y, product = derivative(g, x)
    jacobian = torch.autograd.functional.jacobian(g, x)
    torch.testing.assert_close(y, g(x))
    torch.testing.assert_close(product(v), (jacobian * v).sum((2, 3)))


def test_a_solver_says_what_it_is():
    assert Solver.named("newton", iterations=30).text == "newton to 0.0001, with at most 30 evaluations"
    assert (Solver().depth, Solver("newton").depth, Solver("fixed-point").depth) == (5, 20, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "andersson"}, "no solver is called 'andersson': take anderson"),
        ({"method": "anderson", "depht": 3}, "a solver has no option 'depht': it has tolerance, iterations, depth"),
        ({"method": "newton", "tolerance": 0}, "tolerance = 0 of a solver must be a number between 0 and 1"),
        ({"method": "newton", "iterations": 0}, "iterations = 0 of a solver is no whole number of 1 or more"),
        ({"method": "anderson", "depth": 2.5}, "depth = 2.5 of a solver is no whole number of 1 or more"),
    ],
)
def test_solvers_that_are_none(options, message):
    with pytest.raises(OdenetsError) as error:
        Solver.named(**options)
    assert str(error.value) == message
