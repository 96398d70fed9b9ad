"""The command `odenets identify`, on files as users have them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from odenets.cli.identify import as_data, made
from odenets.cli.identify import identify as command
from odenets.errors import OdenetsError
from odenets.identification import identify

SOURCE = """
import torch
from torch import nn
import beside

class Net(nn.Module):
    def __init__(self, depth=3, rate=0.5):
        super().__init__()
        self.rate = rate
        self.blocks = nn.ModuleList(nn.Linear(4, 4) for _ in range(depth))

    def forward(self, u):
        assert u.shape[1] == 4
        for block in self.blocks:
            k = block(u)
            u = u + block(u + self.rate * k)
        return u

class Broken(nn.Module):
    def __init__(self):
        raise ValueError("no weights")

number = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "beside.py").write_text("x = 1\n")
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


def test_a_file_is_identified(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(f"{file}:Net", args=("depth=5",), example=(2, 4))
    assert capsys.readouterr().out.startswith("midpoint, 5 steps: blocks.0")


def test_json_has_the_exact_tables(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(f"{file}:Net", args=("rate=0.25",), example=(2, 4), json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["name"] == "" and found["scheme"]["A"] == [["0", "0"], ["1/4", "0"]]
    assert [step["blocks"] for step in found["steps"]][2] == ["blocks.2", "blocks.2"]


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ("mine.py", "say the file and the name in it"),
        ("none.py:Net", "is no file"),
        ("mine.py:Nat", "has no Nat: its modules are Net, Broken"),
        ("mine.py:Broken", "Broken of .*mine.py cannot be made, ValueError: no weights"),
        ("mine.py:number", "cannot be made, TypeError"),
    ],
)
def test_what_is_wrong_is_one_sentence(file: Path, network: str, told: str) -> None:
    with pytest.raises(OdenetsError, match=told):
        made(str(file.parent / network), {})


def test_a_file_that_fails_and_a_shape_of_nothing_are_told(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("1 / 0\n")
    with pytest.raises(OdenetsError, match="fails when it is imported, ZeroDivisionError"):
        made(f"{tmp_path / 'bad.py'}:Net", {})
    with pytest.raises(OdenetsError, match="--example 0 3"):
        command("mine.py:Net", example=(0, 3))


def test_data_has_learned_values_as_numbers() -> None:
    from tests.odenets.handwritten import LMResNet

    data = as_data(identify(LMResNet()))
    assert [step["values"] for step in data["steps"]] == [{"k": -i / 8} for i in range(1, 5)]
    assert data["steps"][0]["scheme"]["parameters"] == {"ks": 1.125}
