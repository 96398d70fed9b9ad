"""The views of a scheme: pure functions scheme, options -> JSON, by name; every panel of the page shows one.

options["design"] is what the scheme was made of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from odenets.explorer import acting
from schemes import Scheme

View = Callable[[Scheme, Mapping[str, Any]], dict[str, Any]]

OWN = ("formula", "tableau", "parameters", "polynomial", "roots", "wiring", "certificate", "modified", "source",
       "module", "export", "stochastic")  # fmt: skip
VIEWS: dict[str, View] = {name: getattr(import_module(f"{__name__}.{name}_view"), name) for name in OWN} | acting.VIEWS
