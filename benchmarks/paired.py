"""Paired timing in one process: A B A B …, so that a machine whose speed drifts slows both alike."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from odenets.environment import environment

RESULTS = Path(__file__).parent / "results"


def paired(a: Callable[[], Any], b: Callable[[], Any], rounds: int = 25, warmup: int = 3) -> dict[str, float]:
    """Medians of a and b in milliseconds, and the median and quartiles of the ratio a/b over rounds.

    The order changes from round to round: what runs second finds warmer caches.
    """
    times: dict[str, list[float]] = {"a": [], "b": []}
    for i in range(warmup + rounds):
        order = (("a", a), ("b", b)) if i % 2 else (("b", b), ("a", a))
        for name, work in order:
            start = time.perf_counter()
            work()
            if i >= warmup:
                times[name].append(time.perf_counter() - start)
    ratios = [x / y for x, y in zip(times["a"], times["b"], strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        "a_ms": 1e3 * statistics.median(times["a"]),
        "b_ms": 1e3 * statistics.median(times["b"]),
        "ratio": middle,
        "ratio_low": low,
        "ratio_high": high,
        "rounds": rounds,
    }


def write(question: str, rows: list[dict[str, Any]], **conditions: Any) -> Path:
    """The results with their conditions as benchmarks/results/<question>.json, and a line a row on standard output."""
    RESULTS.mkdir(exist_ok=True)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    path = RESULTS / f"{question}.json"
    record = {"question": question, "when": when, "conditions": {**environment(), **conditions}, "results": rows}
    path.write_text(json.dumps(record, indent=2) + "\n")
    for row in rows:
        print("  ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()))
    print(path)
    return path
