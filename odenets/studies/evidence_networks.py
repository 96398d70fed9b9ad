"""Sections 2, 3 and 7 of the page of evidence: networks against networks by their test errors."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from odenets.cli import model_page
from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import Claim, difference, judged, lower, over_images, reading, shown
from odenets.studies.evidence_compression import DEPTHS
from odenets.studies.evidence_published import PAPER, REPLICATION, published
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.evidence_words import NOT_RUN, Links, Section, error_text, mean_text
from odenets.studies.statistics import MOST_SEEDS, Interval, seeds_needed, spread_interval
from schemes import get, names

PLAIN, MULTISTEP = "resnet20", "lm_resnet20"
NETWORKS = {
    PLAIN: "ResNet-20",
    MULTISTEP: "LM-ResNet-20",
    "lm2_consistent": "Consistent LM-ResNet-20",
    "momentum": "Momentum ResNet-20",
    "zerosnet": "ZeroSNet-20",
    "heun2": "Heun's method, 16 evaluations of f",
    "heun2_equal_own": "Heun's method, 10 evaluations of f",
    "heun2_equal": "Heun's method, 10 evaluations, shared statistics",
    "last_stage_removed": "LM-ResNet-20 without the blocks of its last stage",
}
NO_VERDICT = {"heun2_equal": "no verdict: shared statistics"}
UNCLAIMED = (PLAIN, MULTISTEP, "last_stage_removed", *NO_VERDICT)
HEADER = ["network", "cell", "parameters", "evaluations of f", "test error, %", "training error, %", "training loss"]


def networks(runs: Runs, links: Links) -> Section:
    """LM-ResNet and other schemes against ResNet at one depth, and the controls."""
    header = [*HEADER, "minus ResNet-20, points", "reading", "the same, one seed, test images alone", "files"]
    rows = [row(runs, cell, title, links) for cell, title in NETWORKS.items()]
    claims = [
        lower(runs, MULTISTEP, PLAIN, "LM-ResNet-20 has a lower test error than ResNet-20"),
        *(lower(runs, cell, PLAIN, f"{runs.title(cell, NETWORKS[cell])} has a lower test error than ResNet-20"
                                   f"{smaller(runs, cell)}") for cell in NETWORKS if cell not in UNCLAIMED),
        control(runs),
    ]  # fmt: skip
    tables = {"networks": pipes(header, rows), "visible": visible(runs), "steps": steps(runs)}
    return Section(tables, claims, deciding(runs, PLAIN, MULTISTEP))


def steps(runs: Runs) -> str:
    """What a step of each network computes, as the tables of the registry say it."""
    used = dict.fromkeys(r.config["spec"].get("scheme") for cell in NETWORKS for r in runs.of(cell))
    known = names()
    return model_page.steps(found) if (found := {name: get(name) for name in used if name in known}) else NOT_RUN


def smaller(runs: Runs, cell: str) -> str:
    """What a claim must say of a network that has fewer parameters than ResNet-20, by 1 % and more."""
    sizes = [found[0].data["parameters"] for name in (cell, PLAIN) if (found := runs.of(name))]
    saved = 100 * (1 - sizes[0] / sizes[1]) if len(sizes) == 2 else 0
    return f", with {saved:.0f} % fewer parameters" if saved >= 1 else ""


def visible(runs: Runs) -> str:
    """How large a difference of test errors these results tell from chance, beside the paper's."""
    told = []
    for cell, name in ((MULTISTEP, "between LM-ResNet-20 and ResNet-20"), ("zerosnet", "for a network trained once")):
        if runs.of(cell) and runs.of(PLAIN) and (found := difference(runs, cell, PLAIN)).known:
            told.append(f"{found.width:.1f} points {name}")
    if not told:
        return "How large a difference these results can tell from chance: not run yet."
    return (
        f"**A difference of test errors is told from chance here from about {' and '.join(told)}. The paper's, at "
        f"this depth, is {paper_gain(20):.2f}: *not decided* was to be expected, and is no evidence that two networks "
        "are alike.**"
    )


def paper_gain(depth: int) -> float:
    """By how many points the paper has LM-ResNet below ResNet."""
    return published("resnet", depth).error - published("lm", depth, PAPER).error


def row(runs: Runs, cell: str, title: str, links: Links) -> list[str]:
    start = about(runs, cell, title)
    if cell == PLAIN or not runs.of(cell):
        return [*start, "", "", "", links(runs.of(cell))]
    found = difference(runs, cell, PLAIN)
    words = NO_VERDICT.get(cell) or reading(found, "this network", "ResNet-20")
    return [*start, shown(found), words, shown(over_images(runs, cell, PLAIN)), links(runs.of(cell))]


