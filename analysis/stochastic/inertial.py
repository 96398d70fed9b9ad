"""Two-step schemes with noise to second order: a mass before u'', and a momentum that tends to 1 with h."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from analysis.errors import AnalysisError, refusing
from analysis.velocities import velocity_form
from schemes import RationalFunction, Scheme, symbol
from schemes.algebra import numbered
from schemes.brownian import Noise, mean, noises, random_parameters
from schemes.diffusion import declared
from schemes.exact import is_zero, substitute
from schemes.parameters import Parameter
from schemes.scheme import letter

STEP = "h"


@dataclass(frozen=True)
class InertialLimit:
    """du = v dt, dv = (Σ force · f - γ v) dt + √D l · f dB, as the momentum is 1 - γ h and the slopes are h² f.

    scheme     its name
    unknown    its letter, u
    momentum   β of the scheme, d[n+1] = β d[n] + h Σ c f with d[n] = u[n] - u[n-1]
    parameter  what stands in β, and its value for which β = 1 - γ h
    force      {field: E c} there
    noises     there, one a Brownian motion, as of `sde_limit`
    weights    {field: E c} as functions of the parameter
    motions    the noises as functions of the parameter
    damping    the name of γ: gamma, or gamma_2, … where the scheme has a parameter gamma, as heavy_ball
    """

    scheme: str
    unknown: str
    momentum: Any
    parameter: tuple[str, Any]
    force: Mapping[str, Any]
    noises: tuple[Noise, ...]
    weights: Mapping[str, Any]
    motions: tuple[Noise, ...]
    damping: str = "gamma"

    @property
    def mass(self) -> Any:
        """Before h u'' of the equation to order h: (1 + β)/2."""
        return (1 + self.momentum) / 2

    @property
    def friction(self) -> Any:
        """Before u' of the equation to order h: 1 - β."""
        return 1 - self.momentum

    @property
    def recursion(self) -> tuple[Any, Any]:
        """What stands before u[n] and u[n-1] where β = 1 - γ h: 2 - γ h and -(1 - γ h)."""
        rest = damped(self.damping)
        return 1 + rest, -rest

    def text(self) -> str:
        """Both equations, and what the sign of the damping is, in lines."""
        from analysis.stochastic.inertial_text import inertial_text

        return inertial_text(self)

    def latex(self) -> str:
        """Both equations as rows of an align* environment; needs amsmath."""
        from analysis.stochastic.inertial_text import inertial_latex

        return inertial_latex(self)


@refusing()
def inertial_limit(scheme: Scheme) -> InertialLimit:
    """The second-order limit of a two-step scheme with random coefficients: its momentum is β = 1 - γ h, slopes h² f.

        u[n+1] = (2 - γ h) u[n] - (1 - γ h) u[n-1] + h² Σ c f   →   du = v dt, dv = (E[c] f - γ v) dt + √Var c f dB,

    deviations of c scaled by √h; and to order h at a fixed β, (1 + β) h/2 u'' + (1 - β) u' = E[c] f + √Var c f Ḃ.
    γ > 0 damps. As the noise drives v and its fields read u, Itô = Stratonovich.
    Raises AnalysisError unless β is linear in one free parameter, and as `velocity_form` does.
    Source: Lu et al. 2018, section 3.2, which writes 2 + g and 1 + g: its g is -γ, and drives where g > 0.
    """
    if not any(p.kind == "random" for p in scheme.coefficients):
        raise AnalysisError(f"nothing is random in {scheme.name}: ask for its velocity_form")
    return of_momentum(declared(scheme))


def of_momentum(scheme: Scheme) -> InertialLimit:
    random = random_parameters(scheme)
    damping = letter_of_damping(scheme)
    form = velocity_form(spelled(scheme))
    name, value = at_rest(scheme.name, form.momentum, damped(damping))
    total = dict.fromkeys(scheme.fields, Fraction(0))
    for field, now, before in zip(scheme.fields, form.now, form.before, strict=True):
        total[field] = total[field] + now + before
    still = {field: substitute(c, {name: substitute(value, {"h": Fraction(0)})}) for field, c in total.items()}
    return InertialLimit(
        scheme=scheme.name,
        unknown=letter(scheme.states[0]),
        momentum=form.momentum,
        parameter=(name, value),
        force=means(still, random),
        noises=tuple(noises(still, random)),
        weights=means(total, random),
        motions=tuple(noises(total, random)),
        damping=damping,
    )


def letter_of_damping(scheme: Scheme) -> str:
    """A name for γ that no parameter has. Raises AnalysisError for a parameter h, which is the step here."""
    taken = {p.name for p in scheme.parameters}
    if STEP in taken:
        raise AnalysisError(f"{scheme.name} has a parameter {STEP}, which is the step here: give it another name")
    return next(name for name in numbered("gamma") if name not in taken)


def damped(name: str) -> Any:
    """The momentum 1 - γ h."""
    return 1 - symbol(name) * symbol(STEP)


def spelled(scheme: Scheme) -> Scheme:
    """The scheme whose random coefficients are symbols like others, so that nothing takes their means."""
    kept = (Parameter(p.name, "chosen", None, "table") if p.kind == "random" else p for p in scheme.parameters)
    return replace(scheme, parameters=tuple(kept), start=None)


def at_rest(scheme: str, beta: Any, wanted: Any) -> tuple[str, Any]:
    """The parameter in β, and its value for which β = 1 - γ h. Raises AnalysisError where there is none."""
    names = sorted(beta.symbols) if isinstance(beta, RationalFunction) else []
    if len(names) == 1:
        (name,) = names
        at = beta(**{name: Fraction(0)})
        slope = beta(**{name: Fraction(1)}) - at
        if not is_zero(slope) and beta == at + slope * symbol(name):
            return name, (wanted - at) / slope
    raise AnalysisError(
        f"{scheme} has the momentum {beta}, and the limit is that of a momentum 1 - γ h: leave one parameter free in "
        "which it is linear"
    )


def means(total: Mapping[str, Any], random: Mapping[str, Parameter]) -> dict[str, Any]:
    found = {field: mean(c, random) for field, c in total.items()}
    return {field: c for field, c in found.items() if not is_zero(c)}
