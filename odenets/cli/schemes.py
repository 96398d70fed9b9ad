"""Commands on schemes: schemes, show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from odenets.cli.common import assignments, print_json, print_table, print_text
from odenets.errors import OdenetsError


def schemes(
    *,
    kind: str | None = None,
    order: int | None = None,
    stages: int | None = None,
    explicit: bool | None = None,
    learned: bool | None = None,
    stochastic: bool | None = None,
    json: bool = False,
) -> None:
    """List the schemes, or those with the given facts.

    Example: odenets schemes --kind multistep --learned

    Parameters
    ----------
    kind
        runge_kutta, multistep, partitioned, operator or general_linear.
    order
        Order of consistency.
    stages
        Evaluations of a field in a step.
    explicit
        Whether each stage needs only earlier ones.
    learned
        Whether it has learned coefficients.
    stochastic
        Whether it has random coefficients.
    json
        Print JSON only.
    """
    from schemes import entries, get, names

    wanted = {
        "kind": kind,
        "order": order,
        "stages": stages,
        "explicit": explicit,
        "learned": learned,
        "stochastic": stochastic,
    }
    found = set(names(**{k: v for k, v in wanted.items() if v is not None}))
    listed = [(entry, get(entry.name)) for entry in entries() if entry.name in found]
    if json:
        keys = ("kind", "stages", "history", "explicit", "source")
        print_json([{"name": e.name, "summary": e.summary, "order": e.order, **{k: getattr(s, k) for k in keys},
                     "learned": s.role("learned"), "random": s.role("random")} for e, s in listed])  # fmt: skip
        return
    rows = [
        [e.name, s.kind, e.order or "–", s.stages, ", ".join(f"{p.name} {p.kind}" for p in s.parameters), e.summary]
        for e, s in listed
    ]
    print_table("", ["name", "kind", "order", "stages", "parameters", ""], rows, numbers=(2, 3))


def show(
    scheme: str,
    *,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    order: int = 3,
    latex: bool = False,
    json: bool = False,
    plot: Path | None = None,
    wiring: Path | None = None,
) -> None:
    """Show all that is known of a scheme: formula, tableau, order, stability, modified equation, source.

    Example: odenets show lm2 --set k=-1/2 --plot lm2.png

    Parameters
    ----------
    scheme
        A name from `odenets schemes`.
    set_
        Fix a parameter: k=-1/2, columns=3.
    order
        Trees up to this order in the modified equation.
    latex
        Print LaTeX.
    json
        Print JSON only.
    plot
        Draw the stability region into this .png, .svg or .pdf.
    wiring
        Draw the wiring diagram into this .png, .svg or .pdf.
    """
    from analysis import describe, describe_latex, facts
    from odenets.values import parse
    from schemes import get
    from schemes.registry import entry

    if latex and json:
        raise OdenetsError("--latex and --json are two formats, choose one")
    if not 1 <= order <= 8:
        raise OdenetsError(f"--order {order}: a modified equation is shown from order 1 to 8")
    given = assignments(set_)
    if pairs := [k for k, v in given.items() if ":" in v]:
        raise OdenetsError(
            f"--set {pairs[0]}={given[pairs[0]]} varies over a network's depth: a scheme takes one number"
        )
    found = get(scheme, **{k: parse(k, v) for k, v in given.items()})
    label = ", ".join([scheme, *(f"{k} = {v}" for k, v in given.items())])
    for path, draw in ((plot, region), (wiring, diagram)):
        if path is not None:
            from analysis import plots

            plots.save(draw(found, label), path)
    if json:
        print_json(facts(found, order))
    elif latex:
        print_text(describe_latex(found, order))
    else:
        print_text(f"{scheme}: {entry(scheme).summary}\n\n{describe(found, order)}")


def region(scheme: Any, label: str) -> Any:
    """The stability region on a grid that holds it."""
    import numpy as np

    from analysis import imaginary_interval, plots, real_interval, spectral_radius

    reach = min(1.5 * max(abs(float(f(scheme).low)) for f in (real_interval, imaginary_interval)) + 1, 30.0)
    x, y = np.linspace(-reach, reach / 3, 401), np.linspace(-reach * 2 / 3, reach * 2 / 3, 401)
    growth = spectral_radius(scheme, x[None, :] + 1j * y[:, None])
    return plots.stability_region(x, y, {label: growth}, title=f"Stability region of {label}")


def diagram(scheme: Any, label: str) -> Any:
    from analysis import plots

    return plots.wiring(replace(scheme, name=label))


COMMANDS = (schemes, show)
