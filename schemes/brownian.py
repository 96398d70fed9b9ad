"""Random weights as white noise: the independent Brownian motions that have their covariance, exactly.

Coefficients are drawn per batch, sample, channel or element. Two elements share the draws of the coarser ones, and an
average over the finer ones leaves what they share: covariances are sums of one part a spread.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.parameters import SPREADS, Parameter, expectation
from schemes.scheme import Scheme
from schemes.symbols import RationalFunction, symbol

Key = TypeVar("Key", bound=Hashable)
PER = SPREADS["random"]  # from the coarsest on
OWN = "channel", "element"  # what has a Brownian motion for each component


@dataclass(frozen=True)
class Noise:
    """√D Σ weights · field dB: one Brownian motion for each of what `per` says.

    variance      D, of a step's draw
    weights       {what is driven: its weight}, of edges or of fields
    coefficients  the random coefficients that it stands for
    """

    variance: Any
    weights: Mapping[Any, Any]
    per: str
    coefficients: tuple[str, ...]

    @property
    def own(self) -> bool:
        """Whether components have Brownian motions of their own."""
        return self.per in OWN


def random_parameters(scheme: Scheme) -> dict[str, Parameter]:
    """The random coefficients of a table by name, with what their laws name.

    Raises SchemeError where a law has no variance, or is drawn once for all steps.
    """
    found = {p.name: p for p in scheme.parameters if p.kind == "random"}
    for p in found.values():
        if not is_zero(getattr(p.value, "share", Fraction(0))):
            raise SchemeError(
                f"{scheme.name} draws {p.name} once for the whole network in a share of batches, which is no white "
                "noise: set share = 0"
            )
        try:
            _ = p.value.variance
        except SchemeError as error:
            raise SchemeError(
                f"{scheme.name}: {p.name} has no white noise, its variance is infinite: {error}"
            ) from None
    return found


def given(x: Any, parameters: Mapping[str, Parameter], per: str) -> Any:
    """E[x | what elements share that have one `per` in common]: the mean over coefficients that are drawn finer."""
    finer = PER[PER.index(per) + 1 :]
    return expectation(x, {name: p.value for name, p in parameters.items() if p.per in finer})


def mean(x: Any, parameters: Mapping[str, Parameter]) -> Any:
    return expectation(x, {name: p.value for name, p in parameters.items()})


def shared(x: Any, y: Any, parameters: Mapping[str, Parameter], spreads: Collection[str] = PER) -> dict[str, Any]:
    """{per: what E[x y] gains} where two elements have that in common too, from the coarsest on; without zeros.

    E[x_a y_b] is the sum over what a and b share; the law of total covariance makes each part of x = y at least 0.
    """
    found, before = {}, Fraction(0)
    for per in spreads:
        now = mean(given(x, parameters, per) * given(y, parameters, per), parameters)
        found[per], before = now - before, now
    return {per: c for per, c in found.items() if not is_zero(c)}


def noises(weights: Mapping[Key, Any], parameters: Mapping[str, Parameter]) -> list[Noise]:
    """Independent noises with the covariance of random weights: one a coefficient where it stands alone and linear.

    Others are factored, C = Σ_k D_k l_k l_kᵀ with exact D_k and l_k: the L D Lᵀ of their covariance, of its rank.
    """
    centred = {key: x - mean(x, parameters) for key, x in weights.items()}
    found = []
    for name in lone(centred, parameters):
        slopes = {key: linear(x, name) for key, x in centred.items()}
        part = {key: c for key, c in slopes.items() if not is_zero(c)}
        law, z = parameters[name].value, symbol(name)
        centred = {key: x - slopes[key] * (z - law.mean) for key, x in centred.items()}
        if part and not is_zero(law.variance):
            found.append(Noise(law.variance, part, parameters[name].per, (name,)))
    return [*found, *jointly(centred, parameters)]


def lone(weights: Mapping[Key, Any], parameters: Mapping[str, Parameter]) -> list[str]:
    """The independent coefficients that stand in no product with others, and no power."""
    named = {s for p in parameters.values() for s in p.symbols}
    alone = [
        name for name, p in parameters.items()
        if p.value.together is None and name not in named and not p.symbols & set(parameters)
    ]  # fmt: skip

    def is_linear(name: str) -> bool:
        slopes = [linear(x, name) for x in weights.values()]
        return not any(c is None or (isinstance(c, RationalFunction) and c.symbols & set(parameters)) for c in slopes)

    return [name for name in alone if is_linear(name)]


def linear(x: Any, name: str) -> Any:
    """c of x = c ξ + …, without ξ in the rest; None where x is not so."""
    if not isinstance(x, RationalFunction) or name not in x.symbols:
        return Fraction(0)
    if any(s == name for m in x.den for s, _ in m) or max(dict(m).get(name, 0) for m in x.num) > 1:
        return None
    return x(**{name: Fraction(1)}) - x(**{name: Fraction(0)})


def jointly(centred: Mapping[Key, Any], parameters: Mapping[str, Parameter]) -> list[Noise]:
    """The noises of weights of mean 0 from their covariance, one set for each spread."""
    rest = {key: x for key, x in centred.items() if not is_zero(x)}
    names = tuple(name for name in parameters if any(name in x.symbols for x in rest.values()))
    covariance = {(a, b): shared(x, y, parameters) for a, x in rest.items() for b, y in rest.items()}
    found = []
    for per in PER:
        C = {pair: parts.get(per, Fraction(0)) for pair, parts in covariance.items()}
        found += [Noise(D, column, per, names) for D, column in factored(C, list(rest))]
    return found


def factored(C: Mapping[tuple[Key, Key], Any], keys: list[Key]) -> list[tuple[Any, dict[Key, Any]]]:
    """(D_k, l_k) of C = Σ_k D_k l_k l_kᵀ, symmetric and positive semidefinite, symbols in it; l_k is 1 at its pivot.

    Source: Higham, Accuracy and Stability of Numerical Algorithms, 10.3 (complete pivoting gives the rank).
    """
    C, found = dict(C), []
    while left := [a for a in keys if not is_zero(C[a, a])]:
        pivot = left[0]
        D = C[pivot, pivot]
        column = {a: C[a, pivot] / D for a in keys if not is_zero(C[a, pivot])}
        C |= {(a, b): C[a, b] - D * column[a] * column[b] for a in column for b in column}
        found.append((D, column))
    return found
