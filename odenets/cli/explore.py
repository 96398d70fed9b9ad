"""The page in a browser: explore."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from odenets.cli.common import print_text
from odenets.errors import OdenetsError

MOST = 64  # workers


def explore(
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    no_browser: Annotated[bool, Parameter(negative="")] = False,
    runs: Path = Path("runs"),
    workers: int | None = None,
    read_only: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Open the page on which one designs a scheme and sees all it implies; Ctrl-C ends it.

    Example: odenets explore        Example: odenets explore --port 0 --no-browser

    Parameters
    ----------
    host
        The address to listen on. One that others can reach asks them for the token in the address printed.
    port
        The port; 0 takes a free one.
    no_browser
        Print the address and open no browser.
    runs
        The folder of the run records.
    workers
        Processes that compute, beside one for what takes milliseconds; one for each core, at most 4, unless given.
    read_only
        Let nobody start a training.
    """
    if workers is not None and not 1 <= workers <= MOST:
        raise OdenetsError(f"--workers {workers} must be from 1 to {MOST}")
    if runs.exists() and not runs.is_dir():
        raise OdenetsError(f"--runs {runs} is a file: name the folder of the run records")
    from odenets.explorer.pool import prepare

    prepare()
    from odenets.explorer.serving import serve

    count = workers or min(os.cpu_count() or 1, 4)
    serve(host, port, runs, workers=count, browser=not no_browser, read_only=read_only, say=said)


def said(address: str) -> None:
    print_text(address)
    sys.stdout.flush()  # whoever started us in a pipe waits for it


COMMANDS: Sequence[Any] = (explore,)
