"""Section 4 of the page of evidence: error against parameters, and the claim that half of them are saved."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from odenets.cli.model_page import pipes
from odenets.studies.evidence_claims import IMAGES, Claim, Outcome, basis, difference, judged, not_run, reading, shown
from odenets.studies.evidence_published import PAPER, REPLICATION, SIZES, published
from odenets.studies.evidence_runs import Runs
from odenets.studies.evidence_words import Links, Section, error_text
from odenets.studies.statistics import holm, newcombe, size_at

FAMILIES = {"resnet": "ResNet", "lm_resnet": "LM-ResNet"}
DEPTHS = (20, 32, 44, 56)
DECIDE = (
    "Sizes of both families whose errors overlap, several seeds of each, and the paper's epochs: then a share of "
    "parameters is saved at equal error, with an interval that follows from those of the errors."
)


@dataclass(frozen=True)
class Point:
    """A network of a family: its cell, depth, parameters and mean test error."""

    family: str
    depth: int
    cell: str
    size: int
    errors: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{FAMILIES[self.family]}-{self.depth}"

    @property
    def error(self) -> float:
        return statistics.fmean(self.errors)


def points(runs: Runs, family: str, prefix: str = "") -> list[Point]:
    """The networks of a family that have run, by size."""
    cells = {depth: f"{prefix}{family}{depth}" for depth in DEPTHS}
    found = [
        Point(family, depth, cell, int(results[0].data["parameters"]), tuple(r.error for r in results))
        for depth, cell in cells.items()
        if (results := runs.of(cell))
    ]
    return sorted(found, key=lambda p: p.size)


def compression(runs: Runs, links: Links, prefix: str, wanted: tuple[str, ...]) -> Section:
    """Whether a smaller LM-ResNet is no worse than a larger ResNet.

    prefix   what begins the names of the cells; wanted: those that the study is to have, such as ("resnet32", …)
    """
    header = ["cell", "parameters", "epochs", "test error, %", "files"]
    rows = []
    for name in wanted:
        found = runs.of(prefix + name)
        size = f"{found[0].data['parameters']:,}" if found else ""
        epochs = str(found[0].config["recipe"]["epochs"]) if found else ""
        rows.append([f"`{prefix}{name}`", size, epochs, error_text(runs, prefix + name), links(found)])
    pairs = [(a, b) for a in wanted for b in wanted if is_smaller(a, b)]
    against = ["smaller", "larger", "parameters saved, %", "difference, points", "reading"]
    tables = {"networks": pipes(header, rows), "pairs": pipes(against, [pair_row(runs, prefix, *p) for p in pairs])}
    tables["saved"] = "\n".join(f"- {line}" for line in saved(runs, prefix))
    claims = [claim(runs, prefix, *pair) for pair in pairs]
    return Section(tables, [size_tells(runs, prefix, wanted), *claims, half(runs, prefix)], [DECIDE])


def size_tells(runs: Runs, prefix: str, wanted: tuple[str, ...]) -> Claim:
    """Whether the largest ResNet errs less than the smallest: where size buys nothing, nothing can be saved."""
    small, *_, large = sorted((name for name in wanted if name.startswith("resnet")), key=depth_of)
    text = f"Control: {named(large)} has a lower test error than {named(small)}, so that there is something to save"
    return judged(text, difference(runs, prefix + large, prefix + small), -1)


def is_smaller(a: str, b: str) -> bool:
    """Whether a is an LM-ResNet of fewer layers than the ResNet b."""
    return a.startswith("lm_resnet") and b.startswith("resnet") and depth_of(a) < depth_of(b)


def depth_of(name: str) -> int:
    return int(name.rpartition("resnet")[2])


def pair_row(runs: Runs, prefix: str, a: str, b: str) -> list[str]:
    found = difference(runs, prefix + a, prefix + b)
    return [f"`{prefix}{a}`", f"`{prefix}{b}`", f"{fewer(a, b):.0f}", shown(found), reading(found, named(a), named(b))]


def fewer(a: str, b: str) -> float:
    """% of parameters that network a has fewer than b."""
    return 100 * (1 - SIZES[depth_of(a)] / SIZES[depth_of(b)])


def named(name: str) -> str:
    return f"{'LM-' * name.startswith('lm')}ResNet-{depth_of(name)}"


def claim(runs: Runs, prefix: str, a: str, b: str) -> Claim:
    text = f"{named(a)} has a lower test error than {named(b)}, with {fewer(a, b):.0f} % fewer parameters"
    return judged(text, difference(runs, prefix + a, prefix + b), -1)


def half(runs: Runs, prefix: str) -> Claim:
    """More than half of the parameters saved at equal error, by the intervals of an LM-ResNet's ResNet neighbours.

    It is so where an LM-ResNet has a lower error than the smallest ResNet of more than twice its parameters, and not
    so where it has a higher one than the largest of at most twice; both suppose that ResNet's error falls with size.
    """
    text = "LM-ResNet needs less than half of ResNet's parameters for equal error"
    small, plain = (points(runs, family, prefix) for family in ("lm_resnet", "resnet"))
    if not small or not plain:
        return not_run(text)
    over = [(p, q) for p in small for q in [q for q in plain if q.size > 2 * p.size][:1]]
    within = [(p, q) for p in small for q in [q for q in plain if p.size < q.size <= 2 * p.size][-1:]]
    found = [[difference(runs, p.cell, q.cell) for p, q in pairs] for pairs in (over, within)]
    kept = holm([x.p for own in found for x in own])
    saves = [k and x.mean < 0 for k, x in zip(kept, found[0], strict=False)]
    fails = [k and x.mean > 0 for k, x in zip(kept[len(saves) :], found[1], strict=True)]
    outcome: Outcome = "not decided"
    if any(fails):
        outcome = "so in some seen" if any(saves) else "does not hold"
    elif saves and all(saves):
        outcome = "holds"
    said = [neighbour(runs, p, q) for p, q in over + within if runs.comparable(p.cell, q.cell)]
    return Claim(text, outcome, "; ".join(said) or "no two networks of these runs bracket the half")


def neighbour(runs: Runs, p: Point, q: Point) -> str:
    """An LM-ResNet against a ResNet, in words."""
    found = difference(runs, p.cell, q.cell)
    return f"{p.name} minus {q.name} of {q.size / p.size:.2f} times its parameters: {shown(found)} ({basis(found)})"


def shares_saved(runs: Runs, prefix: str) -> list[tuple[Point, float]]:
    """Of each LM-ResNet, 1 - its size / size of a ResNet of equal mean error; nan where no two ResNets bracket it."""
    plain = [p for p in points(runs, "resnet", prefix) if comparable(runs, p, prefix)]
    sizes, errors = [p.size for p in plain], [p.error for p in plain]
    return [(p, 1 - p.size / size_at(p.error, sizes, errors)) for p in points(runs, "lm_resnet", prefix)]


def comparable(runs: Runs, point: Point, prefix: str) -> bool:
    return all(runs.comparable(point.cell, other.cell) for other in points(runs, "lm_resnet", prefix))


def saved(runs: Runs, prefix: str) -> list[str]:
    """What interpolation says of each LM-ResNet; runs that do not bracket its error say nothing."""
    told = []
    for point, share in shares_saved(runs, prefix):
        if math.isnan(share):
            where = f"{point.error:.2f} %, lies between those of no two ResNets of these runs"
            told.append(f"{point.name}: its error, {where}.")
            continue
        size = f"{point.size / (1 - share):,.0f} parameters by straight lines in log error over log parameters"
        told.append(
            f"{point.name}: a ResNet of equal mean error has {size}, {100 * share:.0f} % saved by the means alone."
        )
    return told or ["No LM-ResNet of this question has run yet."]


def paper_share() -> float:
    """% of parameters by which LM-ResNet-56 is smaller than ResNet-110: what the paper means by more than half."""
    return 100 * (1 - SIZES[56] / SIZES[110])


def others() -> str:
    """The claim in the paper's figures and in the replication's, with what the test images alone leave open."""
    rows, deep = [], published("resnet", 110)
    for source in (PAPER, REPLICATION):
        small = published("lm", 56, source)
        word = "lower" if small.error < deep.error else "higher: not reproduced"
        rows.append([source, str(small), str(deep), word, shown(newcombe(small.error, deep.error, IMAGES))])
    header = ["source", "LM-ResNet-56, %", "ResNet-110 (He et al. 2016), %", "LM-ResNet-56 is",
              "difference, points, test images alone"]  # fmt: skip
    return pipes(header, rows)
