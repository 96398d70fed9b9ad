"""Samples of the laws of random coefficients."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache, partial
from itertools import accumulate, chain, product
from math import lcm, prod

import torch
from torch import Tensor

from odenets.errors import OdenetsError
from schemes.laws import Bernoulli, Distribution, Normal, StudentT, Uniform

ROWS = 256  # of a table of digits: torch takes 32 bits modulo so few, which is uniform to 1e-7, as a float is
FEW = 1024  # up to so many a table is not worth it; torch's own sampler of Bernoulli is as fast, and on other devices
WORD = 2**32
Chances = tuple[tuple[float, Fraction], ...]
Sampler = Callable[[tuple[int, ...], torch.dtype, torch.device | str], Tensor]


def draw(law: Distribution, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str) -> Tensor:
    """An independent sample of a law in each place. Raises OdenetsError for a law without a sampler."""
    return sampler(law)(shape, dtype, device)


def sampler(law: Distribution) -> Sampler:
    """What gives an independent sample of a law in each place. Raises OdenetsError for a law that has none."""
    match law:
        case Bernoulli():
            return partial(bernoulli, law.p)
        case _ if law.points:
            return partial(of_points, law.points)
        case Uniform():
            return partial(uniform, float(law.low), float(law.high))
        case Normal():
            return partial(normal, float(law.mu), float(law.sigma))
        case StudentT():
            return partial(student, float(law.nu))
    raise OdenetsError(
        f"no sampler for {law}: schemes has Bernoulli, TwoPoint, ThreePoint, Uniform, Normal and StudentT"
    )


def bernoulli(p: Fraction, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str) -> Tensor:
    if prod(shape) <= FEW or torch.device(device).type != "cpu":
        return torch.empty(shape, dtype=dtype, device=device).bernoulli_(float(p))
    return of_points(((0.0, 1 - p), (1.0, p)), shape, dtype, device)


def uniform(low: float, high: float, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str) -> Tensor:
    return torch.empty(shape, dtype=dtype, device=device).uniform_(low, high)


def normal(mu: float, sigma: float, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str) -> Tensor:
    x = torch.randn(shape, dtype=dtype, device=device)
    x = x if sigma == 1 else x.mul_(sigma)
    return x if mu == 0 else x.add_(mu)


def student(nu: float, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str) -> Tensor:
    """√(ν (U^(-2/ν) - 1)) cos 2πV of uniform U, V, in single precision at least.

    Source: Bailey, Math. Comp. 62 (1994) 779–781.
    """
    fine = torch.promote_types(dtype, torch.float32)
    radius = torch.empty(shape, dtype=fine, device=device).exponential_().mul_(2 / nu).expm1_().mul_(nu).sqrt_()
    return radius.mul_(torch.rand(shape, dtype=fine, device=device).mul_(2 * torch.pi).cos_()).to(dtype)


# ---- laws of finitely many values ----------------------------------------------------------------------------------


def of_points(chances: Chances, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device | str) -> Tensor:
    """A law of finitely many values: several at once from one random number where denominators are small."""
    count = prod(shape)
    small = count <= FEW or torch.compiler.is_compiling()  # the compiler fuses comparisons
    if small or (known := digits(chances)) is None:
        return stairs(chances, words(count, device), dtype).reshape(shape)
    width, numbers = known
    table = torch.frombuffer(numbers, dtype=torch.float64).to(device, dtype).view(-1, width)
    lines = -(-count // width)
    if len(table) == ROWS:  # a byte
        places = words(-(-lines // 4), device).view(torch.uint8)[:lines].int()
    else:
        places = torch.randint(len(table), (lines,), dtype=torch.int32, device=device)
    return table.index_select(0, places).flatten()[:count].reshape(shape)


@lru_cache(maxsize=64)
def digits(chances: Chances) -> tuple[int, array[float]] | None:
    """(width, numbers) of a table whose rows are equally likely: the values that the digits of a row's number stand
    for, in the base of the law's common denominator; None where that has too many for two of them in a table."""
    base = lcm(*(p.denominator for _, p in chances))
    if base**2 > ROWS:
        return None
    one = [x for x, p in chances for _ in range(int(p * base))]
    width = max(d for d in range(ROWS.bit_length()) if base**d <= ROWS)
    return width, array("d", chain.from_iterable(product(one, repeat=width)))


def stairs(chances: Chances, drawn: Tensor, dtype: torch.dtype) -> Tensor:
    """The value of a law for each word: one step up for each threshold that it has reached."""
    values, fine = [x for x, _ in chances], torch.promote_types(dtype, torch.float32)
    x = torch.zeros((), dtype=fine, device=drawn.device).expand(drawn.shape)
    for n, chance in enumerate(accumulate(p for _, p in chances[:-1])):
        if (edge := round(chance * WORD) - WORD // 2) < WORD // 2:  # beyond, a comparison of 32 bits would wrap
            reached = (drawn >= edge).to(fine)
            reached = reached if (step := values[n + 1] - values[n]) == 1 else reached.mul_(step)
            x = x + reached if n else reached
    return (x if values[0] == 0 else x + values[0]).to(dtype).contiguous()


def words(count: int, device: torch.device | str) -> Tensor:
    """Uniform integers of 32 bits, two from one call of the generator."""
    low, high = -(2**63), 2**63 - 1
    return torch.randint(low, high, (-(-count // 2),), device=device).view(torch.int32)[:count]
