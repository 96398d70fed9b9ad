"""Checks that families, and what is made of schemes, share."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from schemes.errors import SchemeError

if TYPE_CHECKING:
    from schemes.scheme import Scheme


def at_least(least: int, family: str, **numbers: Any) -> None:
    """Raises SchemeError unless the numbers are whole and not smaller: at_least(2, "ssprk2", stages=stages)."""
    for name, x in numbers.items():
        if not isinstance(x, int) or isinstance(x, bool) or x < least:
            raise SchemeError(f"{family}: {name} = {x!r} must be a whole number, at least {least}")


def check_fields(scheme: Scheme, fields: Collection[str]) -> None:
    """Raises SchemeError for a field that the scheme has not."""
    if odd := sorted(set(fields) - set(scheme.fields)):
        known = ", ".join(dict.fromkeys(scheme.fields))
        raise SchemeError(f"{scheme.name} has no field {odd[0]!r}, its fields are {known}")
