"""What the command weak prints, writes as JSON and draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from odenets.cli.common import print_table, print_text
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from analysis.stochastic.end_moments import MomentSlopes
    from analysis.stochastic.standard import MonteCarlo
    from analysis.stochastic.standard_problems import ClosedProblem
    from analysis.stochastic.weak_laws import WeakConditions
    from analysis.stochastic.weak_orders import WeakOrder

Slopes = list[tuple["ClosedProblem", "MomentSlopes | str"]]
Laws = dict[str, list["WeakConditions | str"]]


def picture(label: str, slopes: Slopes, drawn: MonteCarlo | None) -> Any:
    """The errors that are exact, and those that were estimated, with their bands."""
    from analysis.plots.weak_plot import weak_errors
    from odenets.figures_weak import estimated_falls, exact_falls

    panels = {problem.name: exact_falls(problem, found) for problem, found in slopes if not isinstance(found, str)}
    if drawn is not None:
        panels["Monte Carlo"] = estimated_falls(drawn)
    if not panels:
        raise OdenetsError(f"{label} has no exact slopes to draw: {slopes[0][1]}")
    text = [f"{p.name}: {p.text}, exact" for p, found in slopes if not isinstance(found, str)]
    if drawn is not None:
        fields = ", ".join(f"{name} = {x}" for name, x in drawn.fields.items())
        text.append(f"Monte Carlo: {fields}, where the error is that against half the step")
    return weak_errors(panels, title=f"Weak errors of {label}", note=f"Fields, {'; '.join(text)}.")


def print_found(
    label: str,
    about: WeakOrder | str,
    laws: Laws,
    slopes: Slopes,
    drawn: MonteCarlo | None,
) -> None:
    print_text(f"{about}\n" if isinstance(about, str) else f"{label}: {about}\n")
    for name, conditions in laws.items():
        print_text("\n".join(f"{name}: {one}" for one in conditions))
    if slopes:
        powers = range(1, 1 + max((len(s.slopes) for _, s in slopes if not isinstance(s, str)), default=0))
        rows = [[p.name, *cells(found), p.text] for p, found in slopes if not isinstance(found, str)]
        if rows:
            header = ["exact slopes", *(f"moment {n}" for n in powers), "fields"]
            print_table("", header, rows, numbers=range(1, len(powers) + 1))
    for problem, found in slopes:
        if isinstance(found, str):
            print_text(f"{problem.name}: {found}")
    if drawn is not None:
        print_text(str(drawn))


def cells(found: MomentSlopes) -> list[str]:
    return ["no error" if x is None else f"{x:.3f}" for x in found.slopes.values()]


def facts(
    label: str,
    about: WeakOrder | str,
    laws: Laws,
    slopes: Slopes,
    drawn: MonteCarlo | None,
) -> dict[str, Any]:
    """All of it as JSON-ready data; exact numbers are text."""
    order: dict[str, Any] = {"weak_order": None, "reason": about}
    if not isinstance(about, str):
        failing = {about.moment_text(m): str(x) for m, x in about.failing.items()}
        order = {"weak_order": str(about.order), "at_least": not about.failing, "failing": failing}
    return {
        "scheme": label,
        **order,
        "conditions": {name: [condition(one) for one in found] for name, found in laws.items()},
        "slopes": {p.name: exact(p, found) for p, found in slopes},
        "monte_carlo": None if drawn is None else drawn.facts,
    }


def condition(found: WeakConditions | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"reason": found}
    return {
        "order": found.order,
        "holds": found.holds,
        "exponent": None if found.exponent is None else str(found.exponent),
        "constant": None if found.constant is None else str(found.constant),
        "terms": [str(term) for term in found.terms],
    }


def exact(problem: ClosedProblem, found: MomentSlopes | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"fields": problem.text, "reason": found}
    return {
        "fields": problem.text,
        "h": [str(h) for h in found.h],
        "errors": {str(n): list(e) for n, e in found.errors.items()},
        "slopes": {str(n): x for n, x in found.slopes.items()},
    }
