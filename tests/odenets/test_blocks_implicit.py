"""The resolvent of a diffusion: it solves its equation on every grid, contracts, learns, and takes halves."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from odenets.blocks import BLOCKS
from odenets.errors import OdenetsError

SIZES = [(8, 8), (7, 5), (6, 9), (1, 1), (2, 2), (2, 3), (1, 4)]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def by_shifts(block, Y):
    """Y + a LᵀL Y with shifts of the periodic image, without any transform."""
    taps = [(p, q, block.weight[:, p, q, None, None]) for p in range(3) for q in range(3)]
    LY = sum(k * Y.roll((-p, -q), (2, 3)) for p, q, k in taps)
    return Y + block.a * sum(k * LY.roll((p, q), (2, 3)) for p, q, k in taps)


@pytest.mark.parametrize("a", [0.0, 0.3, 5.0])
@pytest.mark.parametrize("size", SIZES)
def test_the_block_solves_its_equation_on_grids_of_every_size(size, a):
    block, u = BLOCKS["diffusion"](3, 3, a=a), torch.randn(2, 3, *size)
    assert block(u).shape == u.shape
    torch.testing.assert_close(by_shifts(block, block(u)), u, rtol=0, atol=1e-5)
    exact = block.double()
    torch.testing.assert_close(by_shifts(exact, exact(u.double())), u.double(), rtol=0, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 100), st.floats(0.01, 10), st.sampled_from(SIZES), st.integers(0, 2**31))
def test_the_block_contracts_every_input(a, scale, size, seed):
    torch.manual_seed(seed)
    block, u = BLOCKS["diffusion"](3, 3, a=a).double(), torch.randn(2, 3, *size, dtype=torch.float64)
    with torch.no_grad():
        block.weight *= scale
        assert (block(u).norm(dim=(2, 3)) <= u.norm(dim=(2, 3)) * (1 + 1e-12)).all()


def test_the_inverse_of_the_block_is_symmetric_and_couples_all_pixels():
    block = BLOCKS["diffusion"](1, 1).double()
    J = torch.autograd.functional.jacobian(block, torch.zeros(1, 1, 5, 6, dtype=torch.float64)).reshape(30, 30)
    torch.testing.assert_close(J, J.T, rtol=0, atol=1e-12)
    assert J.abs().min() > 1e-9
    assert torch.linalg.eigvalsh(J).min() > 0 and torch.linalg.eigvalsh(J).max() <= 1 + 1e-12


def test_gradients_are_those_of_the_linear_system():
    block = BLOCKS["diffusion"](2, 2, a=0.7).double()
    u = torch.randn(1, 2, 4, 5, dtype=torch.float64, requires_grad=True)
    weight = block.weight.detach().requires_grad_()

    def solved(u, weight):
        return torch.func.functional_call(block, {"weight": weight}, u)

    assert torch.autograd.gradcheck(solved, (u, weight))
    assert torch.autograd.gradcheck(solved, (u, torch.zeros_like(weight).requires_grad_()))  # L = 0: no NaN


def test_constants_pass_where_the_kernel_sums_to_zero():
    block = BLOCKS["diffusion"](3, 3, a=2.0)
    with torch.no_grad():
        block.weight -= block.weight.mean((1, 2), keepdim=True)
    torch.testing.assert_close(block(torch.ones(1, 3, 6, 6)), torch.ones(1, 3, 6, 6))


def test_the_symbol_is_one_in_the_mean_at_the_start():
    symbol = BLOCKS["diffusion"](2000, 2000).symbol(6, 6)
    assert symbol.mean().item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_goes_in_and_comes_out(dtype):
    block, u = BLOCKS["diffusion"](3, 3), torch.randn(2, 3, 6, 5)
    low = block(u.to(dtype))
    assert low.dtype == dtype
    torch.testing.assert_close(low.float(), block(u), rtol=0.02, atol=0.02)
    assert F.mse_loss(block.to(dtype)(u.to(dtype)).float(), low.float()) < 1e-3


def test_a_negative_coefficient_is_refused():
    with pytest.raises(OdenetsError, match=r"a = -1 makes I \+ a LᵀL singular for some L: take 0 or more"):
        BLOCKS["diffusion"](3, 3, a=-1)
