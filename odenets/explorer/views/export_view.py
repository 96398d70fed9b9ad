"""The scheme as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from odenets.errors import OdenetsError
from odenets.explorer.views.source_view import safe
from schemes import Scheme, dumps

SUFFIXES = {"json": "json", "toml": "toml", "text": "txt", "csv": "csv", "latex": "tex"}


def export(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"text": the scheme, "file": a safe name for it}; options {"form": json | toml | text | csv | latex}.

    Raises OdenetsError for another form, SchemeError for what is not written.
    """
    form = options.get("form", "json")
    if not isinstance(form, str) or form not in SUFFIXES:
        raise OdenetsError(f"form = {str(form)[:40]!r} is none of {', '.join(SUFFIXES)}")
    write: Callable[[Scheme], str] = latex if form == "latex" else lambda s: dumps(s, form)
    return {"text": write(scheme), "file": safe(scheme.name, SUFFIXES[form])}


def latex(scheme: Scheme) -> str:
    """Formula, tableau and modified equation as display environments."""
    from analysis import describe_latex

    return f"% {scheme.name}; needs \\usepackage{{amsmath}}\n{describe_latex(scheme)}\n"
