"""Parameters of a scheme: constants that are chosen, coefficients that are learned, coefficients that are random."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from math import comb, factorial, prod
from typing import Any, Literal

from schemes.errors import SchemeError
from schemes.exact import coefficient, substitute
from schemes.symbols import RationalFunction, symbol

Kind = Literal["chosen", "learned", "random"]
SPREADS = {"chosen": ("table",), "learned": ("step", "channel"), "random": ("batch", "sample", "element")}


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


def expectation(x: Any, laws: Mapping[str, Distribution]) -> Any:
    """E[x] of a coefficient, a polynomial in random symbols: E[(ξ² - 1)/2] = 0 of a normal ξ.

    The symbols are independent but for those that a law names: these are averaged last.
    Raises SchemeError where a random symbol is in a denominator: such a mean is no rational function of moments.
    """
    while isinstance(x, RationalFunction) and (left := x.symbols & set(laws)):
        named = {s for name in left for s in symbols_of(laws[name])}
        free = sorted(left - named)
        if not free or (odd := sorted({s for m in x.den for s, _ in m} & set(laws))):
            raise SchemeError(
                f"{(odd if free else sorted(left))[0]} is random and divides, or names itself: give it a law"
            )
        x = averaged(x, free[0], laws[free[0]])
    return x


def averaged(x: RationalFunction, name: str, law: Distribution) -> Any:
    """The mean over one symbol: its powers are replaced by moments."""

    def mean(monomial: Any) -> Any:
        return prod((law.moment(e) if s == name else symbol(s) ** e for s, e in monomial), start=Fraction(1))

    return sum((c * mean(m) for m, c in x.num.items()), Fraction(0)) / RationalFunction(x.den, {(): 1})()


def symbols_of(law: Any) -> frozenset[str]:
    """The parameters that a law, or a value, names."""
    arguments = vars(law).values() if isinstance(law, Distribution) else (law,)
    return frozenset().union(*(x.symbols for x in arguments if isinstance(x, RationalFunction)))


@dataclass(frozen=True)
class Parameter:
    """A free coefficient of a scheme.

    value   chosen: its default · learned: its start, a number or a law to draw it from · random: its law
    per     how it varies: learned "step" (one scalar) or "channel"; random "batch", "sample" or "element"
    """

    name: str
    kind: Kind
    value: Any
    per: str

    def __post_init__(self) -> None:
        value = self.value
        if not isinstance(value, Distribution) and value is not None:
            value = coefficient(value, f"value of parameter {self.name}".rstrip())
        object.__setattr__(self, "value", value)
        if self.kind not in SPREADS:
            raise SchemeError(f"parameter {self.name}: kind = {self.kind!r} is not one of {', '.join(SPREADS)}")
        if self.kind == "random" and not isinstance(value, Distribution):
            raise SchemeError(
                f"random parameter {self.name}: {value} is no distribution, say Bernoulli, Uniform or Normal"
            )
        if self.per not in SPREADS[self.kind]:
            raise SchemeError(
                f"{self.kind} parameter {self.name}: per={self.per!r} is not one of {', '.join(SPREADS[self.kind])}"
            )

    @property
    def symbols(self) -> frozenset[str]:
        """The other parameters that its law names."""
        return symbols_of(self.value)

    @property
    def mean(self) -> Any:
        return self.value.mean if isinstance(self.value, Distribution) else self.value

    def at(self, values: dict[str, Any]) -> Parameter:
        value = self.value.at(values) if isinstance(self.value, Distribution) else substitute(self.value, values)
        return replace(self, value=value)


def chosen(default: Any) -> Parameter:
    """A family's free constant with its usual value."""
    return Parameter("", "chosen", default, "table")


def learned(start: Any, per: str = "step") -> Parameter:
    """A trained coefficient, one a step (or one per channel a step), and where training starts it."""
    return Parameter("", "learned", start, per)


def random(law: Distribution, per: str = "sample") -> Parameter:
    """A coefficient drawn in training per batch, sample or element; evaluation takes its mean."""
    return Parameter("", "random", law, per)
