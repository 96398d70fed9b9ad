"""Parts of a spec as plain data: values as text, schemes by name or as the text of their tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from odenets.errors import OdenetsError
from odenets.values import parse, written
from schemes import Bernoulli, Normal, Parameter, Scheme, dumps, loads
from schemes.registry import entry


def plain(name: str, value: Any) -> str:
    """A value as text that `parse` reads. Raises OdenetsError for a law that has no text."""
    value = parse(name, value)
    if isinstance(value, float) and not isfinite(value):
        raise OdenetsError(f"{name} = {value} is no number: give a finite one")
    if isinstance(value, Parameter) and (value.kind != "learned" or isinstance(value.value, Normal | Bernoulli)):
        raise OdenetsError(
            f"{name} = {value}: only learned(number) and learned(low..high) are plain data, declare it in the scheme"
        )
    return written(value)


def takes(scheme: str | Scheme) -> set[str]:
    """The names of a scheme's parameters."""
    return (
        {p.name for p in scheme.parameters}
        if isinstance(scheme, Scheme)
        else {*entry(scheme).declared, *entry(scheme).structure}
    )


def each(scheme: Any) -> Iterator[str | Scheme]:
    """All schemes that a spec names."""
    if isinstance(scheme, tuple):
        for part in scheme:
            yield from each(part)
    else:
        yield scheme


def nested(x: Any) -> Any:
    """A scheme, its name, or tuples of them. Raises OdenetsError for what is none of these."""
    if isinstance(x, str | Scheme):
        return x
    if isinstance(x, Sequence) and x:
        return tuple(map(nested, x))
    raise OdenetsError(f"scheme = {x!r} is no scheme: give a name, a Scheme, or a sequence of them, one a stage")


def spelled(scheme: Any) -> Any:
    if isinstance(scheme, tuple):
        return [spelled(x) for x in scheme]
    return {"table": dumps(scheme, "json")} if isinstance(scheme, Scheme) else scheme


def read(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(map(read, data))
    return loads(data["table"], "json") if isinstance(data, dict) else data
