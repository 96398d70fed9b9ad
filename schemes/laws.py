"""Laws of random coefficients, with exact moments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from math import comb, factorial, prod, sqrt
from typing import Any

from schemes.errors import SchemeError
from schemes.exact import coefficient, substitute


class Distribution(ABC):
    """A law with exact moments; its arguments are exact and may name other parameters of the scheme."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # every law below is a dataclass
            object.__setattr__(self, field.name, coefficient(getattr(self, field.name)))

    @abstractmethod
    def moment(self, n: int) -> Any:
        """E[X^n]."""

    @property
    def mean(self) -> Any:
        return self.moment(1)

    @property
    def variance(self) -> Any:
        return self.moment(2) - self.moment(1) * self.moment(1)

    @property
    def ends(self) -> tuple[Any, Any] | None:
        """(low, high) with no draw outside; None: there is no such interval."""
        return None

    @property
    def points(self) -> tuple[tuple[float, Any], ...]:
        """(value, probability) of each value, ascending, of a law of finitely many; () of others."""
        return ()

    @property
    def together(self) -> Any:
        """What laws share that are drawn in one draw; None: it is independent of all others."""
        return None

    def joint(self, others: Sequence[tuple[Any, int]]) -> Any:
        """E[Π X_i^n_i] of (law, n) that are drawn together with this one, itself among them."""
        ((law, n),) = others
        return law.moment(n)

    def __str__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, vars(self).values()))})"

    def at(self, values: dict[str, Any]) -> Distribution:
        return type(self)(*(substitute(getattr(self, f.name), values) for f in fields(self)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Bernoulli(Distribution):
    """1 with probability p, else 0."""

    p: Any

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.p, Fraction) and not 0 <= self.p <= 1:
            raise SchemeError(f"Bernoulli(p={self.p}): p is a probability, take it from [0, 1]")

    def moment(self, n: int) -> Any:
        return self.p if n else Fraction(1)

    @property
    def ends(self) -> tuple[Any, Any]:
        return Fraction(0), Fraction(1)

    @property
    def points(self) -> tuple[tuple[float, Any], ...]:
        return (0.0, 1 - self.p), (1.0, self.p)


@dataclass(frozen=True)
class Uniform(Distribution):
    """Uniform on [low, high]."""

    low: Any
    high: Any

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.low, Fraction) and isinstance(self.high, Fraction) and self.low > self.high:
            raise SchemeError(f"Uniform({self.low}, {self.high}): low is above high, exchange them")

    def moment(self, n: int) -> Any:
        return sum((self.low**j * self.high ** (n - j) for j in range(n + 1)), Fraction(0)) / (n + 1)

    @property
    def ends(self) -> tuple[Any, Any]:
        return self.low, self.high


@dataclass(frozen=True)
class Normal(Distribution):
    """Gaussian with mean mu and standard deviation sigma."""

    mu: Any
    sigma: Any

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.sigma, Fraction) and self.sigma < 0:
            raise SchemeError(f"Normal({self.mu}, {self.sigma}): sigma is a standard deviation, at least 0")

    def moment(self, n: int) -> Any:
        central = {j: Fraction(factorial(j), 2 ** (j // 2) * factorial(j // 2)) for j in range(0, n + 1, 2)}
        return sum((comb(n, j) * c * self.sigma**j * self.mu ** (n - j) for j, c in central.items()), Fraction(0))


@dataclass(frozen=True)
class TwoPoint(Distribution):
    """1 or -1, each with probability 1/2: the moments of a standard normal law up to the third.

    Source: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, 14.1.
    """

    def moment(self, n: int) -> Any:
        return Fraction(n % 2 == 0)

    @property
    def ends(self) -> tuple[Any, Any]:
        return Fraction(-1), Fraction(1)

    @property
    def points(self) -> tuple[tuple[float, Any], ...]:
        return (-1.0, Fraction(1, 2)), (1.0, Fraction(1, 2))


@dataclass(frozen=True)
class ThreePoint(Distribution):
    """√3 or -√3, each with probability 1/6, else 0: the moments of a standard normal law up to the fifth.

    Source: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, 14.2.
    """

    def moment(self, n: int) -> Any:
        return Fraction(n % 2 == 0) * 3 ** (n // 2) / 3 if n else Fraction(1)

    @property
    def ends(self) -> tuple[Any, Any]:
        return Fraction(-7, 4), Fraction(7, 4)  # √3 = 1.732…

    @property
    def points(self) -> tuple[tuple[float, Any], ...]:
        return (-sqrt(3), Fraction(1, 6)), (0.0, Fraction(2, 3)), (sqrt(3), Fraction(1, 6))


@dataclass(frozen=True)
class StudentT(Distribution):
    """Student's t with nu degrees of freedom: symmetric, and only its moments below the nu-th are finite.

    Where nu names a parameter, moments are those of a large enough one.
    Source: Johnson, Kotz, Balakrishnan, Continuous Univariate Distributions 2, chapter 28.
    """

    nu: Any

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.nu, Fraction) and self.nu <= 0:
            raise SchemeError(f"StudentT({self.nu}): nu counts degrees of freedom, take it above 0")

    def moment(self, n: int) -> Any:
        """E[X^n] = ν^(n/2) Π_(i ≤ n/2) (2i - 1)/(ν - 2i). Raises SchemeError for n ≥ ν, where it is not finite."""
        if n and isinstance(self.nu, Fraction) and n >= self.nu:
            raise SchemeError(f"{self} has no finite moment {n}: only those below nu are, take nu above {n}")
        factors = (self.nu * (2 * i - 1) / (self.nu - 2 * i) for i in range(1, n // 2 + 1))
        return Fraction(0) if n % 2 else prod(factors, start=Fraction(1))
