"""Section 5 of the page of evidence: the k that were learned, and the spectra of the blocks, against theory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from analysis.k_theory import LearnedK, effective_step, past_range, running_product
from analysis.stability import spectral_radius
from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import Claim, counted, judged, not_run
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_words import NOT_RUN, Links, Section, mean_text
from odenets.studies.statistics import student
from schemes import loads

WITH_SPECTRA = ("resnet20", "lm_resnet20")
ROUNDING = 1e-9  # of |ζ| = 1, as where they were measured
REPLICATED = 15  # steps of depth 32, from where on the replication's last k was past the range; at depth 20 it was not


def learned_k(results: Sequence[Result]) -> LearnedK | None:
    """k by (seed, epoch, step) of runs of one network; None where none learned any."""
    found = [r for r in results if r.data["learned"].get("k")]
    if not found:
        return None
    k = np.array([[[np.nan if x is None else x for x in row] for row in r.data["learned"]["k"]] for r in found], float)
    return LearnedK.read(k, found[0].data["steps"], range(k.shape[1]))


def learned(runs: Runs, links: Links, cells: Sequence[str], decide: Sequence[str] = ()) -> Section:
    """k of all networks in `cells` that have run, by step and by training."""
    known = {cell: data for cell in cells if (data := learned_k(runs.of(cell))) is not None}
    steps = [row for cell, data in known.items() for row in by_step(runs, cell, data, links)]
    seeds = [row for cell, data in known.items() for row in by_seed(runs, cell, data, links)]
    header = ["network", "step", "k at the start", "k at the end", "1/(1 + k), Euler steps", "files"]
    about = ["network", "steps", "smallest k", "largest k", "past (−1, 1]", "Σ 1/(1 + k), Euler steps",
             "largest parasitic product at a stage's end", "stages with a sawtooth", "file"]  # fmt: skip
    tables = {"steps": pipes(header, steps) if steps else NOT_RUN, "seeds": pipes(about, seeds) if seeds else NOT_RUN}
    return Section(tables, k_claims(list(known.values())), list(decide))


def spectra(runs: Runs, links: Links) -> Section:
    """Leading eigenvalues of the blocks of ResNet and LM-ResNet, before training and after."""
    decide = [
        "For the spectra: more images and seeds, and the Jacobians of whole stages, as frozen coefficients speak of "
        "one step alone.",
    ]
    return Section({"spectra": spectra_table(runs, links)}, spectra_claims(runs), decide)


def by_step(runs: Runs, cell: str, data: LearnedK, links: Links) -> list[list[str]]:
    rows = []
    for n in np.flatnonzero(~data.absent):
        sizes = effective_step(data.last[:, n], np.zeros(data.seeds, bool))
        size = mean_text(sizes.tolist()) if not np.isnan(sizes).any() else "none: k ≤ −1"
        start, end = (mean_text(data.k[:, epoch, n].tolist(), 3) for epoch in (0, -1))
        rows.append([runs.title(cell), str(n + 1), start, end, size, links(runs.of(cell))])
    return rows


def by_seed(runs: Runs, cell: str, data: LearnedK, links: Links) -> list[list[str]]:
    results = [r for r in runs.of(cell) if r.data["learned"].get("k")]
    rows = []
    for i, (result, k, depth) in enumerate(zip(results, data.last, effective_depth(data), strict=True)):
        ends = [mean_text([x], 3) for x in (np.nanmin(k), np.nanmax(k))]
        product, teeth = max(products(data, i)), sawteeth(data)[i]
        theory = [
            str(past_range(k).sum()),
            "none: k ≤ −1" if np.isnan(depth) else f"{depth:.2f}",
            f"{product:.3f}",
            f"{sum(teeth)} of {len(teeth)}",
        ]
        rows.append([runs.title(cell), str(data.steps), *ends, *theory, links([result])])
    return rows


def effective_depth(data: LearnedK) -> list[float]:
    """Σ 1/(1 + k_n) over the steps, by seed, in Euler steps; nan where a k ≤ -1 has none."""
    return [float(effective_step(k, data.absent).sum()) for k in data.last]


def products(data: LearnedK, seed: int) -> list[float]:
    """|∏ -k_n| of each stage over all of its steps with a k, of one seed: what is left of a parasitic mode of 1."""
    found = running_product(data.last[seed], data.starts)
    return [float(part[~np.isnan(part)][-1]) for part in stages(data, found) if not np.isnan(part).all()]


def stages(data: LearnedK, values: Any) -> list[Any]:
    return np.split(values, data.starts[1:])


def sawteeth(data: LearnedK) -> list[list[bool]]:
    """By seed, of each stage with two k or more: whether its first k is positive and its last negative."""
    return [
        [bool(own[0] > 0 > own[-1]) for part in stages(data, k) if len(own := part[~np.isnan(part)]) > 1]
        for k in data.last
    ]


def k_claims(networks: Sequence[LearnedK]) -> list[Claim]:
    """What k of all trainings say together."""
    ends = [k[~np.isnan(k)] for data in networks for k in data.last]
    deeper = [depth > data.steps for data in networks for depth in effective_depth(data) if not np.isnan(depth)]
    teeth = [tooth for data in networks for own in sawteeth(data) for tooth in own]
    start = [LearnedK.read(data.k[:, :1], data.stages) for data in networks]
    longer = [b > a for x, data in zip(start, networks, strict=True)
              for a, b in zip(effective_depth(x), effective_depth(data), strict=True) if not np.isnan(b)]  # fmt: skip
    left = [product for data in networks for seed in range(data.seeds) for product in products(data, seed)]

    def all_of(text: str, found: Sequence[Any], what: str = "trainings") -> Claim:
        return counted(text, sum(map(bool, found)), len(found), what)

    return [
        all_of("Every k ends inside the zero-stable range −1 < k ≤ 1", [not past_range(k).any() for k in ends]),
        all_of("The last k is past that range, as the replication found at depths 32, 44 and 56",
               [past_range(own[~np.isnan(own)][-1:]).any() for data in networks if data.steps >= REPLICATED
                for own in data.last]),
        all_of("Most k end at or below 0, on the accelerating side, where all of them start",
               [(k <= 0).mean() > 0.5 for k in ends]),
        all_of("Training makes Σ 1/(1 + k_n) larger: k falls on the whole", longer),
        all_of("The last k of the network is its smallest: k falls towards the end, as the paper says",
               [k[-1] == k.min() for k in ends]),
        all_of("The replication's sawtooth: the first k of a stage is positive, its last negative", teeth,
               "stages"),
        all_of("Σ 1/(1 + k_n) is above the number of steps: the network acts as a deeper one", deeper),
        all_of("The parasitic mode is smaller at a stage's end than at its start", [p < 1 for p in left], "stages"),
    ]  # fmt: skip


def measured_steps(result: Result) -> list[dict[str, Any]]:
    """The steps of a network whose spectra were taken, before training and after."""
    steps = result.measure("spectra").get("steps", [])
    return [s for s in steps if None not in (s.get("inside_after"), s.get("inside_before"))]


def decaying_inside(step: Mapping[str, Any], when: str) -> float | None:
    """The share, in %, of the leading hλ with Re hλ ≤ 0 at which the step's scheme does not grow; None without any.

    Those with Re hλ > 0 are outside of every region near 0, and half of what was asked for: over all eigenvalues the
    share would stay near 50 %, whatever training does.
    """
    values = [complex(*z) for image in step[when] for z in image if z[0] <= 0]
    if not values:
        return None
    growth = spectral_radius(loads(json.dumps(step[f"table_{when}"]), "json"), values)
    return 100 * float((growth <= 1 + ROUNDING).mean())


def spectra_table(runs: Runs, links: Links) -> str:
    """Share of the leading hλ with Re hλ ≤ 0 inside the step's own region and the largest |ζ|, means over seeds."""
    header = ["network", "stage.step", "scheme of the step (first seed)", "Re hλ ≤ 0: inside before, %", "after, %",
              "largest root before", "largest root after", "files"]  # fmt: skip
    rows = []
    for cell in WITH_SPECTRA:
        known = [(r, {(s["stage"], s["step"]): s for s in measured_steps(r)}) for r in runs.of(cell)]
        for stage, number in sorted({place for _, steps in known for place in steps}):
            results = [r for r, steps in known if (stage, number) in steps]  # a seed may lack a step
            own = [steps[stage, number] for _, steps in known if (stage, number) in steps]
            shares = (
                mean_text([x for s in own if (x := decaying_inside(s, when)) is not None], 0)
                for when in ("before", "after")
            )
            roots = (mean_text([s[f"growth_{when}"] for s in own]) for when in ("before", "after"))
            place = f"{stage + 1}.{number + 1}"
            rows.append([runs.title(cell), place, own[0]["scheme"], *shares, *roots, links(results)])
    return pipes(header, rows) if rows else NOT_RUN


def spectra_claims(runs: Runs) -> list[Claim]:
    """Whether the share inside rises with training, the mean over steps by seed."""
    told = []
    for cell, title in zip(WITH_SPECTRA, ("ResNet-20", "LM-ResNet-20"), strict=True):
        text = (
            f"After training more of the leading hλ with Re hλ ≤ 0 of {title}'s blocks are inside the regions of their "
            "steps"
        )
        shares = [
            [(decaying_inside(s, "before"), decaying_inside(s, "after")) for s in measured_steps(r)]
            for r in runs.of(cell)
        ]
        known = [[b - a for a, b in own if a is not None and b is not None] for own in shares]
        moved = [float(np.mean(own)) for own in known if own]
        unit = "percentage points of the eigenvalues"
        told.append(judged(text, student(moved), 1, unit) if moved else not_run(text))
    return told
