"""The registry: every entry by name; each list of schemes in this project is a view of it."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import Any, overload

from schemes.errors import SchemeError
from schemes.forms import FORMS, Data, check_name, claim, from_data, parameters
from schemes.parameters import Parameter
from schemes.scheme import Scheme
from schemes.symbols import symbol

CATALOGUE = (  # modules and files of tables in schemes/catalogue, in the order of the lists
    "runge_kutta", "explicit", "explicit_high", "ssp", "low_storage", "implicit", "families", "imex", "multistep",
    "general", "extended", "partitioned", "splittings", "networks", "reversible", "stochastic", "roessler",
)  # fmt: skip
CLAIMS = ("order", "stage_order", "effective_order", "embedded_order", "ssp_coefficient")
PLUGINS = "odenets.schemes"


@dataclass(frozen=True)
class Entry:
    """A named family: a function of its parameters that returns the table, and what is claimed of it.

    declared  the parameters, by argument name; other arguments (steps, columns) have plain defaults
    claims    what the source says of it, {certified fact: value}; tests compare it with what is computed
    origin    the file of a table, "" for a function
    """

    name: str
    make: Callable[..., Scheme]
    declared: dict[str, Parameter]
    structure: dict[str, Any]
    claims: dict[str, Any]
    summary: str
    origin: str = ""

    @cached_property
    def usual(self) -> Scheme:
        """The table in its symbols, with the usual structure."""
        return build(self, self.structure)

    @property
    def order(self) -> int | None:
        """The order that the source claims, if it does."""
        return self.claims.get("order")


ENTRIES: dict[str, Entry] = {}


Make = Callable[..., Scheme]


@overload
def register(make: Make) -> Make: ...
@overload
def register(**claims: Any) -> Callable[[Make], Make]: ...
def register(make: Make | None = None, **claims: Any) -> Any:
    """Add an entry: the function's name is its name, the first line of its docstring its summary.

    claims: what the source says, by CLAIMS: order=5, embedded_order=4, ssp_coefficient=1; tests compute it.
    Defaults made by `learned`, `random` or `chosen` are parameters; other defaults are structure (a number of steps).
    Raises SchemeError where the name is taken and for a claim that nothing computes.
    """
    if make is None:
        return lambda function: add(function, claims)
    return add(make, claims)


def add(make: Make, claims: dict[str, Any]) -> Make:
    if not (make.__module__ or "").startswith("schemes."):
        catalogue()  # first come our own names: who takes one of them is told so here, not at the next `get`
    name = make.__name__
    check_new(name, claims)
    defaults = make.__defaults__ or ()
    arguments = dict(
        zip(make.__code__.co_varnames[make.__code__.co_argcount - len(defaults) :], defaults, strict=False)
    )
    if len(arguments) < make.__code__.co_argcount:
        raise SchemeError(
            f"{name}: {make.__code__.co_varnames[0]} has no default, declare it: learned(…), random(…), chosen(…)"
        )
    declared = {k: replace(v, name=k) for k, v in arguments.items() if isinstance(v, Parameter)}
    structure = {k: v for k, v in arguments.items() if k not in declared}
    summary = (make.__doc__ or "").strip().partition("\n")[0]
    ENTRIES[name] = Entry(name, make, declared, structure, claims, summary)
    return make


def check_new(name: str, claims: Mapping[str, Any], besides: Mapping[str, Any] = MappingProxyType({})) -> None:
    check_claims(name, claims)
    if name in ENTRIES or name in besides:
        raise SchemeError(f"{name} is registered already, choose another name")


def check_claims(name: str, claims: Mapping[str, Any]) -> None:
    if odd := sorted(set(claims) - set(CLAIMS)):
        raise SchemeError(f"{name} claims {odd[0]!r}, which nothing computes; claims are {', '.join(CLAIMS)}")


def tabled(name: str, data: Data, origin: str) -> Entry:
    """The entry of a table given as data; its numbers are read when it is asked for."""
    claims = data.get("claims", {})
    if not isinstance(claims, Mapping):
        raise SchemeError(f"{name}: claims = {claims!r}, write them as {{order = 4}}")
    given = {fact: claim(f"{name}: claim {fact}", x) for fact, x in claims.items()}
    declared = parameters(check_name(name), data.get("parameters", {}))
    summary = data.get("summary", "")
    if not isinstance(summary, str) or not summary.isprintable():
        raise SchemeError(f"{name}: summary = {summary!r}, it is one line of text")
    return Entry(name, lambda **_: from_data(data, name), declared, {}, given, summary, origin)


def read_file(path: Path) -> list[Entry]:
    """The tables of a TOML file: one under each [name], or one alone with a `name` of its own or the file's."""
    from schemes.exchange import file_data  # readers of JSON, TOML and CSV: 5 ms

    data = file_data(path)
    if any(key in FORMS for key in data):
        data = {str(data.get("name", path.stem)): {k: v for k, v in data.items() if k != "name"}}
    found = []
    for name, inner in data.items():
        if not isinstance(inner, Mapping):
            raise SchemeError(f"{path}: {name} = {inner!r} stands outside of a table, begin with a line [name]")
        try:
            found.append(tabled(name, inner, str(path)))
        except SchemeError as error:
            raise SchemeError(f"{path}: {error}") from None
    return found


def add_files(paths: Iterable[Path]) -> None:
    """Add the tables of all files, or none where one is broken or takes a name that is taken."""
    found: dict[str, Entry] = {}
    for path in paths:
        for entry in read_file(path):
            try:
                check_new(entry.name, entry.claims, found)
            except SchemeError as error:
                raise SchemeError(f"{path}: {error}") from None
            found[entry.name] = entry
    ENTRIES.update(found)


