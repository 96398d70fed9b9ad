"""docs/models.md: its tables are those of the command, its code prints what it says, its commands run."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odenets import build
from odenets.blocks import BLOCKS
from odenets.cli import app
from odenets.named_models import models
from odenets.stems import STEMS
from odenets.transitions import TRANSITIONS
from schemes import names
from tests.odenets.terminal import typed

PAGE = (Path(__file__).parent.parent / "docs" / "models.md").read_text()
CODE = re.findall(r"```python\n(.*?)```(?:\n```text\n(.*?)```)?", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^    odenets (.+)$", PAGE.split("```")[0] + "".join(PAGE.split("```")[2::2]), re.MULTILINE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the page's code has run, and printed what the page says."""
    made = tmp_path_factory.mktemp("page")
    known: dict[str, Any] = {}
    with contextlib.chdir(made):
        for body, said in CODE:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(body, known)
            assert out.getvalue() == said, body
        yield made


def test_the_code_prints_what_the_page_says(folder: Path) -> None:
    assert sum(said != "" for _, said in CODE) > 20
    assert (folder / "mine.txt").exists()


def test_the_tables_are_those_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    out, err, status = typed("models --markdown", capsys)
    assert (err, status) == ("", 0)
    assert out in PAGE, "docs/models.md: put the output of `odenets models --markdown` in place of its tables"


@pytest.mark.parametrize("command", [command for command in COMMANDS if not command.startswith("train")])
def test_commands_run(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err, status = typed(command, capsys)
    assert out
    assert (err, status) == ("", 0)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("train")])
def test_commands_that_train_are_understood(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    typed("models --help", capsys)  # registers the commands
    _, bound, *_ = app.parse_args(shlex.split(command), exit_on_error=False, print_error=False)
    assert bound.arguments["spec"] in models()


def test_every_model_is_in_the_table_and_every_name_is_one() -> None:
    text = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    mentioned = set(re.findall(r"`(\w+)`", text))
    assert set(models()) <= mentioned
    known = {*models(), *names(), *BLOCKS, *STEMS, *TRANSITIONS, *vars(build("resnet20").spec), "repeat", "runge_kutta"}
    assert mentioned <= known


def test_lm_resnet_is_its_resnet_and_a_number_a_step() -> None:
    (said,) = re.findall(r"`lm_resnet20` differs from `resnet20` by (\d+) numbers", " ".join(PAGE.split()))
    assert int(said) == len(build("lm_resnet20").coefficients())
    plain, multistep = (
        {k: tuple(v.shape) for k, v in build(name).state_dict().items()} for name in ("resnet20", "lm_resnet20")
    )
    assert {k: v for k, v in multistep.items() if not k.endswith(".k")} == plain
