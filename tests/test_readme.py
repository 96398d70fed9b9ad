"""README: its code prints what it says, its commands are commands, its files are there."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from odenets.cli import app, main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = sorted(set(re.findall(r"`(odenets [^`]+)`", README) + re.findall(r"^(odenets .+)$", README, re.MULTILINE)))


def test_the_code_prints_what_readme_says() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", README, re.DOTALL)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, {})
    assert out.getvalue() == printed


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_understood(command: str) -> None:
    with contextlib.suppress(SystemExit):
        main(["--help"])  # registers the commands
    app.parse_args(shlex.split(command)[1:], exit_on_error=False, print_error=False)


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS if c.startswith(("odenets show", "odenets build", "odenets schemes"))]
)
def test_commands_that_only_look_run(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(shlex.split(command)[1:])
    assert capsys.readouterr().out


def test_linked_files_are_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_contributing_is_short_and_its_entry_works() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    assert len(text.splitlines()) < 60
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (table,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    import analysis
    import schemes
    from schemes.registry import ENTRIES, get, register

    assert schemes.loads(table, "toml").table == get("ralston2").table and analysis.order(get("ralston2")) == 2
    try:
        exec(code, {**vars(schemes), "Any": Any, "register": register})
        assert analysis.order(get("relaxed", omega=1)) == 1
    finally:
        ENTRIES.pop("relaxed", None)
