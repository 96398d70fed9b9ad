"""Commands on a user's own schemes: scheme new, scheme remove, scheme export."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, Literal

from cyclopts import App

from odenets.cli.common import print_json, print_text
from odenets.errors import OdenetsError

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
        Take decimals as rounded to their last digit; otherwise they are refused.
    replace
        Replace a scheme of your own that has the name.
    json
        Print JSON only.
    """
    from analysis import describe, facts
    from schemes.exchange import file_data, to_data, toml
    from schemes.forms import from_data
    from schemes.registry import own_folder, tabled

    data = file_data(file)
    label = name or str(data.get("name") or file.stem)
    try:
        made = from_data(data, label, approximate=approximate)
        entry = tabled(label, data, str(file))
    except ValueError as error:
        raise OdenetsError(f"{file}: {error}") from None
    path = own_folder() / f"{label}.toml"
    check_free(label, path, replace)
    check_claims(made, entry.claims)
    kept = {k: data[k] for k in ("summary", "claims") if k in data}
    write(path, toml({**to_data(made), **kept}))
    if json:
        print_json({"file": str(path), **facts(made, 3)})
    else:
        print_text(f"{label}: {entry.summary}\n\n{describe(made, 3)}\n\nadded as {label}: {path}")


@scheme.command
def remove(name: str) -> None:
    """Remove one of your own schemes.

    Example: odenets scheme remove mine

    Parameters
    ----------
    name
        Its name.
    """
    from schemes.registry import own_folder

    path = own_folder() / f"{name}.toml"
    if not path.is_file():
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
        raise OdenetsError(f"{name} is a scheme of the catalogue already, choose another --name")
    if taken is not None and not replace:
        raise OdenetsError(f"{name} is a scheme of your own already, in {path}: give --replace, or another --name")


def check_claims(made: Any, claims: dict[str, Any]) -> None:
    """Raises OdenetsError for a claim that the certificate does not bear out."""
    from analysis import certificate
    from analysis.tables import Claim
    from schemes.registry import CLAIMS

    if odd := sorted(set(claims) - set(CLAIMS)):
        raise OdenetsError(f"{made.name} claims {odd[0]!r}, which nothing computes; claims are {', '.join(CLAIMS)}")
    for fact, claimed in claims.items():
        claim = Claim(made.name, fact, claimed, getattr(certificate(made), fact))
        if not claim.confirmed:
            raise OdenetsError(
                f"{made.name} claims {fact} = {claimed}, computed is {claim.text}: mend the table or the claim"
            )


def write(path: Path, text: str) -> None:
    """The whole file or none. Raises OdenetsError where the folder cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, half = tempfile.mkstemp(dir=path.parent, suffix=".new")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(half, path)
    except OSError as error:
        raise OdenetsError(f"{path} cannot be written: {error.strerror}") from None


COMMANDS = (scheme,)
