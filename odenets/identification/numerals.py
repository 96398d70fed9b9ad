"""The number that somebody wrote, from the float that the machine kept."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any

from torch import Tensor

from odenets.errors import OdenetsError

DOUBLE, SINGLE = (100_000, Fraction(1, 2**50)), (200, Fraction(1, 2**22))  # denominators, rounding


def exact(x: Any) -> Fraction:
    """1/6 from 0.16666666666666666, 1/10 from 0.1: the fraction of small denominator, else the shortest decimal.

    A tensor of one number is read in its own precision. Raises OdenetsError for what is not finite.
    """
    single = isinstance(x, Tensor) and x.dtype.itemsize < 8 and x.dtype.is_floating_point
    value = x.detach().cpu().item() if isinstance(x, Tensor) else x
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if not isfinite(value):
        raise OdenetsError(f"a coefficient is {value}: a scheme has finite ones, mend the network before it is read")
    largest, rounding = SINGLE if single else DOUBLE
    near = Fraction(value).limit_denominator(largest)
    if abs(near - Fraction(value)) <= rounding * abs(Fraction(value)):
        return near
    return Fraction(f"{value:.7g}" if single else repr(value))
