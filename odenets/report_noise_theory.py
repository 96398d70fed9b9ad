"""What theory says of the noisy schemes of a study: their stochastic equations, weak orders and errors of moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.errors import AnalysisError
from analysis.plots.weak_plot import Falls, weak_errors
from analysis.stochastic.end_moments import moment_slopes
from analysis.stochastic.limits import sde_limit
from analysis.stochastic.standard import MonteCarlo, monte_carlo
from analysis.stochastic.standard_problems import closed_problems
from analysis.stochastic.weak_orders import weak_order
from odenets.figures_weak import estimated_falls, exact_falls
from odenets.spec import Spec
from odenets.spec_text import each
from schemes import Scheme, SchemeError
from schemes.registry import entry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

A_ROW = 3  # panels of a figure
BUDGET = 2  # seconds of evaluations a scheme
POWERS = range(1, 5)


def theory(results: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """The limit and the weak order of each network that draws, with its parameters as symbols; once a scheme."""
    return [
        {"label": label, "limit": limit(scheme), "order": order(scheme)} for label, scheme in tables(results).items()
    ]


def weak_figures(results: Sequence[dict[str, Any]], p: str) -> list[Figure]:
    """The exact errors of moments against h of the schemes that have such, three panels a figure.

    p: the survival probability, which is that of the last block in the whole depth; learned coefficients are at their
    starts.
    """
    panels = {label: falls(fixed(scheme, p)) for label, scheme in tables(results).items()}
    shown = [(label, found) for label, found in panels.items() if found]
    note = (
        f"Errors are exact, with p = {p} and learned coefficients at their starts. One-step schemes: fields f = (1, "
        "u1²/2), f1 = f, f2 = (1/2, u1²), moments of u2; schemes of several steps: f = u/2, f1 = u/2, f2 = u/3, "
        "moments of u. All start at 1 and end at the time 1."
    )
    return [
        weak_errors(dict(row), title="Moments of the schemes against their equations", note=note)
        for row in (shown[i : i + A_ROW] for i in range(0, len(shown), A_ROW))
    ]


def tables(results: Sequence[dict[str, Any]]) -> dict[str, Scheme]:
    """The schemes that draw, each once, by the label of the first network that has it."""
    found: dict[Scheme, str] = {}
    for r in results:
        first = next(each(Spec.from_dict(r["network"]).scheme))
        scheme = entry(first).usual if isinstance(first, str) else first
        if scheme.role("random"):
            found.setdefault(scheme, r["label"])
    return {label: scheme for scheme, label in found.items()}


def limit(scheme: Scheme) -> str:
    try:
        return sde_limit(scheme).text()
    except (AnalysisError, SchemeError) as error:
        return f"no equation: {error}"


def order(scheme: Scheme) -> str:
    try:
        return str(weak_order(scheme, most=1))
    except (AnalysisError, SchemeError) as error:
        return f"weak order: not from trees, {error}"


def fixed(scheme: Scheme, p: str) -> Scheme:
    """The scheme with numbers: p, and the usual values of other parameters, means where training starts from a law."""
    usual = {q.name: q.mean for q in scheme.parameters if q.kind != "random" and not q.symbols}
    return scheme.at(**{name: p if name == "p" else value for name, value in usual.items()})


def falls(scheme: Scheme) -> Falls | None:
    """The errors of four moments; of a triangular system, or where that would take minutes of a linear equation."""
    linear, triangular = closed_problems(scheme)
    problem = linear if scheme.history else triangular
    try:
        found = moment_slopes(scheme, problem.fields, powers=POWERS, component=problem.component)
    except (AnalysisError, SchemeError):
        return None
    return exact_falls(problem, found)


def drawn_figures(results: Sequence[dict[str, Any]], p: str) -> list[Figure]:
    """Estimated errors of moments with their intervals, of nonlinear fields, three panels a figure."""
    panels = {label: estimated(fixed(scheme, p)) for label, scheme in tables(results).items()}
    shown = [(label, found) for label, found in panels.items() if found]
    fields = "; ".join(dict.fromkeys(f"{name} = {x}" for _, found in shown for name, x in found.fields.items()))
    note = (
        f"Monte Carlo on nonlinear fields, {fields}, with p = {p}: the error is that against half the step; a slope is "
        "given, with its interval, where the samples decide it."
    )
    return [
        weak_errors(
            {label: estimated_falls(found) for label, found in row},
            title="Moments on nonlinear fields, estimated",
            note=note,
        )
        for row in (shown[i : i + A_ROW] for i in range(0, len(shown), A_ROW))
    ]


def estimated(scheme: Scheme) -> MonteCarlo | None:
    try:
        return monte_carlo(scheme, BUDGET)
    except (AnalysisError, SchemeError):
        return None
