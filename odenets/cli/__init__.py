"""The command line. Each module holds the commands of one concern; what is heavy is imported inside a command."""

from __future__ import annotations

import os
import sys
from errno import ENOSPC
from importlib import import_module
from io import TextIOWrapper

from cyclopts import App, CycloptsError

from analysis.errors import AnalysisError
from odenets.cli.common import console
from odenets.errors import OdenetsError
from schemes import SchemeError

CONCERNS = (
    "finding", "schemes", "own", "modified", "sde", "weak", "networks", "draw", "emit", "identify", "convert", "runs",
    "noise", "studies", "evidence", "obeys", "audit", "explore",
)  # fmt: skip

app = App(
    name="odenets",
    help="""Numerical integrators as exact data: networks, order, modified equations and stability from one table.

    Example: odenets show lm2        Example: odenets train lm2 --depth 20
    """,
    version_flags=["--version"],
    help_format="plaintext",
    suppress_keyboard_interrupt=False,  # main says how to continue
    result_action="return_value",  # main returns, so that Python code can call it
)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what is wrong with a request is one sentence on standard error and exit status 2."""
    for concern in CONCERNS:
        for command in import_module(f"odenets.cli.{concern}").COMMANDS:
            name = command.name[0] if isinstance(command, App) else command.__name__
            if name not in app:
                app.command(command)
    if sys.stdout is None:  # closed by the shell: >&-
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without ∞ and α gets ?
    try:
        app(sys.argv[1:] if arguments is None else arguments, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except (SchemeError, AnalysisError, OdenetsError) as error:
        fail(str(error), 2)
    except CycloptsError as error:
        fail(" ".join(str(error).split()), 2)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has left: not an error of ours, and nothing more to say
    except OSError as error:
        if error.errno != ENOSPC:
            raise
        fail(f"the output cannot be written ({error.strerror}): free some space", 2)
    except KeyboardInterrupt as stop:
        fail(str(stop) or "stopped", 130)


def fail(sentence: str, status: int) -> None:
    console(error=True).print(f"odenets: {sentence}", highlight=False, markup=False, soft_wrap=True)
    sys.exit(status)
