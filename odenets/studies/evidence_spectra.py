"""Section 5 of the page of evidence: the leading eigenvalues of the blocks, against the regions of their steps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.stability import spectral_radius
from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import Claim, counted, judged, shown
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_words import NOT_RUN, Links, Section, mean_text
from odenets.studies.statistics import student
from schemes import loads

NAMES = {"resnet20": "ResNet-20", "lm_resnet20": "LM-ResNet-20"}
WITH_SPECTRA = tuple(NAMES)
Pair = tuple[str, str]  # whose hλ and whose coefficients
BEFORE, AFTER = ("before", "before"), ("after", "after")
CHANGES = ((BEFORE, AFTER), (BEFORE, ("after", "before")), (BEFORE, ("before", "after")))
COUNTED = {False: "Re hλ ≤ 0", True: "all"}
Moves = Mapping[tuple[str, bool], Sequence[tuple[list[float], list[float]]]]  # by network and COUNTED, of CHANGES
ROUNDING = 1e-9  # of |ζ| = 1, as where they were measured


def spectra(runs: Runs, links: Links) -> Section:
    """Leading eigenvalues of the blocks of ResNet and LM-ResNet, before training and after."""
    decide = [
        "For the spectra: more images and seeds, and the Jacobians of whole stages, as frozen coefficients speak of "
        "one step alone.",
    ]
    moves = {(cell, growing): [moved(runs.of(cell), growing, *change) for change in CHANGES]
             for cell in WITH_SPECTRA for growing in COUNTED}  # fmt: skip
    tables = {"spectra": spectra_table(runs, links), "moves": moves_table(runs, links, moves)}
    return Section(tables, spectra_claims(runs, moves), decide)


def measured_steps(result: Result) -> list[dict[str, Any]]:
    """The steps of a network whose spectra were taken, before training and after."""
    steps = result.measure("spectra").get("steps", [])
    return [s for s in steps if None not in (s.get("inside_after"), s.get("inside_before"))]


def share_inside(step: Mapping[str, Any], when: str, table: str = "", growing: bool = False) -> float | None:
    """The share, in %, of the leading hλ with Re hλ ≤ 0 at which the step's scheme does not grow; None without any.

    when     "before" training or "after" it; table: the coefficients of the other time in place of its own
    growing  those with Re hλ > 0 count too, which are outside of every region near 0 whatever training does
    """
    values = [complex(*z) for image in step[when] for z in image if growing or z[0] <= 0]
    if not values:
        return None
    growth = spectral_radius(loads(json.dumps(step[f"table_{table or when}"]), "json"), values)
    return 100 * float((growth <= 1 + ROUNDING).mean())


def spectra_table(runs: Runs, links: Links) -> str:
    """Share of the leading hλ with Re hλ ≤ 0 inside the step's own region and the largest |ζ|, means over seeds."""
    header = ["network", "stage.step", "Re hλ ≤ 0: inside before, %", "after, %", "largest root before",
              "largest root after", "files"]  # fmt: skip
    rows = []
    for cell in WITH_SPECTRA:
        known = [(r, {(s["stage"], s["step"]): s for s in measured_steps(r)}) for r in runs.of(cell)]
        for stage, number in sorted({place for _, steps in known for place in steps}):
            results = [r for r, steps in known if (stage, number) in steps]  # a seed may lack a step
            own = [steps[stage, number] for _, steps in known if (stage, number) in steps]
            shares = (
                mean_text([x for s in own if (x := share_inside(s, when)) is not None], 0)
                for when in ("before", "after")
            )
            roots = (mean_text([s[f"growth_{when}"] for s in own]) for when in ("before", "after"))
            place = f"{stage + 1}.{number + 1}"
            rows.append([runs.title(cell), place, *shares, *roots, links(results)])
    return pipes(header, rows) if rows else NOT_RUN


def moves_table(runs: Runs, links: Links, moves: Moves) -> str:
    """What training adds to the share inside, in points, and what of it hλ and the regions' k add by themselves."""
    header = ["network", "of", "steps", "training adds", "hλ alone, k as before", "k alone, hλ as before", "files"]
    rows = []
    for (cell, growing), changes in moves.items():
        known = [r for r in runs.of(cell) if measured_steps(r)]
        for steps, found in zip(("all", "without the first"), zip(*changes, strict=True), strict=True):
            row = [runs.title(cell), COUNTED[growing], steps, *(shown(student(own)) for own in found), links(known)]
            rows.extend([row] if known else [])
    return pipes(header, rows) if rows else NOT_RUN


def spectra_claims(runs: Runs, moves: Moves) -> list[Claim]:
    """Whether the share inside rises with training, the mean over steps by seed, of decaying modes and of all.

    It holds only if it does without the network's first step too: before training all of its hλ are outside and after
    it none, and this one step must not decide for all.
    """
    told = []
    for (cell, growing), (trained, *_) in moves.items():
        which = "all the leading hλ" if growing else f"the leading hλ with {COUNTED[growing]}"
        text = f"After training more of {which} of {NAMES[cell]}'s blocks are inside the regions of their steps"
        every, later = map(student, trained)
        found = judged(text, every, 1, "points of the share inside, the mean over steps")
        if every.count and later.count:
            outcome = found.outcome if later.sign == every.sign else "not decided"
            found = Claim(text, outcome, f"{found.grounds}; without the network's first step {shown(later)}")
        told.append(found)
    return [*told, smaller_roots(runs)]


def smaller_roots(runs: Runs) -> Claim:
    """Whether training makes the largest |ζ| of a step smaller, growing modes of u' = λu included."""
    pairs = [(s["growth_before"], s["growth_after"]) for cell in WITH_SPECTRA for r in runs.of(cell)
             for s in measured_steps(r)]  # fmt: skip
    known = [(a, b) for a, b in pairs if None not in (a, b)]
    return counted("The largest root of a step is smaller after training than before", sum(b < a for a, b in known),
                   len(known), "steps of all trainings")  # fmt: skip


def moved(
    results: Sequence[Result], growing: bool = False, start: Pair = BEFORE, end: Pair = AFTER
) -> tuple[list[float], list[float]]:
    """What leads from start to end adds to the share inside, in points: by seed the mean over all steps, and over all
    but the network's first.
    """
    every: list[float] = []
    later: list[float] = []
    for result in results:
        shares = {
            (s["stage"], s["step"]): (share_inside(s, *start, growing), share_inside(s, *end, growing))
            for s in measured_steps(result)
        }
        gains = {place: b - a for place, (a, b) in shares.items() if a is not None and b is not None}
        for means, own in ((every, gains), (later, {place: x for place, x in gains.items() if place > (0, 0)})):
            means.extend([float(np.mean(list(own.values())))] if own else [])
    return every, later
