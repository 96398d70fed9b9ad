"""The catalogue: every entry of the registry with what a list shows and a filter asks, and what else the page knows."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from odenets.explorer.acting import PROBLEMS
from odenets.explorer.bounds import BOUNDS
from odenets.explorer.views import VIEWS
from odenets.explorer.views.certificate_view import ABOUT, GROUPS, better
from schemes import entries, get
from schemes.registry import FACTS, Entry

SHOWN = ("kind", "order", "stages", "history", "explicit", "learned", "stochastic")  # of FACTS


def whole_catalogue() -> dict[str, Any]:
    """{"entries", "views", "problems", "bounds", "facts", "version"}: what the page asks for once.

    Raises SchemeError for a user's table that is none.
    """
    return {
        "entries": [told(entry) for entry in entries()],
        "views": sorted(VIEWS),
        "problems": PROBLEMS,
        "bounds": {name: bound.most for name, bound in BOUNDS.items()},
        "facts": [
            {"name": name, "label": ABOUT[name].label, "group": group, "better": better(name)}
            for group, names in GROUPS.items()
            for name in names
        ],
        "version": release(),
    }


def told(entry: Entry) -> dict[str, Any]:
    """An entry as a list has it: no certificate is computed, its order is what the source claims."""
    scheme = get(entry.name)
    return {
        "name": entry.name,
        "summary": entry.summary,
        **{fact: FACTS[fact](entry, scheme) for fact in SHOWN},
        "parameters": list(entry.declared),
        "structure": {name: str(x) for name, x in entry.structure.items()},
    }


def release() -> str:
    try:
        return version("odenets")
    except PackageNotFoundError:
        return ""
