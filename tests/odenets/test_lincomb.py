"""lincomb is the written-out sum, bit for bit, and so are its gradients up to rounding."""

import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from odenets.lincomb import lincomb

SHAPE = (2, 3, 4, 5)


def written(*terms):
    total = terms[0][0] * terms[0][1]
    for c, x in terms[1:]:
        total = total + c * x
    return total


def operand(layout="contiguous", dtype=torch.float64, shape=SHAPE, grad=True):
    x = torch.randn(shape, dtype=dtype)
    if layout == "channels_last":
        x = x.contiguous(memory_format=torch.channels_last)
    if layout == "transposed":
        x = torch.randn(*shape[:-2], shape[-1], shape[-2], dtype=dtype).mT
    if layout == "strided":
        x = torch.randn(*shape[:-1], 2 * shape[-1], dtype=dtype)[..., ::2]
    if layout == "expanded":
        x = torch.randn(shape[0], 1, *shape[2:], dtype=dtype).expand(shape)
    return x.detach().requires_grad_(grad)


SPREADS = {
    "scalar": (),
    "one": (1,),
    "channel": (SHAPE[1], 1, 1),
    "sample": (SHAPE[0], 1, 1, 1),
    "element": SHAPE,
}
LAYOUTS = ("contiguous", "channels_last", "transposed", "strided", "expanded")


def coefficient(spread="scalar", dtype=torch.float64, grad=True):
    return torch.randn(SPREADS[spread], dtype=dtype).requires_grad_(grad)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_sum_is_the_written_sum_bit_for_bit(dtype, spread, layout):
    c, k = coefficient(spread, dtype), coefficient("scalar", torch.float32)
    x, y, z = operand(layout, dtype), operand("contiguous", dtype), operand(layout, dtype)
    for terms in [((c, x), (1, y)), ((1, x), (c, y), (0.3, z)), ((1 - k, x), (k, y), (-1, z), (2, x)), ((c, x),)]:
        ours, theirs = lincomb(*terms), written(*terms)
        assert torch.equal(ours, theirs) and (ours.dtype, ours.stride()) == (theirs.dtype, theirs.stride())


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_first_and_second_derivatives(spread, layout):
    shape = (2, 3, 2, 2)
    small = {"element": shape, "sample": (2, 1, 1, 1)}.get(spread, SPREADS[spread])
    c = torch.randn(small, dtype=torch.float64, requires_grad=True)
    expanded = layout == "expanded"  # gradcheck moves single entries: it needs the tensor that is expanded
    x = operand(shape=(2, 1, 2, 2)) if expanded else operand(layout, shape=shape)
    inputs = (c, x, operand(shape=shape))

    def run(c, x, y):
        x = x.expand(shape)
        return lincomb((c, x), (1, y), (2 * c, y), (c * c, x))  # a coefficient and operands repeated

    assert gradcheck(run, inputs) and gradgradcheck(run, inputs)


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_gradients_are_those_of_the_written_sum(spread, layout):
    results = []
    x, y, c, weight = operand(layout), operand(), coefficient(spread), torch.randn(SHAPE, dtype=torch.float64)
    for f in (lincomb, written):
        out = f((c, x), (1 - c, y), (0.5, x), (1, y))
        results.append(torch.autograd.grad(out, (c, x, y), weight))
    for ours, theirs in zip(*results, strict=True):
        assert ours.shape == theirs.shape
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("trains", [(True, False, False), (False, True, False), (False, False, True)])
def test_only_what_requires_a_gradient_gets_one(trains):
    c, x, y = coefficient(grad=trains[0]), operand(grad=trains[1]), operand(grad=trains[2])
    out = lincomb((c, x), (1, y))
    out.backward(torch.ones(SHAPE, dtype=torch.float64))
    assert tuple(t.grad is not None for t in (c, x, y)) == trains
    with torch.no_grad():
        assert not lincomb((c, x), (1, y)).requires_grad


