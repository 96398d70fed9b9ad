"""The theory of a scheme, computed from its table: order, modified equation, stability. Names come on first use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.angles import a_alpha, a_stable, l_stable
    from analysis.certificates import Certificate, Unknown, certificate
    from analysis.conjugacy import effective_order
    from analysis.cost import evaluations, first_same_as_last, registers
    from analysis.damping import dispersion_order, dissipation_order
    from analysis.errors import AnalysisError
    from analysis.examples import VectorField, example, example_names
    from analysis.exchange import read_series, series_json
    from analysis.fields import NumericField, SymbolicField, modified_field
    from analysis.finding import find
    from analysis.following import follows
    from analysis.geometry import energy_order, symmetric_order, symplectic_order
    from analysis.groups import compose, flow, logarithm, substitute
    from analysis.halving import Convergence, probe_convergence
    from analysis.intervals import Interval, imaginary_interval, real_interval
    from analysis.inverses import Reversal, reversal
    from analysis.linear_problem import linear_equation, linear_text
    from analysis.local_error import principal_error, principal_error_norm, stage_order
    from analysis.modifying import modifying_integrator
    from analysis.monotonicity import ssp_coefficient
    from analysis.orders import (
        effective_step,
        effective_weights,
        embedded_order,
        error_constant,
        linear_order,
        order,
        principal_root,
    )
    from analysis.parasites import Separation, separation
    from analysis.probing import Probe, probe
    from analysis.remembered import recall, recalled
    from analysis.roots import Root, ZeroStability, zero_stability, zero_stable_range
    from analysis.series import bseries, modified_equation, underlying_map
    from analysis.shadowing import Shadow
    from analysis.stability import spectral_radius, stability_function, stability_matrix
    from analysis.starts import StartOffset, start_offset
    from analysis.stochastic.answers import WeakSlope
    from analysis.stochastic.end_moments import MomentSlopes, moment_slopes, moments
    from analysis.stochastic.inertial import InertialLimit, inertial_limit
    from analysis.stochastic.limits import Differential, SDELimit, sde_limit
    from analysis.stochastic.multilevel import weak_error, weak_slopes
    from analysis.stochastic.standard import MonteCarlo, monte_carlo
    from analysis.stochastic.weak_laws import WeakConditions, weak_conditions
    from analysis.stochastic.weak_orders import WeakOrder, weak_order
    from analysis.summary import describe, describe_latex, facts
    from analysis.terms import modified_latex, modified_text, series_latex, series_text, unknowns
    from analysis.trajectories import smooth_start, trajectory
    from analysis.varying import varying_equation, varying_latex, varying_text
    from analysis.velocities import VelocityForm, velocity_form
    from analysis.waves import wave_rates
    from analysis.weights import elementary_weights

HOMES = {
    "angles": (
        "a_alpha",
        "a_stable",
        "l_stable",
    ),
    "certificates": (
        "Certificate",
        "Unknown",
        "certificate",
    ),
    "conjugacy": ("effective_order",),
    "cost": (
        "evaluations",
        "first_same_as_last",
        "registers",
    ),
    "damping": (
        "dispersion_order",
        "dissipation_order",
    ),
    "errors": ("AnalysisError",),
    "examples": (
        "VectorField",
        "example",
        "example_names",
    ),
    "exchange": (
        "read_series",
        "series_json",
    ),
    "fields": (
        "NumericField",
        "SymbolicField",
        "modified_field",
    ),
    "finding": ("find",),
    "following": ("follows",),
    "geometry": (
        "energy_order",
        "symmetric_order",
        "symplectic_order",
    ),
    "groups": (
        "compose",
        "flow",
        "logarithm",
        "substitute",
    ),
    "halving": (
        "Convergence",
        "probe_convergence",
    ),
    "intervals": (
        "Interval",
        "imaginary_interval",
        "real_interval",
    ),
    "inverses": (
        "Reversal",
        "reversal",
    ),
    "linear_problem": (
        "linear_equation",
        "linear_text",
    ),
    "local_error": (
        "principal_error",
        "principal_error_norm",
        "stage_order",
    ),
    "modifying": ("modifying_integrator",),
    "monotonicity": ("ssp_coefficient",),
    "orders": (
        "effective_step",
        "effective_weights",
        "embedded_order",
        "error_constant",
        "linear_order",
        "order",
        "principal_root",
    ),
    "parasites": (
        "Separation",
        "separation",
    ),
    "probing": (
        "Probe",
        "probe",
    ),
    "remembered": (
        "recall",
        "recalled",
    ),
    "roots": (
        "Root",
        "ZeroStability",
        "zero_stability",
        "zero_stable_range",
    ),
    "series": (
        "bseries",
        "modified_equation",
        "underlying_map",
    ),
    "shadowing": ("Shadow",),
    "stability": (
        "spectral_radius",
        "stability_function",
        "stability_matrix",
    ),
    "starts": (
        "StartOffset",
        "start_offset",
    ),
    "stochastic.answers": ("WeakSlope",),
    "stochastic.end_moments": ("MomentSlopes", "moment_slopes", "moments"),
    "stochastic.inertial": ("InertialLimit", "inertial_limit"),
    "stochastic.limits": ("Differential", "SDELimit", "sde_limit"),
    "stochastic.multilevel": ("weak_error", "weak_slopes"),
    "stochastic.standard": ("MonteCarlo", "monte_carlo"),
    "stochastic.weak_laws": ("WeakConditions", "weak_conditions"),
    "stochastic.weak_orders": ("WeakOrder", "weak_order"),
    "summary": (
        "describe",
        "describe_latex",
        "facts",
    ),
    "terms": (
        "modified_latex",
        "modified_text",
        "series_latex",
        "series_text",
        "unknowns",
    ),
    "trajectories": (
        "smooth_start",
        "trajectory",
    ),
    "varying": (
        "varying_equation",
        "varying_latex",
        "varying_text",
    ),
    "velocities": (
        "VelocityForm",
        "velocity_form",
    ),
    "waves": ("wave_rates",),
    "weights": ("elementary_weights",),
}
HOME = {name: module for module, names in HOMES.items() for name in names}

__all__ = [
    "AnalysisError",
    "Certificate",
    "Convergence",
    "Differential",
    "InertialLimit",
    "Interval",
    "MomentSlopes",
    "MonteCarlo",
    "NumericField",
    "Probe",
    "Reversal",
    "Root",
    "SDELimit",
    "Separation",
    "Shadow",
    "StartOffset",
    "SymbolicField",
    "Unknown",
    "VectorField",
    "VelocityForm",
    "WeakConditions",
    "WeakOrder",
    "WeakSlope",
    "ZeroStability",
    "a_alpha",
    "a_stable",
    "bseries",
    "certificate",
    "compose",
    "describe",
    "describe_latex",
    "dispersion_order",
    "dissipation_order",
    "effective_order",
    "effective_step",
    "effective_weights",
    "elementary_weights",
    "embedded_order",
    "energy_order",
    "error_constant",
    "evaluations",
    "example",
    "example_names",
    "facts",
    "find",
    "first_same_as_last",
    "flow",
    "follows",
    "imaginary_interval",
    "inertial_limit",
    "l_stable",
    "linear_equation",
    "linear_order",
    "linear_text",
    "logarithm",
    "modified_equation",
    "modified_field",
    "modified_latex",
    "modified_text",
    "modifying_integrator",
    "moment_slopes",
    "moments",
    "monte_carlo",
    "order",
    "principal_error",
    "principal_error_norm",
    "principal_root",
    "probe",
    "probe_convergence",
    "read_series",
    "real_interval",
    "recall",
    "recalled",
    "registers",
    "reversal",
    "sde_limit",
    "separation",
    "series_json",
    "series_latex",
    "series_text",
    "smooth_start",
    "spectral_radius",
    "ssp_coefficient",
    "stability_function",
    "stability_matrix",
    "stage_order",
    "start_offset",
    "substitute",
    "symmetric_order",
    "symplectic_order",
    "trajectory",
    "underlying_map",
    "unknowns",
    "varying_equation",
    "varying_latex",
    "varying_text",
    "velocity_form",
    "wave_rates",
    "weak_conditions",
    "weak_error",
    "weak_order",
    "weak_slopes",
    "zero_stability",
    "zero_stable_range",
]


def __getattr__(name: str) -> Any:
    """PEP 562: a public name is imported when it is first used."""
    if name in HOME:
        return getattr(import_module(f"analysis.{HOME[name]}"), name)
    raise AttributeError(f"module 'analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
