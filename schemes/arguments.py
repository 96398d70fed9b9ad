"""Checks that the families share."""

from __future__ import annotations

from typing import Any

from schemes.errors import SchemeError


def at_least(least: int, family: str, **numbers: Any) -> None:
    """Raises SchemeError unless the numbers are whole and not smaller: at_least(2, "ssprk2", stages=stages)."""
    for name, x in numbers.items():
        if not isinstance(x, int) or isinstance(x, bool) or x < least:
            raise SchemeError(f"{family}: {name} = {x!r} must be a whole number, at least {least}")
