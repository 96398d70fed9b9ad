"""Section 7 of the page of evidence, its speed: what `python -m benchmarks.gpu_recipe` measured on a GPU."""

from __future__ import annotations

import json
from pathlib import Path

from odenets.cli.model_page import pipes
from odenets.errors import OdenetsError
from odenets.studies.evidence_words import NOT_RUN

PLAIN = ("model", "step", "precision", "at_once")
FILE = "gpu_recipe.json"


def tuning(results: Path) -> str:
    """Images a second of each step of tuning, and the parts of the device's measured limits that it reaches, in %.

    results  the folder of the studies, beside which the benchmark's file lies. Raises OdenetsError where that is none.
    """
    path = results.parent / FILE
    if not path.exists():
        return NOT_RUN
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        rows, device = list(record["results"]), record["conditions"]["cuda"]
        shares = list(dict.fromkeys(key for row in rows for key in row if key.startswith("of_")))
        lines = [[*(str(row[key]) for key in PLAIN), *speeds(row, shares)] for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OdenetsError(f"{path} is no result of the benchmark ({error!r}): run it again") from None
    header = [
        "model",
        "step",
        "precision",
        "networks at once",
        "images/s",
        *(f"{name.replace('_', ' ')}, %" for name in shares),
    ]
    return f"On {device}:\n\n{pipes(header, lines)}"


def speeds(row: dict[str, float], shares: list[str]) -> list[str]:
    if "refused" in row:
        return [f"refused: {row['refused']}", *[""] * len(shares)]
    return [f"{row['images_per_second']:,.0f}", *(f"{100 * row[name]:.1f}" for name in shares)]