def get(name: str, **values: Any) -> Scheme:
    """The scheme of this name; a value fixes any of its parameters, learned ones too, or declares it anew.

        get("lm2"), get("lm2", k=Fraction(-1, 2)), get("fractalnet", columns=3), get("zerosnet", lam=learned("-9/5"))

    Raises SchemeError for an unknown name or parameter, with the near ones.
    """
    found = entry(name)
    if odd := sorted(set(values) - set(found.declared) - set(found.structure)):
        has = ", ".join([*found.declared, *found.structure]) or "none"
        raise SchemeError(f"{name} has no parameter {odd[0]!r}, it has: {has}")
    structure = {k: values.pop(k, v) for k, v in found.structure.items()}
    for key, value in structure.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise SchemeError(f"{name}: {key} = {value} must be a whole number")
    usual = {k: p.value for k, p in found.declared.items() if p.kind == "chosen" and p.value is not None}
    scheme = found.usual if structure == found.structure else build(found, structure)
    return scheme.at(**fixed) if (fixed := {**usual, **values}) else scheme


def build(found: Entry, structure: dict[str, Any]) -> Scheme:
    """The entry's table in its symbols, under its name and with its parameters declared."""
    try:
        scheme = found.make(**{k: symbol(k) for k in found.declared}, **structure)
    except SchemeError:
        raise
    except Exception as error:
        raise SchemeError(f"{found.name}: its function fails, {type(error).__name__}: {error}") from error
    if not isinstance(scheme, Scheme):
        raise SchemeError(f"{found.name}: its function returns a {type(scheme).__name__}, it must return a Scheme")
    given = (*scheme.start.parameters, *scheme.parameters) if scheme.start else scheme.parameters
    known = {p.name: p for p in given} | found.declared
    start = scheme.start and replace(scheme.start, parameters=needed(scheme.start, known))
    return replace(scheme, name=found.name, parameters=needed(scheme, known), start=start)


def needed(scheme: Scheme, known: dict[str, Parameter]) -> tuple[Parameter, ...]:
    """The declarations of what is in the table and of what their laws depend on."""
    used = scheme.symbols | frozenset().union(*(known[name].symbols for name in scheme.symbols))
    return tuple(p for name, p in known.items() if name in used)


def names(**facts: Any) -> list[str]:
    """All names, or those of entries with the given facts.

    facts: kind, order, stages, history, explicit, exact (of the scheme), learned, stochastic (it has such parameters).
    Raises SchemeError for a fact that does not exist and for a kind that no entry is of.
    """
    if odd := sorted(set(facts) - set(FACTS)):
        raise SchemeError(f"{odd[0]!r} is no fact of a scheme, the facts are {', '.join(FACTS)}")
    known = {e.name: {k: FACTS[k](e, get(e.name)) for k in facts} for e in entries()}
    for fact, wanted in facts.items():
        values = {own[fact] for own in known.values()}
        if isinstance(wanted, str) and wanted not in values:
            raise SchemeError(f"no entry has {fact} {wanted!r}, take one of {', '.join(sorted(map(str, values)))}")
    return [name for name, own in known.items() if own == facts]


FACTS: dict[str, Callable[[Entry, Scheme], Any]] = {
    "kind": lambda e, s: s.kind,
    "order": lambda e, s: e.order,
    "stages": lambda e, s: s.stages,
    "history": lambda e, s: s.history,
    "explicit": lambda e, s: s.explicit,
    "exact": lambda e, s: s.exact,
    "learned": lambda e, s: bool(s.role("learned")),
    "stochastic": lambda e, s: bool(s.role("random")),
}


def entry(name: str) -> Entry:
    load()
    if name not in ENTRIES:
        near = (
            [n for n in ENTRIES if name and n.startswith(name)]
            or get_close_matches(name, ENTRIES, 4, 0.6)
            or [n for n in ENTRIES if name and name in n]
            or [n for n, found in ENTRIES.items() if words(name) and words(name) <= words(found.summary)][:4]
        )
        hint = f"near it are {', '.join(near)}" if near else "`schemes.names()` lists all"
        raise SchemeError(f"no scheme is called {name!r}: {hint}")
    return ENTRIES[name]


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))


def entries() -> Iterator[Entry]:
    load()
    return iter(list(ENTRIES.values()))


class Once:
    """Work that the first call does while other threads wait for it; `cache` alone lets two of them begin."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.lock, self.done = RLock(), cache(work)
        self.cache_clear = self.done.cache_clear

    def __call__(self) -> None:
        with self.lock:
            self.done()


@Once
def catalogue() -> None:
    folder = Path(__file__).parent / "catalogue"
    for part in CATALOGUE:
        table = folder / f"{part}.toml"
        if table.exists():
            add_files([table])
        else:
            importlib.import_module(f"schemes.catalogue.{part}")


def own_folder() -> Path:
    """Where a user's own tables are: $ODENETS_SCHEMES, else odenets/schemes in the folder of settings."""
    if chosen := os.environ.get("ODENETS_SCHEMES"):
        return Path(chosen).expanduser()
    settings = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(settings).expanduser() / "odenets" / "schemes"


@Once
def load() -> None:
    """Read the catalogue, then the plug-ins, modules that entry points of odenets.schemes name, then the user's tables.

    Raises SchemeError for a plug-in that does not load and a table that is none, and names it.
    """
    catalogue()
    from importlib.metadata import entry_points  # 20 ms, and only here

    for point in entry_points(group=PLUGINS):
        try:
            point.load()
        except Exception as error:
            raise SchemeError(
                f"plug-in {point.name} = {point.value} does not load, mend or remove it: {error}"
            ) from error
    add_files(sorted(own_folder().glob("*.toml")))
