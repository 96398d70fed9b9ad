"""The noises of a study: each is a function from a scheme to a scheme, so it goes with every network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fractions import Fraction
from typing import Any

from odenets.errors import OdenetsError
from schemes import Scheme, SchemeError, get, names
from schemes.exact import coefficient
from schemes.perturbations import dropped, multiplied, noised, shaken
from schemes.registry import entry

NONE = "none"


@dataclass(frozen=True)
class Strengths:
    """How strong noises are, exactly: p_last the survival probability of the last block, sigma the size of additive
    noise, keep the probability with which dropout keeps an element.

    Raises OdenetsError for probabilities that are none, or 0, and for a negative size.
    """

    p_last: Any = Fraction(4, 5)
    sigma: Any = Fraction(1, 10)
    keep: Any = Fraction(9, 10)

    def __post_init__(self) -> None:
        for name in ("p_last", "sigma", "keep"):
            object.__setattr__(self, name, number(name, getattr(self, name)))
        for name in ("p_last", "keep"):
            if not 0 < getattr(self, name) <= 1:
                raise OdenetsError(f"{name} = {getattr(self, name)} is no probability of keeping: take one from (0, 1]")
        if self.sigma < 0:
            raise OdenetsError(f"sigma = {self.sigma} is a standard deviation: take 0 or more")

    def linear_decay(self, steps: int) -> tuple[Fraction, Fraction]:
        """p_l = 1 - l/L (1 - p_L) of the first and the last of L steps (Huang et al. 2016, (4))."""
        return 1 - (1 - self.p_last) / steps, self.p_last


def number(name: str, x: Any) -> Fraction:
    try:
        found = coefficient(str(x) if isinstance(x, float) else x)
    except SchemeError:
        found = None
    if not isinstance(found, Fraction):
        raise OdenetsError(f"{name} = {x} is no number: write 0.8 or 4/5")
    return found


@dataclass(frozen=True)
class Noise:
    """make: the noisy scheme of a scheme · values: its parameters in a network of so many steps.

    at_test: the network is trained without noise, and evaluated with it.
    """

    about: str
    make: Callable[[Scheme, Strengths], Scheme]
    values: Callable[[Strengths, int], Mapping[str, Any]] = field(default=lambda strengths, steps: {})
    at_test: bool = False


def survival(strengths: Strengths, steps: int) -> Mapping[str, Any]:
    return {"p": strengths.linear_decay(steps)}


NOISES: dict[str, Noise] = {
    NONE: Noise("F", lambda s, _: s),
    "stochastic_depth": Noise(
        "η F, η 0 or 1, once a batch; P(η = 1) falls linearly over the depth; at evaluation p F",
        lambda s, _: dropped(s, None), survival,
    ),
    "stochastic_depth_preserving": Noise(
        "η/p F, the same draws, which keeps the expectation F",
        lambda s, _: dropped(s, None, inverted=True), survival,
    ),
    "drop_path": Noise(
        "η/p F, drawn for each sample", lambda s, _: dropped(s, None, "sample", inverted=True), survival
    ),
    "shake_shake": Noise("η F1 + (1-η) F2 of two blocks, η uniform on [0, 1], for each sample", lambda s, _: shaken(s)),
    "gaussian": Noise("F + σ ξ, ξ normal for each element", lambda s, x: noised(s, x.sigma)),
    "gaussian_at_test": Noise(
        "F in training, F + σ ξ at evaluation", lambda s, x: noised(s, x.sigma), at_test=True
    ),
    "multiplicative": Noise(
        "(1 + σ ξ) F, ξ normal for each sample", lambda s, x: multiplied(s, x.sigma, per="sample")
    ),
    "dropout": Noise(
        "η/q F, η 0 or 1 for each element with P(η = 1) = q",
        lambda s, x: dropped(s, x.keep, "element", inverted=True),
    ),
}  # fmt: skip


def check_noise(name: str) -> None:
    """Raises OdenetsError for what is neither a noise of the table nor a scheme with random coefficients."""
    if name in NOISES:
        return
    if name not in names():
        near = get_close_matches(name, [*NOISES, *names()], 3) or list(NOISES)
        raise OdenetsError(f"no noise is called {name!r}: take {', '.join(near)}, or a scheme of the registry")
    if not get(name).role("random"):
        raise OdenetsError(
            f"{name} draws nothing: take a scheme with random coefficients, or one of {', '.join(NOISES)}"
        )


def own_values(name: str, strengths: Strengths, steps: int) -> dict[str, Any]:
    """What a scheme of the registry takes of the study: p over the depth, sigma; others stay as usual."""
    given = {**survival(strengths, steps), "sigma": strengths.sigma}
    return {parameter: given[parameter] for parameter in entry(name).usual.role("chosen") if parameter in given}