def test_a_broadcast_operand_of_a_larger_tensor_reads_its_own_entries_alone():
    c, big = coefficient(), torch.randn(4, 3, dtype=torch.float64)
    row, u = big[:1], torch.zeros(2, 3, dtype=torch.float64)  # row has the strides of a (2, 3) tensor
    (grad,) = torch.autograd.grad(lincomb((1, u), (c, row)), c, torch.ones(2, 3, dtype=torch.float64))
    torch.testing.assert_close(grad, 2 * row.sum())


def test_a_gradient_with_gaps_in_memory_is_summed_over_its_own_entries_alone():
    c, (x, weight) = coefficient(), (torch.randn(3, 8, dtype=torch.float64)[:, ::2] for _ in range(2))
    (grad,) = torch.autograd.grad(lincomb((c, x), (1, x)), c, weight)  # weight has the strides of x
    torch.testing.assert_close(grad, (weight * x).sum())


def test_a_coefficient_wider_than_its_operand_broadcasts():
    wide, x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True), operand(shape=(3, 1))
    assert torch.equal(lincomb((1, x), (wide, x)), written((1, x), (wide, x)))
    assert gradcheck(lambda c, x: lincomb((1, x), (c, x)), (wide, x))
    scalar = torch.ones((), dtype=torch.float64)
    assert lincomb((1, scalar), (wide, scalar)).shape == (3, 4)


@pytest.mark.parametrize("mixed", [(torch.float32, torch.bfloat16), (torch.bfloat16, torch.float32)])
def test_operands_of_two_types_promote_and_get_gradients_of_their_own_type(mixed):
    c = coefficient(dtype=torch.float32)
    x, y = (operand(dtype=dtype) for dtype in mixed)
    ours, theirs = lincomb((c, x), (1 + c, y)), written((c, x), (1 + c, y))
    assert torch.equal(ours, theirs) and ours.dtype == torch.float32
    weight = torch.randn(SHAPE)
    for a, b in zip(*(torch.autograd.grad(out, (c, x, y), weight) for out in (ours, theirs)), strict=True):
        assert a.dtype == b.dtype
        torch.testing.assert_close(a, b, rtol=2e-2, atol=2e-2)


def test_under_autocast_the_gradient_of_a_scalar_is_summed_in_full_precision():
    c = coefficient(dtype=torch.float32)
    convolution = torch.nn.Conv2d(8, 8, 1)
    x = torch.rand(8, 8, 64, 64)
    with torch.autocast("cpu", torch.bfloat16):
        f = convolution(x)
        out = lincomb((1, x), (c, f))
    assert f.dtype == torch.bfloat16 and out.dtype == torch.float32
    (grad,) = torch.autograd.grad(out, c, torch.ones_like(out))
    torch.testing.assert_close(grad, f.double().sum().float(), rtol=1e-3, atol=0)

    ones = torch.ones(2**16 + 1, dtype=torch.bfloat16)  # bfloat16 rounds this sum, or stalls at 256
    (grad,) = torch.autograd.grad(lincomb((1, ones), (c, ones)), c, torch.ones_like(ones))
    assert grad == 2**16 + 1


def test_an_operand_changed_in_place_before_backward_is_an_error_and_not_a_wrong_gradient():
    c, x = coefficient(), operand(grad=False)
    out = lincomb((c, x), (1, x))
    x.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        out.sum().backward()


def test_operands_are_not_changed_by_the_sum_or_its_backward():
    c, x, y = coefficient(), operand(), operand()
    before = [t.detach().clone() for t in (c, x, y)]
    lincomb((1, x), (c, y), (1, x)).sum().backward()
    assert all(map(torch.equal, before, (c, x, y)))


def test_compiled_whole_it_is_the_same_sum():
    c, x, y = coefficient(), operand(), operand()
    compiled = torch.compile(lambda c, x, y: lincomb((1 - c, x), (c, y), (1, x)), backend="aot_eager", fullgraph=True)
    for a, b in zip(
        torch.autograd.grad(compiled(c, x, y).sin().sum(), (c, x, y)),
        torch.autograd.grad(written((1 - c, x), (c, y), (1, x)).sin().sum(), (c, x, y)),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)
