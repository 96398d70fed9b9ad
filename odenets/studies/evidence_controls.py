"""Section 2 of the page of evidence, its controls: what trained networks lose with their history or blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import Claim, judged, not_run, signed
from odenets.studies.evidence_networks import NETWORKS
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_words import NOT_RUN, Links, Section, mean_text
from odenets.studies.statistics import newcombe, student

PARTS = {"whole": "whole", "history_removed": "history removed", "last_stage_removed": "last stage's blocks removed"}
WAYS = {"error": "", "recalibrated": ", batch norms averaged anew"}


def controls(runs: Runs, links: Links) -> Section:
    """Errors of trained networks on the first test images, whole and with a part taken out; nothing trained again."""
    header = ["network", "images", *(f"{part}{way}, %" for part in PARTS.values() for way in WAYS.values()), "files"]
    cells = [*NETWORKS, *(cell for cell in runs.cells if cell not in NETWORKS)]
    rows = []
    for cell in cells:
        if results := ablated(runs, cell):
            values = [mean_text(values_of(results, part, way)) for part in PARTS for way in WAYS]
            images = str(results[0].measure("ablations")["images"])
            rows.append([runs.title(cell), images, *values, links(results)])
    blocks = [row for cell in cells if (row := blocks_row(runs, cell, links))]
    longest = max((len(row) for row in blocks), default=0)
    padded = [[*row[:-1], *[""] * (longest - len(row)), row[-1]] for row in blocks]
    steps = ["network", *(str(n + 1) for n in range(longest - 2)), "files"]
    tables = {
        "parts": pipes(header, rows) if rows else NOT_RUN,
        "blocks": pipes(steps, padded) if blocks else NOT_RUN,
    }
    claims = [removal(runs, "lm_resnet20", part, f"Control: the trained LM-ResNet-20 is worse with its {name}")
              for part, name in list(PARTS.items())[1:]]  # fmt: skip
    return Section(tables, claims)


def ablated(runs: Runs, cell: str) -> list[Result]:
    return [r for r in runs.of(cell) if r.measure("ablations")]


def values_of(results: Sequence[Result], part: str, way: str) -> list[float]:
    """A number a result, of those that have this part."""
    return [float(found[part][way]) for r in results if part in (found := r.measure("ablations"))]


def removal(runs: Runs, cell: str, part: str, text: str) -> Claim:
    """The claim that a trained network is worse without a part; both with batch norms averaged anew.

    Student's interval of the rises, each of one training and of the same images; of one training the interval of the
    test images tells.
    """
    found = [r.measure("ablations") for r in ablated(runs, cell) if part in r.measure("ablations")]
    if not found:
        return not_run(text)
    errors = [(own[part]["recalibrated"], own["whole"]["recalibrated"], own["images"]) for own in found]
    rises = student([a - b for a, b, _ in errors])
    claim = judged(text, rises if rises.known else newcombe(*errors[0]), 1)
    each = ", ".join(signed(a - b) for a, b, _ in errors)
    return replace(claim, grounds=f"{claim.grounds}; by training {each}") if rises.known else claim


def blocks_row(runs: Runs, cell: str, links: Links) -> list[str]:
    """Error with each block alone taken out, batch norms averaged anew; × where the step crosses the shape."""
    results = ablated(runs, cell)
    if not results:
        return []
    columns = zip(*(r.measure("ablations")["blocks_removed"]["recalibrated"] for r in results), strict=True)
    errors = [mean_text([x for x in column if x is not None]).replace("—", "×") for column in columns]
    return [runs.title(cell), *errors, links(results)]
