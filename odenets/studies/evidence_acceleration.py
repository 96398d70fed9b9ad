"""Section 6 of the page of evidence: the same network with k fixed and learned, against the modified equation."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import Claim, Outcome, lower, not_run, shown
from odenets.studies.evidence_learned import learned_k
from odenets.studies.evidence_modified import (
    FIXED,
    LEARNED,
    advance_claims,
    advance_table,
    untrained_claims,
    untrained_table,
)
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_words import NOT_RUN, Links, Section, error_text, mean_text
from odenets.studies.statistics import holm, pooled, pooled_spread, slope

FEWEST = 3  # values of k without which an order says nothing


def acceleration(runs: Runs, links: Links) -> Section:
    """Training loss, noise, gradients and advance of a step, by k."""
    header = ["k", "cell", "1/(1 + k)", "stable for real hλ in", "training loss, first epoch",
              "training loss, last epoch", "test error, %", "‖dL/du‖, first / last",
              "‖δu‖, last / first", "files"]  # fmt: skip
    rows = [row(runs, cell, links) for cell in (*FIXED, LEARNED)]
    tables = {"networks": pipes(header, rows), "noise": noise_table(runs, links),
              "advance": advance_table(runs, links), "untrained": untrained_table(runs, links)}  # fmt: skip
    early, late = "the first epoch", "the last epoch"
    claims = [
        ordered(runs, first_loss, 1, f"The lower k, the lower the training loss of {early}"),
        ordered(runs, last_loss, 1, f"The lower k, the lower the training loss of {late}"),
        lower(runs, "k_minus_0.5", "resnet20", "k = −0.5 has a lower test error than k = 0"),
        lower(runs, "k_minus_0.9", "resnet20", "k = −0.9 has a lower test error than k = 0"),
        lower(runs, "resnet20", "k_plus_0.5", "k = 0 has a lower test error than k = 0.5"),
        lower(runs, LEARNED, "k_minus_0.5", "The learned k have a lower test error than k = −0.5"),
        ordered(runs, noise_rise, 1,
                "The lower k, the less noise on the input raises the error (in points, the mean over levels)"),
        ordered(runs, gradient_growth, -1,
                "The lower k, the more gradients grow on their way to the input, by ln (first / last)"),
        *untrained_claims(runs),
        *advance_claims(runs),
    ]  # fmt: skip
    decide = [
        "Several seeds of each k: the intervals of single trainings are borrowed.",
        "Longer stages: three steps are too few for the smooth limit 1/(1 + k), so the start-up of each stage counts.",
    ]
    return Section(tables, claims, decide)


def row(runs: Runs, cell: str, links: Links) -> list[str]:
    found = runs.of(cell)
    k = FIXED.get(cell)
    known = learned_k(found)
    if k is not None:
        theory = [f"{k:g}".replace("-", "−"), f"`{cell}`", f"{1 / (1 + k):.3g}", f"[−{2 * (1 - k):.3g}, 0]"]
    else:
        ends = [] if known is None else [np.nanmin(known.last), np.nanmax(known.last)]
        span = " to ".join(f"{x:.2f}" for x in ends).replace("-", "−")
        theory = [", ".join(filter(None, ["learned", span])), f"`{cell}`", "", ""]
    if not found:
        return [*theory, "", "", error_text(runs, cell), "", "", links(runs.diverged(cell))]
    values: list[Callable[[Result], float | None]] = [first_loss, last_loss, gradient_ratio, growth]
    early, late, *ratios = (mean_text([x for r in found if (x := value(r)) is not None], 3) for value in values)
    return [*theory, early, late, error_text(runs, cell), *ratios, links(found)]


def first_loss(result: Result) -> float | None:
    return number(result.data["metrics"]["train_loss"][1:2])


def last_loss(result: Result) -> float | None:
    return number(result.data["metrics"]["train_loss"][-1:])


def number(values: Sequence[Any]) -> float | None:
    return None if not values or values[0] is None else float(values[0])


def noise_rise(result: Result) -> float | None:
    """How much noise on the input raises the error, in points, the mean over its levels."""
    found = result.measure("inputs")
    if not found.get("error", [])[1:]:
        return None
    return statistics.fmean(e - found["error"][0] for e in found["error"][1:])


def gradient_ratio(result: Result) -> float | None:
    """‖dL/du_0‖ / ‖dL/du_N‖, of the state behind the stem and of the last one."""
    found = result.measure("sensitivity").get("trained", {}).get("gradients")
    return found[0] / found[-1] if found and found[0] is not None and found[-1] else None


def growth(result: Result) -> float | None:
    """rms ‖δu_N‖ / rms ‖δu_0‖ for normal δu_0, of the last state and of that behind the stem."""
    return number(result.measure("sensitivity").get("trained", {}).get("growth", [])[-1:])


def gradient_growth(result: Result) -> float | None:
    """The logarithm of `gradient_ratio`: a factor is spread in proportion to its size, and one spread serves all k."""
    found = gradient_ratio(result)
    return math.log(found) if found else None


def ordered(runs: Runs, value: Callable[[Result], float | None], sign: int, text: str) -> Claim:
    """The claim that a number rises (sign 1) or falls (-1) with k, from each fixed k to the next.

    Each difference has the interval of the spread that the repeated networks show in this number. The claim holds where
    all have the sign, and does not where one has the other by Holm's rule: all are needed for the one, any would do for
    the other. The slope over all k is told, and decides nothing.
    """
    cells = [cell for cell in runs.cells if runs.comparable(cell, "resnet20")]
    known = {cell: own for cell in cells if (own := [x for r in runs.of(cell) if (x := value(r)) is not None])}
    found = [(k, known[cell]) for cell, k in sorted(FIXED.items(), key=lambda item: item[1]) if cell in known]
    if len(found) < FEWEST:
        return not_run(text)
    spread = pooled_spread(list(known.values()))
    steps = [pooled(b, a, *spread) for (_, a), (_, b) in pairwise(found)]
    all_so = all(step.sign == sign for step in steps)
    against = any(kept and sign * step.mean < 0 for step, kept in zip(steps, holm([s.p for s in steps]), strict=True))
    outcome: Outcome = "holds" if all_so else "does not hold" if against else "not decided"
    said = ", ".join(f"{statistics.fmean(x):.3f} at k = {k:g}".replace("-", "−") for k, x in found)
    each = ", ".join(shown(step, 4) for step in steps)
    how = f"from each to the next {each} (95 %, spread borrowed)" if spread[1] else "without intervals"
    line = slope(dict(found), *spread)
    opposite = ", the opposite of what is claimed" if line.sign == -sign else ""
    return Claim(text, outcome, f"{said}, {how}; slope {shown(line, 3)} a unit of k{opposite}")


def noise_table(runs: Runs, links: Links) -> str:
    """Test error by level of noise, means over seeds."""
    known = {cell: own for cell in (*FIXED, LEARNED) if (own := [r for r in runs.of(cell) if r.measure("inputs")])}
    if not known:
        return NOT_RUN
    levels = next(iter(known.values()))[0].measure("inputs")["levels"]
    rows = [
        [runs.title(cell), *(mean_text([r.measure("inputs")["error"][i] for r in own]) for i in range(len(levels))),
         links(own)]
        for cell, own in known.items()
    ]  # fmt: skip
    return pipes(["network", *(f"noise {level:g}" for level in levels), "files"], rows)
