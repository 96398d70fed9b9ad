"""The theory of a scheme, computed from its table: order, modified equation, stability. Names come on first use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.errors import AnalysisError
    from analysis.intervals import Interval, imaginary_interval, real_interval
    from analysis.orders import effective_step, effective_weights, error_constant, linear_order, order
    from analysis.roots import Root, ZeroStability, zero_stability, zero_stable_range
    from analysis.series import bseries, modified_equation
    from analysis.stability import spectral_radius, stability_function, stability_matrix
    from analysis.summary import describe, describe_latex, facts
    from analysis.terms import modified_latex, modified_text

HOMES = {
    "errors": ("AnalysisError",),
    "intervals": ("Interval", "imaginary_interval", "real_interval"),
    "orders": ("effective_step", "effective_weights", "error_constant", "linear_order", "order"),
    "roots": ("Root", "ZeroStability", "zero_stability", "zero_stable_range"),
    "series": ("bseries", "modified_equation"),
    "stability": ("spectral_radius", "stability_function", "stability_matrix"),
    "summary": ("describe", "describe_latex", "facts"),
    "terms": ("modified_latex", "modified_text"),
}
HOME = {name: module for module, names in HOMES.items() for name in names}

__all__ = [
    "AnalysisError",
    "Interval",
    "Root",
    "ZeroStability",
    "bseries",
    "describe",
    "describe_latex",
    "effective_step",
    "effective_weights",
    "error_constant",
    "facts",
    "imaginary_interval",
    "linear_order",
    "modified_equation",
    "modified_latex",
    "modified_text",
    "order",
    "real_interval",
    "spectral_radius",
    "stability_function",
    "stability_matrix",
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
