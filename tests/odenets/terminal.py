"""A command typed in this process: what it prints, what it complains of, its exit status."""

import shlex

import pytest

from odenets.cli import main


def typed(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[str, str, int]:
    from odenets.cli.common import console

    console.cache_clear()  # consoles hold on to the streams of the test before
    status = 0
    try:
        main(shlex.split(command))
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return out, err, status
