"""Section 5 of the page of evidence: the k that were learned, against theory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from analysis.k_theory import LearnedK, effective_step, past_range, running_product
from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import Claim, counted, signed
from odenets.studies.evidence_modified import LEARNED
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_words import NOT_RUN, Links, Section, mean_text
from schemes import get, names
from schemes.consistency import weight

REPLICATED = 15  # steps of depth 32, from where on the replication's last k was past the range; at depth 20 it was not


def learned_k(results: Sequence[Result]) -> LearnedK | None:
    """k by (seed, epoch, step) of runs of one network; None where none learned any."""
    found = [r for r in results if r.data["learned"].get("k")]
    if not found:
        return None
    k = np.array([[[np.nan if x is None else x for x in row] for row in r.data["learned"]["k"]] for r in found], float)
    return LearnedK.read(k, found[0].data["steps"], range(k.shape[1]))


def accelerates(result: Result) -> bool:
    """Whether the effective step of a scheme is 1/(1 + k), by its table: not so if consistent or if f is dropped."""
    name = result.config["spec"].get("scheme", "")
    return name in names() and weight(get(name).at(k=Fraction(-1, 2))) == 2


def learned(runs: Runs, links: Links, decide: Sequence[str] = ()) -> Section:
    """k of all networks that have learned any, by step and by training; LM-ResNet-20 first."""
    cells = sorted(runs.cells, key=lambda cell: cell != LEARNED)
    known = {cell: data for cell in cells if (data := learned_k(runs.of(cell))) is not None}
    steps = [row for cell, data in known.items() for row in by_step(runs, cell, data, links)]
    seeds = [row for cell, data in known.items() for row in by_seed(runs, cell, data, links)]
    header = ["network", "step", "k at the start", "k at the end", "1/(1 + k), Euler steps", "files"]
    about = ["network", "steps", "smallest k", "largest k", "mean k at the start", "at the end", "past (−1, 1]",
             "Σ 1/(1 + k) at the start", "at the end", "Σ of measured advances",
             "largest parasitic product at a stage's end", "stages with a sawtooth", "file"]  # fmt: skip
    tables = {"steps": pipes(header, steps) if steps else NOT_RUN, "seeds": pipes(about, seeds) if seeds else NOT_RUN}
    longer = {cell: data for cell, data in known.items() if accelerates(runs.of(cell)[0])}
    paths = [(total, r.data["steps"]) for cell in longer for r in runs.of(cell) if (total := path(r)) is not None]
    claims = [inside([(runs.title(cell), data) for cell, data in known.items()]), *k_claims(list(known.values()))]
    return Section(tables, [*claims, sums(list(longer.values())), further(paths)], list(decide))


def by_step(runs: Runs, cell: str, data: LearnedK, links: Links) -> list[list[str]]:
    rows = []
    for n in np.flatnonzero(~data.absent):
        sizes = effective_step(data.last[:, n], np.zeros(data.seeds, bool))
        size = mean_text(sizes.tolist()) if not np.isnan(sizes).any() else "none: k ≤ −1"
        size = size if accelerates(runs.of(cell)[0]) else "—"
        start, end = (mean_text(data.k[:, epoch, n].tolist(), 3) for epoch in (0, -1))
        rows.append([runs.title(cell), str(n + 1), start, end, size, links(runs.of(cell))])
    return rows


def by_seed(runs: Runs, cell: str, data: LearnedK, links: Links) -> list[list[str]]:
    results = [r for r in runs.of(cell) if r.data["learned"].get("k")]
    rows = []
    for i, (result, first, k) in enumerate(zip(results, data.k[:, 0], data.last, strict=True)):
        values = [mean_text([x], 3) for x in (np.nanmin(k), np.nanmax(k), np.nanmean(first), np.nanmean(k))]
        depths = [found[i] for found in (effective_depth(beginning(data)), effective_depth(data))]
        product, teeth, walked = max(products(data, i)), sawteeth(data)[i], path(result)
        theory = [
            str(past_range(k).sum()),
            *("—" if not accelerates(result) else "none: k ≤ −1" if np.isnan(x) else f"{x:.2f}" for x in depths),
            "—" if walked is None else f"{walked:.2f}",
            f"{product:.3f}",
            f"{sum(teeth)} of {len(teeth)}",
        ]
        rows.append([runs.title(cell), str(data.steps), *values, *theory, links([result])])
    return rows


def beginning(data: LearnedK) -> LearnedK:
    """k before training alone."""
    return LearnedK.read(data.k[:, :1], data.stages)


def path(result: Result) -> float | None:
    """Σ of the measured advances of a trained network along its own f, in Euler steps; None where one is not known."""
    measured = (result.measure("sensitivity").get("trained", {}).get("advance") or {}).get("measured", [None])
    return None if None in measured else float(sum(measured))


def effective_depth(data: LearnedK) -> list[float]:
    """Σ 1/(1 + k_n) over the steps, by seed, in Euler steps; nan where a k ≤ -1 has none."""
    return [float(effective_step(k, data.absent).sum()) for k in data.last]


def products(data: LearnedK, seed: int) -> list[float]:
    """|∏ -k_n| of each stage over all of its steps with a k, of one seed: what is left of a parasitic mode of 1."""
    found = running_product(data.last[seed], data.starts)
    return [float(part[~np.isnan(part)][-1]) for part in stages(data, found) if not np.isnan(part).all()]


def stages(data: LearnedK, values: Any) -> list[Any]:
    return np.split(values, data.starts[1:])


def both_ends(data: LearnedK) -> list[list[tuple[float, float]]]:
    """By seed, the first and the last k of each stage with two k or more."""
    return [
        [(float(own[0]), float(own[-1])) for part in stages(data, k) if len(own := part[~np.isnan(part)]) > 1]
        for k in data.last
    ]


def sawteeth(data: LearnedK) -> list[list[bool]]:
    """By seed, of each stage with two k or more: whether its first k is positive and its last negative."""
    return [[first > 0 > last for first, last in own] for own in both_ends(data)]


def falling(data: LearnedK) -> list[list[bool]]:
    """By seed, of each stage with two k or more: whether its last k is below its first."""
    return [[last < first for first, last in own] for own in both_ends(data)]


def inside(networks: Sequence[tuple[str, LearnedK]]) -> Claim:
    """Whether all k end in the range, and which do not, by the title of their network."""
    ends = [(title, k) for title, data in networks for k in data.last]
    claim = counted("Every k ends inside the zero-stable range −1 < k ≤ 1",
                    sum(not past_range(k).any() for _, k in ends), len(ends), "trainings")  # fmt: skip
    odd = [
        f"{title}: " + ", ".join(f"{signed(k[n])} in step {n + 1}" for n in np.flatnonzero(past_range(k)))
        for title, k in ends
        if past_range(k).any()
    ]
    return replace(claim, grounds="; ".join([claim.grounds, *odd]))


def sums(networks: Sequence[LearnedK]) -> Claim:
    """Whether training makes Σ 1/(1 + k) larger, in networks whose step is 1/(1 + k)."""
    depths = [pair for data in networks
              for pair in zip(effective_depth(beginning(data)), effective_depth(data), strict=True)
              if not np.isnan(pair[1])]  # fmt: skip
    text = "Training makes Σ 1/(1 + k_n) larger, which any scatter of the k does"
    return counted(text, sum(b > a for a, b in depths), len(depths), "trainings")


def k_claims(networks: Sequence[LearnedK]) -> list[Claim]:
    """What k of all trainings say together."""
    ends = [k[~np.isnan(k)] for data in networks for k in data.last]
    teeth = [tooth for data in networks for own in sawteeth(data) for tooth in own]
    falls = [fall for data in networks for own in falling(data) for fall in own]
    fell = [np.nanmean(k[-1]) < np.nanmean(k[0]) for data in networks for k in data.k]

    def all_of(text: str, found: Sequence[Any], what: str = "trainings") -> Claim:
        return counted(text, sum(map(bool, found)), len(found), what)

    return [
        all_of("The last k ends outside −1 < k ≤ 1, as the replication found at depths 32, 44 and 56",
               [past_range(own[~np.isnan(own)][-1:]).any() for data in networks if data.steps >= REPLICATED
                for own in data.last]),
        all_of("Most k end at or below 0, on the accelerating side, where all of them start",
               [(k <= 0).mean() > 0.5 for k in ends]),
        all_of("Training lowers the mean of the k", fell),
        all_of("The last k of the network is its smallest, a strict reading of the paper's fall of k towards the end",
               [k[-1] == k.min() for k in ends]),
        all_of("Within a stage k falls from its first to its last (looked for when this had been seen)", falls,
               "stages"),
        all_of("The replication's sawtooth: the first k of a stage is positive, its last negative", teeth,
               "stages"),
    ]  # fmt: skip


def further(paths: Sequence[tuple[float, Sequence[int]]]) -> Claim:
    """Whether trained networks act as deeper ones: by measured advances, for Σ 1/(1 + k_n) is of long smooth stages."""
    text = "The trained network goes further along its f than as many Euler steps, by the sum of its measured advances"
    return counted(text, sum(total > sum(steps) for total, steps in paths), len(paths), "trainings")
