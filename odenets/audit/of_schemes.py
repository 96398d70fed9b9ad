"""Our own registry: `schemes.step` in numpy, against the order that is computed exactly from the table."""

from __future__ import annotations

from typing import Any

from analysis import effective_weights, order, probe
from analysis.probing import TOLERANCE
from odenets.audit.findings import Finding, attempted, highest, of_probes
from schemes import Scheme, get, names, step
from schemes.rewriting import without_idle

ROUNDING = 1e-13  # of sums of a table's entries, in units of the largest sum; beyond LARGE one order more seems met
LARGE = 1e-9


def findings(asked: int | None) -> list[Finding]:
    return [attempted(finding, "schemes", name, get(name), asked) for name in names()]


def finding(name: str, scheme: Scheme, asked: int | None) -> Finding:
    if reason := unfit(scheme):
        return Finding("schemes", name, reason=reason)
    scheme = without_idle(scheme.mean())  # the mean of noise needs no evaluation of what it multiplies
    claimed = order(scheme)
    found = Finding("schemes", name, claimed)
    fields = tuple(name for name, w in effective_weights(scheme).items() if w)
    tolerance = max(TOLERANCE, float(scheme.tolerance), min(ROUNDING * size(scheme), LARGE))
    # a scheme knows no time: its nodes are A 1 by definition
    trees = min(asked or claimed + 1, highest(fields))
    measured = probe(stepper(scheme), trees, fields=fields, timed=False, tolerance=tolerance)
    return of_probes(found, [measured], exact=True)


def size(scheme: Scheme) -> float:
    """How large sums of entries become: doubles round in proportion."""
    rows = (*scheme.A, *scheme.B)
    return max(1.0, *(sum(abs(float(x)) for x in row) for row in rows))


def unfit(scheme: Scheme) -> str:
    """Why a scheme is not probed; empty if it is."""
    if not scheme.explicit:
        return "is implicit: step takes explicit schemes"
    if len(scheme.states) > 1:
        return "has several states: one step of it is not a one-step method"
    if scheme.operator:
        return "applies f to a slope: it has no B-series"
    return "has free parameters" if scheme.mean().symbols else ""


def stepper(scheme: Scheme) -> Any:
    """One step of size h with the fields in units of their effective weights."""
    weights = {name: float(w) for name, w in effective_weights(scheme).items()}
    idle = dict.fromkeys(scheme.fields, lambda y: 0 * y)  # fields that the limit equation has not

    def solver(f: Any, t: float, y: Any, h: float) -> Any:
        given = f if isinstance(f, dict) else dict.fromkeys(weights, f)
        fields = {name: lambda y, g=g, w=weights[name]: g(t, y) / w for name, g in given.items() if weights[name]}
        (after,) = step(scheme, {**idle, **fields}, [y], h)
        return after

    return solver
