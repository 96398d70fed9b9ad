"""What a visitor asks of an acting scheme: problem, step size, steps and start; wrong requests get one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from odenets.errors import OdenetsError
from odenets.explorer.acting.problems import Problem, problem_named

EXACT = re.compile(r"\d{1,20}(\.\d{0,20})?(e-?\d{1,2})?|\.\d{1,20}|\d{1,20}/\d{1,20}", re.ASCII | re.IGNORECASE)
STEPS, PATHS, HIGHEST, SEEDS = 2000, 60, 6, 2**31 - 1
SMALLEST, LARGEST = Fraction(1, 10**6), Fraction(100)
STARTS = ("usual", "smooth", "disturbed")


@dataclass(frozen=True)
class Setting:
    """The options of a view, read: h exact, order of the modified flow, seed of what is drawn."""

    problem: Problem
    h: Fraction
    steps: int
    order: int
    start: str
    seed: int
    paths: int

    @property
    def step(self) -> float:
        return float(self.h)


def read_setting(options: Mapping[str, Any], among: Mapping[str, Problem]) -> Setting:
    """The setting of the options of a view, absent ones as usual, steps as many as reach the problem's usual time.

    Raises OdenetsError for a wrong one.
    """
    problem = problem_named(options.get("problem"), among)
    start = options.get("start") or "usual"
    if start not in STARTS:
        raise OdenetsError(f"start = {str(start)[:40]!r} is no start: take {', '.join(STARTS)}")
    h = step_size(options.get("h"), problem.h)
    return Setting(
        problem,
        h,
        whole(options, "steps", min(max(1, round(problem.time / h)), STEPS), 1, STEPS),
        whole(options, "order", 4, 1, HIGHEST),
        start,
        whole(options, "seed", 0, 0, SEEDS),
        whole(options, "paths", 12, 1, PATHS),
    )


def step_size(given: object, usual: str) -> Fraction:
    text = usual if given is None or given == "" else str(given).strip()
    if isinstance(given, bool) or not EXACT.fullmatch(text):
        raise OdenetsError(f"h = {text[:40]!r} is no positive number: write it like 0.1 or 1/10")
    try:
        h = Fraction(text)
    except ZeroDivisionError:
        raise OdenetsError(f"h = {text!r} divides by zero: write it like 1/10") from None
    if not SMALLEST <= h <= LARGEST:
        raise OdenetsError(f"h = {text} is out of reach: take 1/{SMALLEST.denominator} to {LARGEST}")
    return h


def whole(options: Mapping[str, Any], name: str, usual: int, low: int, high: int) -> int:
    given = options.get(name)
    if given is None or given == "":
        return usual
    text = str(given)
    if isinstance(given, bool) or not re.fullmatch(r"-?\d{1,12}", text, re.ASCII) or not low <= int(text) <= high:
        raise OdenetsError(f"{name} = {text[:40]!r} is no whole number from {low} to {high}: take one of these")
    return int(text)
