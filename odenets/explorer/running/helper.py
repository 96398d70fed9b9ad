"""A process beside the server for what needs torch or matplotlib: python -m odenets.explorer.running.helper

    about ROOT ID…     JSON {id: {"stages", "command", "ranges", "two_step"} or {"sentence"}}
    report ROOT ID     the HTML of the run's report

What is wrong is one sentence on standard error, with exit status 2.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from analysis import effective_step, zero_stable_range
from analysis.errors import AnalysisError
from odenets.errors import OdenetsError
from odenets.records import Records, Run
from schemes import Scheme, SchemeError

TRIED = (Fraction(-1, 2), Fraction(1, 3), Fraction(2))  # a polynomial of degree 2 in k is known by three values
WRONG = (OdenetsError, AnalysisError, SchemeError, KeyError, TypeError, ValueError)  # a record may hold anything


def main(words: Sequence[str]) -> None:
    task, root, *ids = words
    try:
        if task == "about":
            with Records(Path(root)) as records:
                print(json.dumps({id: about(records.run(id)) for id in ids}))
        else:
            sys.stdout.write(report(Path(root), ids[0]))
    except (OdenetsError, AnalysisError, SchemeError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def report(root: Path, id: str) -> str:
    from odenets.report import write_report

    with tempfile.TemporaryDirectory() as folder:
        return write_report(root, [id], Path(folder) / "report.html").read_text(encoding="utf-8")


def about(run: Run) -> dict[str, Any]:
    """What a run's configuration says of its network; {"sentence"} where it is no network of ours."""
    from odenets.commands import command
    from odenets.results import spec_of

    try:
        spec = spec_of(run)
        schemes = list({spec.scheme_at(*place): None for place in spec.places})
        learned = {p.name for scheme in schemes for p in scheme.parameters if p.kind == "learned"}
        return {
            "stages": list(spec.steps),
            "command": command(run.config),
            "ranges": {name: found for name in learned if (found := ranges(schemes, name))},
            "two_step": {name: pair for name in learned if (pair := two_step(schemes, name, spec.consistent))},
        }
    except WRONG as error:
        return {"sentence": f"what the network of this run is cannot be told: {error}"}


def ranges(schemes: Sequence[Scheme], name: str) -> list[list[float | None]] | None:
    """[low, high] of each interval of the parameter on which the scheme is zero-stable; None: an infinite end."""
    if len(schemes) != 1:
        return None
    try:
        found = zero_stable_range(schemes[0])
    except AnalysisError:
        return None
    return [[bound(x.low), bound(x.high)] for x in found] if name in schemes[0].mean().symbols else None


def bound(x: Any) -> float | None:
    return None if abs(x) == float("inf") else float(x)


def two_step(schemes: Sequence[Scheme], k: str, consistent: bool) -> list[float] | None:
    """[b, c] of the effective step (b + c k)/(1 + k) of a scheme whose characteristic roots are 1 and -k; else None.

    Source: Lu, Zhong, Li, Dong 2018, section 2; docs/theory.md, section 2.
    """
    if len(schemes) != 1 or len(schemes[0].V) != 2 or k not in schemes[0].mean().symbols:
        return None
    scheme = schemes[0].mean()
    try:
        if any(trace_and_determinant(scheme.at(**{k: x})) != (1 - x, -x) for x in TRIED):
            return None
        if consistent:
            return [1.0, 1.0]
        first, *rest = [effective_step(scheme.at(**{k: x})) * (1 + x) for x in (Fraction(0), *TRIED)]
    except (AnalysisError, SchemeError):
        return None
    slope = (rest[0] - first) / TRIED[0]
    return (
        [float(first), float(slope)] if all(first + slope * x == y for x, y in zip(TRIED, rest, strict=True)) else None
    )


def trace_and_determinant(scheme: Scheme) -> tuple[Any, Any]:
    (a, b), (c, d) = scheme.V
    return a + d, a * d - b * c


if __name__ == "__main__":
    main(sys.argv[1:])
