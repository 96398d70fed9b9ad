"""The command that lists and finds schemes."""

from __future__ import annotations

from odenets.cli.common import print_json, print_table
from odenets.errors import OdenetsError


def schemes(
    *,
    kind: str | None = None,
    order: int | None = None,
    min_order: int | None = None,
    stages: int | None = None,
    max_stages: int | None = None,
    explicit: bool | None = None,
    learned: bool | None = None,
    stochastic: bool | None = None,
    embedded: bool | None = None,
    stage_order: int | None = None,
    real_interval: float | None = None,
    imaginary_interval: float | None = None,
    a_alpha: float | None = None,
    a_stable: bool | None = None,
    l_stable: bool | None = None,
    ssp_coefficient: float | None = None,
    symplectic: bool | None = None,
    symmetric: bool | None = None,
    invertible: bool | None = None,
    max_registers: int | None = None,
    max_evaluations: int | None = None,
    sort: str | None = None,
    limit: int | None = None,
    json: bool = False,
) -> None:
    """List the schemes, or those with the given facts. Intervals, angles and orders of stages are at least as large.

    Example: odenets schemes --order 4 --explicit --max-stages 6 --real-interval 5 --sort error-constant

    Parameters
    ----------
    kind
        runge_kutta, multistep, partitioned, operator or general_linear.
    order
        Order of consistency; of a stochastic scheme, that of its mean.
    min_order
        At least this order.
    stages
        Evaluations of a field in a step.
    max_stages
        At most so many.
    explicit
        Whether each stage needs only earlier ones.
    learned
        Whether it has learned coefficients.
    stochastic
        Whether it has random coefficients.
    embedded
        Whether it has embedded weights, to estimate its error.
    stage_order
        Order of its stages.
    real_interval
        Stable on [-x, 0] of hλ.
    imaginary_interval
        Stable on [-y, y] i of hλ.
    a_alpha
        A(α)-stable with at least this α, in degrees.
    a_stable
        Whether it is A-stable.
    l_stable
        Whether it is L-stable.
    ssp_coefficient
        Strong-stability-preserving to this multiple of Euler's step.
    symplectic
        Whether it conserves every quadratic invariant (symplectic forms), to all orders.
    symmetric
        Whether it is its own adjoint, to all orders.
    invertible
        Whether the step before is found from the states after it, explicitly.
    max_registers
        At most so many vectors to keep.
    max_evaluations
        At most so many evaluations a step, or stages to solve for; what the step before has computed is free.
    sort
        A fact to sort by, best first: principal-error-norm, real-interval, stages …; --sort=-stages is worst first.
        The error constant is that of u' = λu alone.
    limit
        At most so many.
    json
        Print JSON only.
    """
    given = {k: v for k, v in locals().items() if k not in ("sort", "limit", "json") and v is not None}
    from analysis.finding import search
    from analysis.summary import as_plain

    if limit is not None and limit < 1:
        raise OdenetsError(f"--limit {limit}: it must be at least 1")
    turned = sort and sort[0] + sort[1:].replace("-", "_")
    found = search(turned, **given)[:limit]
    if json:
        keys = ("kind", "stages", "history", "explicit", "exact", "source")
        print_json([{"name": f.entry.name, "summary": f.entry.summary, "order": f.entry.order, **as_plain(f.facts),
                     **{k: getattr(f.scheme, k) for k in keys}, "learned": f.scheme.role("learned"),
                     "random": f.scheme.role("random"), "origin": f.entry.origin} for f in found])  # fmt: skip
        return
    if not found:
        raise OdenetsError("no scheme meets all of these: drop one, or design one by schemes.design.runge_kutta")
    shown = ("kind", "order", "stages")
    asked = [fact for fact, value in found[0].facts.items() if fact not in shown and not isinstance(value, bool)]
    rows = [
        [f.entry.name, f.scheme.kind, f.entry.order or "–", f.scheme.stages, *(told(x, f.facts[x]) for x in asked),
         f.entry.summary + "".join(f" {p.name}: {p.kind}." for p in f.scheme.parameters)]
        for f in found
    ]  # fmt: skip
    header = ["name", "kind", "order", "stages", *(fact.replace("_", " ") for fact in asked), "summary"]
    print_table("", header, rows, numbers=(2, 3))


def told(name: str, value: object) -> str:
    """A fact as a cell of the list: as certificates write it, or as it is."""
    from dataclasses import fields

    from analysis import Certificate
    from analysis.certificates import cell

    about = next((f.metadata["fact"] for f in fields(Certificate) if f.name == name), None)
    return cell(about, value) if about else str(value)


COMMANDS = (schemes,)
