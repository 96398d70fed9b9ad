"""What is measured of a trained network, by name; a module for each, imported when it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from odenets.studies.measured import Measured

MEASURES = ("ablations", "inputs", "sensitivity", "spectra")


def measure(about: Measured, names: tuple[str, ...], options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """{name: what it found} as plain data."""
    return {name: function(name)(about, **options.get(name, {})) for name in names}


def function(name: str) -> Callable[..., dict[str, Any]]:
    return getattr(import_module(f"odenets.studies.{name}"), name)  # type: ignore[no-any-return]
