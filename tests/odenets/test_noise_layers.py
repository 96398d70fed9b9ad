"""Variance by depth where it is known: constant and linear fields, additive noise."""

from fractions import Fraction
from itertools import product
from math import prod

import pytest
import torch
from torch import nn

from odenets.errors import OdenetsError
from odenets.network import build
from odenets.noise.layers import features
from odenets.noise.noises import Strengths
from schemes import get
from schemes.perturbations import dropped, multiplied, noised, shaken

STEPS = 3
DRAWS = 4096


def network(scheme, field, **values):
    """A network of vectors, whose blocks are given, on the states that come in."""
    torch.manual_seed(0)
    own = build(scheme=scheme, values=values, block="mlp", widths=(2,), layers=(STEPS,), channels=2, classes=2)
    with torch.no_grad():
        own.stem.weight.copy_(torch.eye(2))
        own.stem.bias.zero_()
        for module in own.stages.modules():
            if isinstance(module, nn.Linear):
                module.weight.zero_()
                module.bias.zero_()
    for *_, step in own.steps():
        for name in step.block_names:
            block = getattr(step, name)
            if isinstance(block, nn.Sequential):
                field(block)
    return own.eval()


def constant(block: nn.Module) -> None:
    """f = 1/2."""
    with torch.no_grad():
        block[-1].bias.fill_(0.5)


def linear(block: nn.Module) -> None:
    """f = -u/2, but for 1e-5: tanh of small numbers."""
    with torch.no_grad():
        block[1].weight.copy_(torch.eye(2) / 200)
        block[-1].weight.copy_(-100 * torch.eye(2))


def nothing(block: nn.Module) -> None:
    """f = 0."""


def images() -> torch.Tensor:
    return torch.tensor([[1.0, 2.0]])


def near(found, exact):
    """Whether all estimates are the exact number, within twice their intervals (and rounding)."""
    assert len(found) == len(exact)
    for (x, width), y in zip(found, exact, strict=True):
        assert abs(x - float(y)) < 2 * width + 1e-6, (found, exact)


def test_additive_noise_has_the_variance_n_sigma_squared() -> None:
    found = features(network(noised(get("euler"), "3/10"), nothing), images(), DRAWS)
    assert found.steps == ("1.1", "1.2", "1.3")
    exact = [n * Fraction(9, 100) for n in (1, 2, 3)]
    for moments in (found.measured, found.predicted, found.coarse):
        near(moments.variance, exact)
        near(moments.square, [Fraction(5, 2)] * STEPS)


def test_squares_of_means_have_no_bias_from_few_draws() -> None:
    """Two draws a group: the square of their mean is off by half of the variance, unless that is taken off."""
    found = features(network(noised(get("euler"), "3/10"), nothing), torch.zeros(2000, 2), 16)
    near(found.measured.square, [0] * STEPS)
    near(found.measured.variance, [n * Fraction(9, 100) for n in (1, 2, 3)])


def test_stochastic_depth_of_a_constant_field_sums_p_times_1_minus_p() -> None:
    pair = Strengths(p_last="1/2").linear_decay(STEPS)
    own = network(dropped(get("euler"), None), constant, p=pair)
    found = features(own, images(), DRAWS)
    p = [1 - Fraction(l, STEPS) / 2 for l in (1, 2, 3)]
    exact = [sum(q * (1 - q) for q in p[:n]) / 4 for n in (1, 2, 3)]
    means = [sum(((x + sum(p[:n]) / 2) ** 2 for x in (1, 2)), Fraction(0)) / 2 for n in (1, 2, 3)]
    for moments in (found.measured, found.predicted, found.coarse):
        near(moments.variance, exact)
        near(moments.square, means)


def test_a_linear_field_tells_the_equation_from_the_steps_of_1() -> None:
    """f = -u/2, (1 + σ ξ) f per sample: E u² grows by the factor (1-½)² + σ²/4 a step, by exp(-1 + σ²/4) in the
    equation (Itô's formula on u², du = -u/2 dt - σ u/2 dB)."""
    sigma = Fraction(2, 5)
    own = network(multiplied(get("euler"), sigma, per="sample"), linear)
    found = features(own, images(), DRAWS)
    network_, equation = (
        [2.5 * (g**n - m ** (2 * n)) for n in (1, 2, 3)]
        for g, m in ((0.25 + 0.04, 0.5), (float(torch.tensor(-1 + 0.04).exp()), float(torch.tensor(-0.5).exp())))
    )
    near(found.measured.variance, network_)
    near(found.coarse.variance, network_)
    assert found.solver == "srk in steps of 0.5"
    for (x, width), y in zip(found.predicted.variance, equation, strict=True):
        assert abs(x - y) < 2 * width + 0.02 * y


def swapping(block: nn.Module) -> None:
    """f = (-u2, -u1)/2: the noise of a number reads the other one."""
    linear(block)
    with torch.no_grad():
        block[-1].weight.copy_(block[-1].weight.flip(0))


def test_noise_that_srk_cannot_take_is_solved_by_euler() -> None:
    """Dropout per element, q = 9/10: E u uᵀ follows from its own step, in exact arithmetic."""
    found = features(network(dropped(get("euler"), "9/10", "element", inverted=True), swapping), images(), 512)
    assert found.solver == "euler in steps of 0.015625"
    second, mean, exact = [[1.0, 2.0], [2.0, 4.0]], [1.0, 2.0], []
    for _ in range(STEPS):
        mean = [mean[0] - mean[1] / 2, mean[1] - mean[0] / 2]
        (a, b), (_, c) = second
        second = [[a - b + c / 4 + c / 36, b - (a + c) / 2 + b / 4], [0.0, c - b + a / 4 + a / 36]]
        exact.append((second[0][0] + second[1][1] - mean[0] ** 2 - mean[1] ** 2) / 2)
    near(found.measured.variance, exact)
    near(found.coarse.variance, exact)


def test_two_equal_fields_shaken_are_one_without_noise() -> None:
    found = features(network(shaken(get("euler")), constant), images(), 64)
    for moments in (found.measured, found.predicted, found.coarse):
        assert max(x for x, _ in moments.variance) < 1e-12


def test_the_two_steps_of_lm_carry_noise_on_as_its_table_says() -> None:
    """k = -1/2, f = 1/2, p = 1/2: all 2³ draws in exact arithmetic, of what the network does."""
    own = network(dropped(get("lm2", k=Fraction(-1, 2)), "1/2"), constant)
    found = features(own, images(), DRAWS)
    ends = []
    for eta in product((0, 1), repeat=STEPS):
        u, old = Fraction(1), Fraction(1)
        states = []
        for n, e in enumerate(eta):
            k = Fraction(-1, 2) if n else Fraction(0)  # the first step is Euler's
            u, old = (1 - k) * u + k * old + Fraction(e, 2), u
            states.append(u)
        ends.append(states)
    mean = [sum(e[n] for e in ends) / 8 for n in range(STEPS)]
    exact = [sum((e[n] - mean[n]) ** 2 for e in ends) / 8 for n in range(STEPS)]
    near(found.measured.variance, exact)
    assert prod(exact) > 0


def test_a_network_without_an_equation_says_why() -> None:
    own = build(scheme="fractalnet_drop_path", widths=(4,), layers=(1,)).eval()
    found = features(own, torch.randn(2, 3, 8, 8), 16)
    assert found.predicted is None and "fractalnet_drop_path" in found.refused and found.measured.variance[-1][0] > 0


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(OdenetsError, match="draws = 15"):
        features(network(noised(get("euler")), nothing), images(), 15)
