"""Parameters of a scheme: constants that are chosen, coefficients that are learned, coefficients that are random."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
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

    The symbols are independent but for those that are drawn together, and for those that a law names, averaged last.
    Raises SchemeError where a random symbol is in a denominator: such a mean is no rational function of moments.
    """
    while isinstance(x, RationalFunction) and (left := x.symbols & set(laws)):
        named = {s for name in left for s in symbols_of(laws[name]) - set(companions(name, laws))}
        free = sorted(left - named)
        if not free or (odd := sorted({s for m in x.den for s, _ in m} & set(laws))):
            raise SchemeError(
                f"{(odd if free else sorted(left))[0]} is random and divides, or names itself: give it a law"
            )
        x = averaged(x, {free[0]: laws[free[0]]} | companions(free[0], laws))
    return x


def companions(name: str, laws: Mapping[str, Distribution]) -> dict[str, Distribution]:
    """What is drawn together with a symbol, itself among it; nothing for an independent one."""
    draw = laws[name].together
    return {} if draw is None else {s: law for s, law in laws.items() if law.together == draw}


def averaged(x: RationalFunction, laws: Mapping[str, Distribution]) -> Any:
    """The mean over symbols that are drawn together: products of their powers are replaced by joint moments."""

    def mean(monomial: Any) -> Any:
        drawn = [(laws[s], e) for s, e in monomial if s in laws]
        moment = drawn[0][0].joint(drawn) if drawn else Fraction(1)
        return prod((symbol(s) ** e for s, e in monomial if s not in laws), start=moment)

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
    within  learned: the open interval (low, high) that it does not leave, None: all numbers
    """

    name: str
    kind: Kind
    value: Any
    per: str
    within: tuple[Any, Any] | None = None

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
        if self.within is not None:
            low, high = interval(self.name, self.kind, self.within)
            object.__setattr__(self, "within", (low, high))
            self.check_start(low, high)

    def check_start(self, low: Fraction, high: Fraction) -> None:
        """Raises SchemeError where training would start on an end of the interval, or outside of it."""
        ends = (self.value.low, self.value.high) if isinstance(self.value, Uniform) else (self.value,)
        known = [x for x in ends if isinstance(x, Fraction)]
        if isinstance(self.value, Normal) or not all(low < x < high for x in known):
            raise SchemeError(
                f"learned parameter {self.name}: its start {self.value} is not inside ({low}, {high}), "
                "start it strictly between the two"
            )

    def __repr__(self) -> str:
        given = [getattr(self, f.name) for f in fields(self)]
        return f"Parameter({', '.join(map(repr, given[: 4 + (self.within is not None)]))})"

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


def interval(name: str, kind: str, ends: Any) -> tuple[Fraction, Fraction]:
    """(low, high) as exact numbers. Raises SchemeError where they are none, are not in order, or nothing is trained."""
    if kind != "learned":
        raise SchemeError(f"{kind} parameter {name}: only a learned one has an interval, leave `within` out")
    if isinstance(ends, tuple | list) and len(ends) == 2:
        low, high = (coefficient(x, f"within of parameter {name}".rstrip()) for x in ends)
        if isinstance(low, Fraction) and isinstance(high, Fraction) and low < high:
            return low, high
    raise SchemeError(f"learned parameter {name}: within = {ends} is no interval, write two numbers, (-1, 1)")


def chosen(default: Any) -> Parameter:
    """A family's free constant with its usual value."""
    return Parameter("", "chosen", default, "table")


def learned(start: Any, per: str = "step", within: tuple[Any, Any] | None = None) -> Parameter:
    """A trained coefficient, one a step (or one per channel a step), and where training starts it.

    within: (low, high), which training does not leave. Raises SchemeError for a start that is not inside.
    """
    return Parameter("", "learned", start, per, within)


def random(law: Distribution, per: str = "sample") -> Parameter:
    """A coefficient drawn in training per batch, sample or element; evaluation takes its mean."""
    return Parameter("", "random", law, per)
