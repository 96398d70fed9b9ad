"""Parameters of a scheme: constants that are chosen, coefficients that are learned, coefficients that are random."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from math import prod
from typing import Any, Literal

from schemes.errors import SchemeError
from schemes.exact import coefficient, substitute
from schemes.laws import Distribution
from schemes.symbols import RationalFunction, symbol

Kind = Literal["chosen", "learned", "random"]
SPREADS = {
    "chosen": ("table",),
    "learned": ("step", "channel"),
    "random": ("batch", "sample", "channel", "element"),
}


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
    per     how it varies: learned "step" (one scalar) or "channel"; random "batch", "sample", "channel" (one
            per sample and channel) or "element"
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
        ends = self.value.ends if isinstance(self.value, Distribution) else (self.value,)
        if ends is None or not all(low < x < high for x in ends if isinstance(x, Fraction)):
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
    """A coefficient drawn in training per batch, sample, channel or element; evaluation takes its mean."""
    return Parameter("", "random", law, per)


def declaring(parameters: Iterable[Parameter], entries: Iterable[Any] = ()) -> tuple[Parameter, ...]:
    """The parameters, and chosen ones without a value for names in their laws and in entries that nobody declares."""
    known = {p.name: p for p in parameters}
    loose = names_in(entries).union(*(p.symbols for p in known.values()))
    return (*known.values(), *(Parameter(s, "chosen", None, "table") for s in sorted(loose - set(known))))


def names_in(entries: Iterable[Any]) -> set[str]:
    return {s for x in entries if isinstance(x, RationalFunction) for s in x.symbols}
