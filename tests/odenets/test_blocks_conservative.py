"""Jacobians by construction: spectra of antisymmetric and symmetric blocks, symplectic steps of Hamiltonian pairs."""

import copy

import pytest
import torch
from torch import nn
from torch.autograd.functional import jacobian

from odenets.blocks import BLOCKS
from odenets.blocks.conservative import Images, Vectors
from odenets.errors import OdenetsError
from odenets.wiring import wire
from schemes import get

SHAPES = {"images": (2, 3, 4), "vectors": (5,)}  # without the batch
KINDS = {"images": "", "vectors": "_vectors"}
ACTIVATIONS = ["tanh", "softplus", "relu"]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def made(name, kind, **options):
    channels = SHAPES[kind][0]
    return BLOCKS[name + KINDS[kind]](channels, channels, **options).double()


def pair(name, kind, **options):
    channels = SHAPES[kind][0]
    blocks = BLOCKS[name + KINDS[kind]].pair(channels, channels, **options)
    for block in blocks:
        block.double()
        for p in block.parameters():
            nn.init.normal_(p, std=0.5)
    return dict(zip("fg", blocks, strict=True))


def slope(f, u):
    """The Jacobian of f at one state u, as a matrix."""
    return jacobian(lambda v: f(v[None])[0], u).reshape(u.numel(), u.numel())


def scattered(block, std=1.0):
    for p in block.parameters():
        nn.init.normal_(p, std=std)
    return block


@pytest.mark.parametrize("kind", SHAPES)
def test_transposed_is_the_exact_adjoint_and_unit_the_identity(kind):
    maps = {"images": Images, "vectors": Vectors}[kind]
    channels, shape = SHAPES[kind][0], SHAPES[kind]
    K = torch.randint(-9, 9, maps.unit(channels).shape).double()
    zero = torch.zeros(shape, dtype=torch.float64)
    A, At = (slope(lambda u, M=M: maps.product(M, u), zero) for M in (K, maps.transposed(K)))
    assert torch.equal(At, A.T)
    assert torch.equal(slope(lambda u: maps.product(maps.unit(channels).double(), u), zero), torch.eye(len(A)).double())


# ---- antisymmetric ------------------------------


@pytest.mark.parametrize("gamma", [0, 0.25, 3])
@pytest.mark.parametrize("kind", SHAPES)
def test_the_antisymmetric_field_has_its_spectrum_on_a_line_where_the_slope_is_one(kind, gamma):
    block = made("antisymmetric", kind, gamma=gamma)
    with torch.no_grad():
        block.weight.copy_(torch.randint(-9, 9, block.weight.shape))  # integers: exact in floating point
    J = slope(block, torch.zeros(SHAPES[kind], dtype=torch.float64))  # tanh' = 1 at 0, where b = 0
    assert torch.equal(J + J.T, -gamma * torch.eye(len(J), dtype=torch.float64))
    eigenvalues = torch.linalg.eigvals(J)
    torch.testing.assert_close(eigenvalues.real, torch.full_like(eigenvalues.real, -gamma / 2), rtol=0, atol=1e-10)
    assert eigenvalues.imag.abs().max() > 1


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", SHAPES)
def test_the_antisymmetric_field_never_grows(kind, activation):
    """D ½(W - Wᵀ - γI) is similar to an antisymmetric matrix less γ/2 D, whatever D = diag σ' ≥ 0 is."""
    block = scattered(made("antisymmetric", kind, gamma=0.5, activation=activation))
    for _ in range(5):
        J = slope(block, torch.randn(SHAPES[kind], dtype=torch.float64))
        real = torch.linalg.eigvals(J).real
        assert real.max() < 1e-10 and real.min() > -0.25 - 1e-10


def test_batch_norm_with_weights_at_least_zero_keeps_the_antisymmetric_field_from_growing():
    block = scattered(made("antisymmetric", "images", norm="batch"))
    with torch.no_grad():
        block.norm.weight.abs_()
    block.eval()
    real = torch.linalg.eigvals(slope(block, torch.randn(SHAPES["images"], dtype=torch.float64))).real
    assert real.abs().max() < 1e-10


def test_a_negative_gamma_is_refused():
    with pytest.raises(OdenetsError, match="gamma = -1 makes antisymmetric blocks grow: take 0 or more"):
        BLOCKS["antisymmetric"](4, 4, gamma=-1)


# ---- symmetric ------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", SHAPES)
def test_the_symmetric_field_has_a_symmetric_jacobian_of_eigenvalues_at_most_zero(kind, activation):
    block = scattered(made("symmetric", kind, activation=activation))
    for _ in range(5):
        J = slope(block, torch.randn(SHAPES[kind], dtype=torch.float64))
        torch.testing.assert_close(J, J.T, rtol=0, atol=1e-12)
        assert torch.linalg.eigvalsh(J).max() < 1e-10
        assert torch.linalg.eigvalsh(J).min() < -0.1


