"""The second-order limit of a two-step scheme as text and as LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analysis.stochastic.limit_text import LATEX, TEXT, Style, drift_text, noise_text, summed, times
from analysis.stochastic.limits import Differential, SDELimit
from analysis.stochastic.one_step import Edge
from schemes import symbol
from schemes.brownian import Noise

if TYPE_CHECKING:
    from analysis.stochastic.inertial import InertialLimit

SLIP = (
    "{0} > 0 damps: v[n+1] = (1 - {0} h) v[n] + …. Lu et al. 2018, section 3.2, write 2 + g and 1 + g, a slip of "
    "the sign: the calculation gives g = -{0}, which drives where it is positive."
)


def inertial_text(limit: InertialLimit) -> str:
    u, (name, value) = limit.unknown, limit.parameter
    newest, oldest = limit.recursion
    return "\n".join(
        [
            f"{limit.scheme} to second order",
            f"{modified_equation(limit, TEXT)}, to O(h)",
            f"and with {name} = {value}, slopes of size h²: "
            + summed([f"{u}[n+1] = {times(newest, f'{u}[n]', TEXT)}", times(oldest, f"{u}[n-1]", TEXT), "h² …"])
            + " tends to",
            *motion_equations(limit, TEXT),
            SLIP.format(limit.damping),
        ]
    )


def inertial_latex(limit: InertialLimit) -> str:
    return " \\\\\n".join([modified_equation(limit, LATEX), *motion_equations(limit, LATEX)])


def modified_equation(limit: InertialLimit, style: Style) -> str:
    """(1 + β)/2 h u'' + (1 - β) u' = E[c] f + √Var c f Ḃ."""
    u, dot = style.unknown(limit.unknown), "\\dot{B}" if style is LATEX else "Ḃ"
    left = [times(limit.mass * symbol("h"), f"{u}''", style), times(limit.friction, f"{u}'", style)]
    right = forces(limit, limit.weights, limit.motions, replace(style, motion=dot), "")
    return f"{summed(left)}{style.equals}{right}"


def motion_equations(limit: InertialLimit, style: Style) -> list[str]:
    """du = v dt, dv = (E[c] f - γ v) dt + √Var c f dB."""
    drift = {**limit.force, "v": -symbol(limit.damping)}
    return [
        f"d{style.unknown(limit.unknown)}{style.equals}v{style.space}dt",
        f"dv{style.equals}{forces(limit, drift, limit.noises, style, 'dt')}",
    ]


def forces(limit: InertialLimit, drift: Mapping[str, Any], noises: Sequence[Noise], style: Style, time: str) -> str:
    """A drift and noises by field as they are written for a first-order equation."""
    edges = {name: Edge(name, 0, 0) for name in [*drift, *(name for noise in noises for name in noise.weights)]}
    terms = {Differential(name): c for name, c in drift.items()}
    equation = SDELimit(limit.scheme, terms, tuple(noises), {}, (limit.unknown,), edges, ())
    first = drift_text(equation, terms, replace(style, time=time)) if terms else ""
    noisy = [noise_text(equation, noise, noise.weights, False, style) for noise in noises]
    return summed([*filter(None, [first]), *noisy])
