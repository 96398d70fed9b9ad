"""Commands on a user's own schemes: scheme new, scheme remove, scheme export."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import App

from odenets.cli.common import print_json, print_text
from odenets.errors import OdenetsError
from schemes import SchemeError

if TYPE_CHECKING:
    from analysis import Certificate
    from schemes import Scheme

scheme = App(name="scheme", help="Schemes of your own: check, certify and keep them beside the catalogue.\n\n"
             "Example: odenets scheme new mine.toml", help_format="plaintext")  # fmt: skip


@scheme.command
def new(file: Path, *, name: str = "", approximate: bool = False, replace: bool = False, json: bool = False) -> None:
    """Check a table, certify it and add it to your own schemes; from then on it is a name like any other.

    Example: odenets scheme new mine.toml

    Parameters
    ----------
    file
        A .txt with a tableau as typed ("0 | ; 1/2 | 1/2 ; | 0 1"), or .csv, .json, .toml.
    name
        Its name; that in the file or the file's own unless given.
    approximate
        Take decimals as rounded to their last digit; otherwise they are refused. To tell an order takes 9 digits.
    replace
        Replace a scheme of your own that has the name.
    json
        Print JSON only.
    """
    from analysis import describe, facts
    from analysis.remembered import recalled
    from schemes.exchange import data_of, file_data, to_data, toml
    from schemes.forms import from_data
    from schemes.registry import own_folder, tabled

    data = file_data(file)
    label = name or str(data.get("name") or file.stem)
    try:
        entry = tabled(label, data, str(file))
        made = from_data(data, label, approximate=approximate)
    except SchemeError as error:
        raise OdenetsError(f"{file}: {error}") from None
    path = own_folder() / f"{label}.toml"
    check_free(label, path, replace)
    usual = made.at(**{p.name: p.value for p in made.parameters if p.kind == "chosen" and p.value is not None})
    check_certificate(usual, recalled(usual), entry.claims)
    found, told = (facts(usual, 3), "") if json else ({}, describe(usual, 3))
    text = toml({**to_data(made), **{k: data[k] for k in ("summary", "claims") if k in data}})
    from_data(data_of(text, "toml"), label)  # what is kept can be read again
    write(path, text, replace)
    if json:
        print_json({"file": str(path), **found})
    else:
        title = f"{label}: {entry.summary}" if entry.summary else label
        print_text(f"{title}\n\n{told}\n\nadded as {label}: {path}")


@scheme.command
def remove(name: str) -> None:
    """Remove one of your own schemes.

    Example: odenets scheme remove mine

    Parameters
    ----------
    name
        Its name.
    """
    from schemes.forms import check_name
    from schemes.registry import own_folder

    path = own_folder() / f"{check_name(name)}.toml"
    if path not in (files := sorted(own_folder().glob("*.toml"))) and name in {n for f in files for n in names_in(f)}:
        raise OdenetsError(f"{name} stands with others in a file of {own_folder()}: take it out there")
    if not path.is_file() and not path.is_symlink():
        own = ", ".join(sorted(p.stem for p in own_folder().glob("*.toml"))) or "none"
        raise OdenetsError(f"{name} is no scheme of your own in {own_folder()}: there is {own}")
    path.unlink()
    print_text(f"removed {path}")


@scheme.command
def export(name: str, *, form: Literal["text", "json", "toml", "csv"] = "toml") -> None:
    """Print a scheme as a table to edit, to keep or to hand on; `odenets scheme new` reads it.

    Example: odenets scheme export rk4_classic --form text

    Parameters
    ----------
    name
        A name from `odenets schemes`.
    form
        text, json, toml or csv.
    """
    from schemes import dumps, get

    print_text(dumps(get(name), form).rstrip("\n"))


# ---- parts ---------------------------------------------------------------------------------------------------------


def check_free(name: str, path: Path, replace: bool) -> None:
    """Raises OdenetsError where the name is that of another scheme."""
    from schemes import entries

    taken = next((e for e in entries() if e.name == name), None)
    if taken is not None and taken.origin != str(path):
        where = f"stands in {taken.origin}" if is_own(taken.origin) else "is a scheme of the catalogue or a plug-in"
        raise OdenetsError(f"{name} {where} already, choose another --name")
    if taken is not None and not replace:
        raise OdenetsError(f"{name} is a scheme of your own already, in {path}: give --replace, or another --name")


def is_own(origin: str) -> bool:
    from schemes.registry import own_folder

    return bool(origin) and Path(origin).parent == own_folder()


def names_in(path: Path) -> list[str]:
    """The schemes of a file, none of a broken one."""
    from schemes.registry import read_file

    try:
        return [entry.name for entry in read_file(path)]
    except SchemeError:
        return []


def check_certificate(made: Scheme, found: Certificate, claims: dict[str, Any]) -> None:
    """Raises OdenetsError for a claim that is not borne out."""
    from analysis.tables import Claim
    from schemes.registry import check_claims

    check_claims(made.name, claims)
    for fact, claimed in claims.items():
        claim = Claim(made.name, fact, claimed, getattr(found, fact))
        if not claim.confirmed:
            raise OdenetsError(
                f"{made.name} claims {fact} = {claimed}, computed is {claim.text}: mend the table or the claim"
            )


def write(path: Path, text: str, replace: bool) -> None:
    """The whole file or none. Raises OdenetsError where the folder cannot be written or another was faster."""
    half = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        if replace:
            os.replace(half, path)
        else:
            os.link(half, path)
    except FileExistsError:
        raise OdenetsError(f"{path} is there already: give --replace, or another --name") from None
    except OSError as error:
        raise OdenetsError(f"{path} cannot be written: {error.strerror}") from None
    except UnicodeEncodeError:
        raise OdenetsError(f"{path}: the text has a character that UTF-8 does not know, take it out") from None
    finally:
        if half and os.path.exists(half):
            os.unlink(half)


COMMANDS = (scheme,)