@pytest.mark.parametrize("kind", SHAPES)
def test_the_symmetric_field_is_the_gradient_flow_of_its_energy(kind):
    block = scattered(made("symmetric", kind))
    u = torch.randn(2, *SHAPES[kind], dtype=torch.float64, requires_grad=True)
    energy = log_cosh(block.maps.product(block.weight, u, block.bias)).sum()
    torch.testing.assert_close(-torch.autograd.grad(energy, u)[0], block(u), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", SHAPES)
def test_euler_steps_of_the_symmetric_field_contract_as_it_starts(kind):
    """‖K‖ is about 1 at the start, so the step 1 is inside Euler's interval, I - KᵀDK within [-1, 1]."""
    channels = {"images": 16, "vectors": 64}[kind]
    shape = {"images": (channels, 6, 6), "vectors": (channels,)}[kind]
    block = BLOCKS["symmetric" + KINDS[kind]](channels, channels).double()
    K = slope(lambda u: block.maps.product(block.weight, u), torch.zeros(shape, dtype=torch.float64))
    assert 0.7 < torch.linalg.matrix_norm(K, 2) < 1.3
    u, v = torch.randn(2, 9, *shape, dtype=torch.float64)
    step = wire(get("euler"), block)
    assert (step(u) - step(v)).norm() < (u - v).norm()


def log_cosh(x):
    """The integral of tanh."""
    return torch.logaddexp(x, -x)


# ---- Hamiltonian ------------------------------


def halves(step, shape):
    """A step of two components as one map of (x, y)."""
    n = shape[0]

    def both(w):
        return torch.cat(step(w[:, :n], w[:, n:]), 1)

    return both


@pytest.mark.parametrize("kind", SHAPES)
def test_the_hamiltonian_pair_is_the_gradient_of_one_function(kind):
    blocks = pair("hamiltonian", kind)
    f, g = blocks["f"], blocks["g"]
    x, y = (torch.randn(2, *SHAPES[kind], dtype=torch.float64, requires_grad=True) for _ in range(2))
    parts = [log_cosh(b.maps.product(b.weight, u, b.bias)).sum() for b, u in ((f, y), (g, x))]
    by_y, by_x = torch.autograd.grad(sum(parts), (y, x))
    torch.testing.assert_close((f(y), g(x)), (by_y, -by_x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("scheme", ["revnet", "stormer_verlet"])
@pytest.mark.parametrize("kind", SHAPES)
def test_steps_of_the_hamiltonian_pair_are_symplectic_through_layers_of_any_weights(kind, scheme, activation):
    n = torch.Size(SHAPES[kind]).numel()
    omega = torch.zeros(2 * n, 2 * n, dtype=torch.float64)
    omega[:n, n:] = torch.eye(n)
    omega -= omega.T.clone()
    steps = [wire(get(scheme), pair("hamiltonian", kind, activation=activation)) for _ in range(3)]
    w = torch.randn(2 * SHAPES[kind][0], *SHAPES[kind][1:], dtype=torch.float64)
    J = torch.eye(2 * n, dtype=torch.float64)
    for step in steps:
        both = halves(step, SHAPES[kind])
        J, w = slope(both, w) @ J, both(w[None])[0].detach()
    torch.testing.assert_close(J.T @ omega @ J, omega, rtol=0, atol=1e-8)
    assert (J - torch.eye(2 * n)).abs().max() > 0.5


@pytest.mark.parametrize("scheme", ["revnet", "stormer_verlet"])
@pytest.mark.parametrize("kind", SHAPES)
def test_steps_of_the_tied_pair_keep_the_form_that_its_matrix_gives(kind, scheme):
    blocks = pair("hamiltonian_tied", kind)
    f = blocks["f"]
    n = torch.Size(SHAPES[kind]).numel()
    K = slope(lambda u: f.maps.product(f.weight, u), torch.zeros(SHAPES[kind], dtype=torch.float64)).detach()
    zero = torch.zeros_like(K)
    omega, plain = (
        torch.cat([torch.cat([zero, M], 1), torch.cat([-M.T, zero], 1)]) for M in (K, torch.eye(n, dtype=torch.float64))
    )
    both = halves(wire(get(scheme), blocks), SHAPES[kind])
    J = slope(both, torch.randn(2 * SHAPES[kind][0], *SHAPES[kind][1:], dtype=torch.float64))
    torch.testing.assert_close(J.T @ omega @ J, omega, rtol=0, atol=1e-10)
    assert torch.linalg.det(J).item() == pytest.approx(1)
    assert (J.T @ plain @ J - plain).abs().max() > 0.1  # not the canonical form


@pytest.mark.parametrize("kind", SHAPES)
def test_the_tied_pair_is_the_published_one_with_one_weight_and_one_bias(kind):
    blocks = pair("hamiltonian_tied", kind)
    f, g = blocks["f"], blocks["g"]
    for first, second in ((f, g), copy.deepcopy((f, g))):
        assert second.weight is first.weight and second.bias is first.bias
    u = torch.randn(3, *SHAPES[kind], dtype=torch.float64)
    K = slope(lambda v: f.maps.product(f.weight, v), torch.zeros(SHAPES[kind], dtype=torch.float64))
    b = f.bias.reshape(-1, *[1] * (u.ndim - 2)).expand(SHAPES[kind]).flatten()
    torch.testing.assert_close(f(u).flatten(1), torch.tanh(u.flatten(1) @ K.T + b), rtol=0, atol=1e-12)
    torch.testing.assert_close(g(u).flatten(1), -torch.tanh(u.flatten(1) @ K + b), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["symmetric", "hamiltonian", "antisymmetric", "hamiltonian_tied"])
def test_an_activation_that_falls_somewhere_is_refused(name):
    with pytest.raises(OdenetsError, match=f"{name} blocks have no activation 'gelu': take relu, softplus or tanh"):
        BLOCKS[name](4, 4, activation="gelu")