def about(runs: Runs, cell: str, title: str) -> list[str]:
    found = runs.of(cell)
    start = [runs.title(cell, title), f"`{cell}`"]
    if not found:
        return [*start, "", "", NOT_RUN, "", ""]
    data = found[0].data
    trained = [mean_text(last(found, name), digits) for name, digits in (("train_error", 2), ("train_loss", 3))]
    return [*start, f"{data['parameters']:,}", str(data["evaluations"]), error_text(runs, cell), *trained]


def last(results: Sequence[Result], name: str) -> list[float]:
    """A metric behind the last epoch, of the results that have it."""
    found = [r.data["metrics"].get(name, [None])[-1] for r in results]
    return [float(x) for x in found if x is not None]


def control(runs: Runs) -> Claim:
    """The blocks of the last stage are worth something: else errors could not tell one network from another."""
    text = "Control: LM-ResNet-20 trained without the blocks of its last stage has a higher test error"
    return judged(text, difference(runs, "last_stage_removed", MULTISTEP), 1)


def deciding(runs: Runs, plain: str, multistep: str, depth: int = 20) -> list[str]:
    """How many seeds would find a difference as large as the paper's, and what they cost."""
    effect = paper_gain(depth)
    spread, freedom = runs.spread(plain)
    if freedom < 1 or not (runs.of(plain) and runs.of(multistep)):
        return [
            f"At least two seeds of both networks: without them nothing says how many would show {effect:.2f} points."
        ]
    hours = sum(statistics.fmean(r.hours for r in runs.of(cell)) for cell in (plain, multistep))
    return [needed(effect, spread_interval(spread, freedom), hours)]


def needed(effect: float, spread: Interval, hours: float) -> str:
    """Seeds for a t test at 5 % with a power of 80 %, for the spread seen and for both ends of its interval."""
    if not 0 < spread.mean < math.inf:
        return "The errors by seed do not differ at all: no spread to count seeds with."
    counts = [seeds_needed(effect, x) for x in (spread.mean, spread.low, spread.high)]
    seen, least, most = (f"more than {MOST_SEEDS:,}" if n == MOST_SEEDS else f"{n:,}" for n in counts)
    return (
        f"{effect:.2f} points, the paper's difference at this depth: {seen} seeds of each network, for a t test at 5 % "
        f"with a power of 80 %, if errors spread over seeds by {spread.mean:.2f} points as those of the repeated "
        f"networks do. {spread.count} degrees of freedom tell little of that: its 95 % interval is {spread.low:.2f} to "
        f"{spread.high:.2f}, which gives {least} to {most} seeds. A seed of both networks took {hours:.2f} hours of "
        "training."
    )


def stochastic_depth(runs: Runs, links: Links) -> Section:
    """LM-ResNet-20 with stochastic depth against without."""
    header = [*HEADER, "minus LM-ResNet-20, points", "reading", "files"]
    found = difference(runs, "stochastic_depth", MULTISTEP)
    rows = [
        [*about(runs, MULTISTEP, "LM-ResNet-20"), "", "", links(runs.of(MULTISTEP))],
        [*about(runs, "stochastic_depth", "LM-ResNet-20, stochastic depth"), shown(found),
         reading(found, "stochastic depth", "none"), links(runs.of("stochastic_depth"))],
    ]  # fmt: skip
    gain = published("lm", 56, PAPER).error - published("lm_dropped", 56, PAPER).error
    decide = [
        f"The paper's difference is {gain:.2f} points at depth 56, by more than three times as many epochs. A network "
        "of this depth, trained so long, would decide it; seeds of a short training would not.",
    ]
    text = "Stochastic depth lowers the test error of LM-ResNet-20 at this budget"
    return Section({"networks": pipes(header, rows)}, [judged(text, found, -1)], decide)


def depths(runs: Runs, links: Links) -> Section:
    """Both families at the paper's depths and recipe, beside the paper's figures and the replication's."""
    header = ["depth", "ResNet", "LM-ResNet", "LM-ResNet minus ResNet, points", "reading", "ResNet, published",
              "LM-ResNet, paper", "LM-ResNet, replication", "files"]  # fmt: skip
    rows, claims = [], []
    for depth in DEPTHS:
        plain, multistep = f"resnet{depth}", f"lm_resnet{depth}"
        found = difference(runs, multistep, plain)
        rows.append([str(depth), error_text(runs, plain), error_text(runs, multistep), shown(found),
                     reading(found, "LM-ResNet", "ResNet"), str(published("resnet", depth)),
                     *(str(published("lm", depth, source)) for source in (PAPER, REPLICATION)),
                     links([*runs.of(plain), *runs.of(multistep)])])  # fmt: skip
        claims.append(lower(runs, multistep, plain, f"LM-ResNet-{depth} has a lower test error than ResNet-{depth}"))
    return Section({"networks": pipes(header, rows)}, claims, deciding(runs, PLAIN, MULTISTEP))
