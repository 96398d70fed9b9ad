"""Section 6 of the page of evidence, its theory: how far steps go and gradients grow, against the modified equation."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from itertools import pairwise

from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import Claim, counted
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_words import NOT_RUN, Links

FIXED = {"k_minus_0.9": -0.9, "k_minus_0.5": -0.5, "resnet20": 0.0, "k_plus_0.5": 0.5}
LEARNED = "lm_resnet20"
FIRST = 0  # the seed whose blocks all k share before training


def advances(result: Result) -> list[tuple[int, float, float, float]]:
    """(step, measured, transient, limit) of each step of the trained network that is not 1 or alike by definition."""
    found = result.measure("sensitivity").get("trained", {}).get("advance")
    if not found:
        return []
    rows = enumerate(zip(found["measured"], found["transient"], found["limit"], strict=True), 1)
    known = ((n, row) for n, row in rows if None not in row and row[1] not in (1, row[2]))
    return [(n, float(measured), float(transient), float(limit)) for n, (measured, transient, limit) in known]


def advance_table(runs: Runs, links: Links) -> str:
    """Of the first seed of each network, measured / with the start-up / limit, a column a step."""
    known = {cell: {n: row for n, *row in advances(r)} for cell in (*FIXED, LEARNED) for r in runs.of(cell)[:1]}
    steps = sorted({n for own in known.values() for n in own})
    rows = [
        [runs.title(cell), *(" / ".join(f"{x:.2f}" for x in own.get(n, [])) for n in steps), links(runs.of(cell)[:1])]
        for cell, own in known.items()
        if own
    ]
    return pipes(["network", *(f"step {n}" for n in steps), "file"], rows) if rows else NOT_RUN


def advance_claims(runs: Runs) -> list[Claim]:
    rows = [row for cell in (*FIXED, LEARNED) for r in runs.of(cell) for row in advances(r)]
    nearer = Counter(nearest(measured, transient, limit) for _, measured, transient, limit in rows)
    forward = sum((measured > 1) == (limit > 1 or limit < 0) for _, measured, _, limit in rows)  # < 0: k < -1
    return [
        counted("A step goes along f by more than f where k < 0 and by less where k > 0", forward, len(rows), "steps"),
        counted("The start-up of its stage predicts how far a step goes, better than 1/(1 + k) and than Euler's 1",
                nearer["transient"], len(rows),
                f"steps; {nearer['one']} are nearest to 1, {nearer['limit']} to 1/(1 + k)"),
    ]  # fmt: skip


def nearest(measured: float, transient: float, limit: float) -> str:
    """Which prediction is nearest to what was measured; one: Euler's, of an f that has turned away from all before."""
    known = {"transient": transient, "limit": limit, "one": 1.0}
    return min(known, key=lambda name: abs(known[name] - measured))


def untrained(runs: Runs) -> list[tuple[str, float, float, float, float]]:
    """(cell, k, ln (first / last) of gradients before training, of 1/(1 + k), of the start-up) with one seed's blocks.

    Both predictions are Euler's logarithm times an advance, the mean over the steps: 1/(1 + k), and what the start-up
    of each stage leaves of it.
    """
    found = {}
    for cell, k in sorted(FIXED.items(), key=lambda item: item[1]):
        for r in (r for r in runs.of(cell) if r.seed == FIRST):
            before = r.measure("sensitivity").get("before", {})
            norms, advance = before.get("gradients"), before.get("advance")
            if norms and advance and None not in (norms[0], norms[-1], *advance["limit"], *advance["transient"]):
                means = (statistics.fmean(advance[name]) for name in ("limit", "transient"))
                found[cell] = (k, math.log(norms[0] / norms[-1]), *means)
    euler = found.get("resnet20")
    return [] if euler is None else [(cell, k, ln, a * euler[1], b * euler[1]) for cell, (k, ln, a, b) in found.items()]


def untrained_table(runs: Runs, links: Links) -> str:
    rows = [
        [f"{k:g}".replace("-", "−"), *(f"{x:.2f}" for x in logs), links(r for r in runs.of(cell) if r.seed == FIRST)]
        for cell, k, *logs in untrained(runs)
    ]
    return pipes(["k", "measured", "by 1/(1 + k)", "with the start-up", "file"], rows) if rows else NOT_RUN


def untrained_claims(runs: Runs) -> list[Claim]:
    """Gradients of the same blocks: the order by k that is predicted, and the size."""
    rows = untrained(runs)
    logs = [ln for _, _, ln, *_ in rows]
    pairs = list(pairwise(logs))
    euler = next((ln for _, k, ln, *_ in rows if k == 0), math.nan)
    others = [row for row in rows if row[1] != 0]
    near = sum(min(abs(ln - a), abs(ln - b)) < abs(ln - euler) for _, _, ln, a, b in others)
    return [
        counted("Before training, with the same blocks, gradients grow the more, the lower k",
                sum(a > b for a, b in pairs), len(pairs), "neighbouring k"),
        counted("Before training ln (first / last) is nearer to what the modified equation predicts, with the start-up "
                "or without, than to that of k = 0", near, len(others), "k"),
    ]  # fmt: skip
