"""The audit: what other libraries' solvers claim, against what one of their steps says (`analysis.probe`)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec

from odenets.audit.findings import Finding
from odenets.errors import OdenetsError

AUDITORS = {"torchdiffeq": "of_torchdiffeq", "diffrax": "of_diffrax", "schemes": "of_schemes"}
BEHIND = {"torchdiffeq": ("torchdiffeq", "torch"), "diffrax": ("diffrax", "jax"), "schemes": ("odenets", "numpy")}
HIGHEST = 9  # trees to this order settle dopri8


def audit(library: str, order: int | None = None) -> list[Finding]:
    """What is found of every method of a library; order: trees up to it, one more than claimed unless said.

    Raises OdenetsError for a library that is unknown or not installed, and an order outside 1 to 9.
    """
    if library not in AUDITORS:
        raise OdenetsError(f"library {library!r} has no audit: there are {', '.join(AUDITORS)}")
    if order is not None and not 1 <= order <= HIGHEST:
        raise OdenetsError(f"order {order}: an audit takes trees up to order 1 to {HIGHEST}")
    if not installed(library):
        raise OdenetsError(f"{library} is not installed: pip install 'odenets[audit]'")
    findings: list[Finding] = import_module(f"odenets.audit.{AUDITORS[library]}").findings(order)
    return findings


def installed(library: str) -> bool:
    return find_spec(library) is not None


def versions(libraries: Sequence[str]) -> dict[str, str]:
    """The versions of the libraries and of what they compute with."""
    return {package: version(package) for library in libraries for package in BEHIND[library]}
