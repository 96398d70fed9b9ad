"""Numbers, recipes and result files as they stand in the page of evidence."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from odenets.cli.model_page import pipes
from odenets.recipes import whole
from odenets.studies.evidence_claims import IMAGES, Claim
from odenets.studies.evidence_runs import Result, Runs
from odenets.studies.statistics import Interval, wilson

NOT_RUN = "not run yet"
Links = Callable[[Iterable[Result]], str]


@dataclass(frozen=True)
class Section:
    """What a section of the page rests on: tables by name, claims with what the results say, what would decide them."""

    tables: dict[str, str]
    claims: list[Claim]
    decide: list[str] = field(default_factory=list)


def links_from(page: Path) -> Links:
    """What turns results into links from the page to their files, one a seed."""

    def links(results: Iterable[Result]) -> str:
        found = [f"[s{r.seed}]({relative(r.path, page)})" for r in results]
        return " ".join(found) or NOT_RUN

    return links


def relative(path: Path, page: Path) -> str:
    """A path as the page's links have it."""
    return Path(os.path.relpath(path, page.parent)).as_posix()


def error_text(runs: Runs, cell: str) -> str:
    """8.33 ± 0.20; of one seed the interval of the test images, which is not one over seeds; seeds that diverged."""
    said = of_errors(runs.mean(cell), IMAGES)
    if not (diverged := runs.diverged(cell)):
        return said
    return f"{said if runs.of(cell) else '—'}; diverged: {len(diverged)} of {len(diverged) + len(runs.of(cell))} seeds"


def of_errors(found: Interval, images: int) -> str:
    if not found.count:
        return NOT_RUN
    if found.known:
        return f"{found.mean:.2f} ± {found.width:.2f} ({found.count} seeds)"
    return f"{found.mean:.2f} (one seed; images: ± {wilson(found.mean, images).width:.2f})"


def mean_text(values: Sequence[float], digits: int = 2) -> str:
    """0.31 (0.29 to 0.33): the mean, the smallest and the largest; of one value itself, of none a dash.

    Not an interval: Student's of two values is 13 times as wide as they are apart, and can leave what is possible.
    """
    if not values:
        return "—"
    mean, least, most = (
        f"{x:.{digits}f}".replace("-", "−") for x in (statistics.fmean(values), min(values), max(values))
    )
    return f"{mean} ({least} to {most})" if len(values) > 1 else mean


def recipe_words(recipe: dict[str, Any]) -> str:
    """lr 0.1, ÷ 10 behind epochs 8 and 11; lr 0.1, up over 3 epochs, then linear to 0."""
    recipe = whole(recipe)
    rise = f", up over {recipe['warmup']:g} epochs" if recipe["warmup"] else ""
    kind = recipe["decay"]
    falls = ", ".join(map(str, recipe["milestones"]))
    fall = f"× {recipe['factor']:g} behind epochs {falls}" if kind == "steps" else f"then {kind} to 0"
    return f"lr {recipe['lr']:g}{rise}, {fall}"


def conditions(results: Sequence[Result], links: Links) -> str:
    """Every condition under which results were made, and how many were made under each of its values."""
    said: dict[str, dict[str, int]] = {}
    for r in results:
        own = {k: v for k, v in r.data["conditions"].items() if v is not None}
        own |= {"precision": r.config["precision"], "device": r.config["device"], "data": r.config["data"],
                "epochs": r.config["recipe"]["epochs"], "threads": r.config["threads"]}  # fmt: skip
        for key, value in own.items():
            counts = said.setdefault(key, {})
            counts[str(value)] = counts.get(str(value), 0) + 1
    rows = [[key, "; ".join(f"{v} ({n})" for v, n in sorted(counts.items()))] for key, counts in sorted(said.items())]
    return pipes(["condition", "values (results)"], rows) if rows else NOT_RUN
