"""What the results say of a claim, by rule: of intervals whether it holds, of counts in how many cases it is so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from odenets.studies.evidence_runs import Runs
from odenets.studies.statistics import Interval, holm, newcombe, pooled

Outcome = Literal[
    "holds", "so in all seen", "does not hold", "so in none seen", "so in some seen", "not decided", "not run yet"
]
IMAGES = 10_000  # test images of CIFAR-10
RECIPES = "not compared, as their recipes differ"


@dataclass(frozen=True)
class Claim:
    """A sentence that could be wrong, what the results say of it, and on what grounds; p of a difference by itself."""

    text: str
    outcome: Outcome
    grounds: str
    p: float = math.nan

    def __str__(self) -> str:
        return f"{self.text}: {self.grounds}."


def not_run(text: str) -> Claim:
    """The claim before there is a result that it could rest on."""
    return Claim(text, "not run yet", "not run yet")


def difference(runs: Runs, a: str, b: str) -> Interval:
    """Test error of a minus that of b in points, with the spread of the repeated networks of their recipe.

    Not paired by seed: a common seed gives two networks the same order of images and not the same first blocks, as
    learned coefficients are drawn before these. nan where either has not run, or recipe, precision or data differ.
    """
    if missing := absent(runs, a, b):
        return missing
    return pooled(list(runs.errors(a).values()), list(runs.errors(b).values()), *runs.spread(a))


def absent(runs: Runs, a: str, b: str) -> Interval | None:
    """What stands for the difference of two cells that cannot be compared; None where they can."""
    if runs.of(a) and runs.of(b) and runs.comparable(a, b):
        return None
    return Interval(math.nan, math.nan, math.nan, "recipes" if runs.of(a) and runs.of(b) else "", 0)


def judged(text: str, found: Interval, expected: int, unit: str = "points") -> Claim:
    """The claim that a difference has a sign. It holds where the interval has it, and not where it has the other."""
    if found.count == 0:
        return Claim(text, "not decided", RECIPES) if found.basis else not_run(text)
    if not found.known:
        return Claim(text, "not decided", f"{signed(found.mean)} {unit} by one seed, which has no interval over seeds")
    outcome: Outcome = "holds" if found.sign == expected else "does not hold" if found.sign else "not decided"
    reading = {"holds": "", "does not hold": ": the opposite", "not decided": ": the interval contains 0"}[outcome]
    return Claim(text, outcome, f"{shown(found)} {unit} ({basis(found)}){reading}", found.p)


def at_once(claims: Sequence[Claim]) -> list[Claim]:
    """The claims with Holm's correction for the number of those that have a p: what it does not keep is not decided."""
    tested = [i for i, claim in enumerate(claims) if not math.isnan(claim.p)]
    kept = dict(zip(tested, holm([claims[i].p for i in tested]), strict=True))
    said = f"; by itself p = {{:.3f}}, which is not enough among {len(tested)} (Holm)"
    return [
        claim if kept.get(i, True) or claim.outcome == "not decided"
        else replace(claim, outcome="not decided", grounds=claim.grounds + said.format(claim.p))
        for i, claim in enumerate(claims)
    ]  # fmt: skip


def counted(text: str, yes: int, total: int, what: str) -> Claim:
    """The claim that something is so in every case; a count is no interval, so its outcome is never that it holds."""
    if not total:
        return not_run(text)
    outcome: Outcome = "so in all seen" if yes == total else "so in some seen" if yes else "so in none seen"
    return Claim(text, outcome, f"{yes} of {total} {what}")


def lower(runs: Runs, a: str, b: str, text: str) -> Claim:
    """The claim that network a has a lower test error than b."""
    return judged(text, difference(runs, a, b), -1)


def reading(found: Interval, name: str, other: str) -> str:
    """A difference, name minus other, in words."""
    if found.count == 0:
        return RECIPES if found.basis else "not run yet"
    if not found.known:
        return "one seed: not decided"
    lead = {0: "not decided", 1: f"favours {other}", -1: f"favours {name}"}[found.sign]
    return f"{lead}{', spread borrowed' if found.basis == 'borrowed' else ''}"


def shown(found: Interval, digits: int = 2) -> str:
    """+0.31 ± 0.20; the ends where they are not alike; "—" where there is nothing."""
    if math.isnan(found.mean):
        return "—"
    if not found.known:
        return signed(found.mean, digits)
    if found.basis == "images":
        return f"{signed(found.mean, digits)} [{signed(found.low, digits)}, {signed(found.high, digits)}]"
    return f"{signed(found.mean, digits)} ± {found.width:.{digits}f}"


def signed(x: float, digits: int = 2) -> str:
    return f"{round(x, digits) + 0.0:+.{digits}f}".replace("-", "−")  # + 0.0: no −0.00


def basis(found: Interval) -> str:
    return {
        "seeds": f"{found.count} seeds, 95 %",
        "pooled": f"{found.count} seeds, 95 %",
        "borrowed": "95 %, spread borrowed",
        "images": "one seed; 95 % for the test images alone",
        "": "one seed",
    }[found.basis]


def over_images(runs: Runs, a: str, b: str) -> Interval:
    """The difference of the first seeds with the interval of the test images; nan where either has not run."""
    if missing := absent(runs, a, b):
        return missing
    first, second = runs.of(a), runs.of(b)
    return newcombe(first[0].error, second[0].error, first[0].held_out or IMAGES)
