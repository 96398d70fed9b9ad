"""The step as generated source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import schemes
from schemes import Scheme


def source(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"step": a Python function of the states, "file": a name for it}. Raises SchemeError for an implicit scheme."""
    return {"step": schemes.source(scheme), "file": safe(scheme.name, "py")}


def safe(name: str, suffix: str) -> str:
    """A file name of ASCII letters, digits, _ and - alone, whatever a visitor called the scheme."""
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', name).strip('_-')[:80] or 'scheme'}.{suffix}"
