"""The views of a scheme: pure functions scheme, options -> JSON, by name; every panel of the page shows one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from schemes import Scheme

View = Callable[[Scheme, Mapping[str, Any]], dict[str, Any]]

OWN = ("formula", "tableau", "parameters", "polynomial", "roots", "wiring", "certificate", "modified", "source",
       "module", "export", "stochastic")  # fmt: skip
ACTING = ("act", "act_modified", "act_parasites", "act_paths")


def every() -> dict[str, View]:
    """Those of this package, a module each, and those that integrate."""
    views: dict[str, View] = {name: getattr(import_module(f"{__name__}.{name}_view"), name) for name in OWN}
    with suppress(ModuleNotFoundError):
        acting = import_module("odenets.explorer.acting")
        views |= {name: getattr(acting, name) for name in ACTING if hasattr(acting, name)}
    return views


VIEWS = every()
