"""The table as in the book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemes import Scheme, tableau_html


def tableau(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"html": a table with headings, its numbers in MathML}."""
    return {"html": tableau_html(scheme)}
