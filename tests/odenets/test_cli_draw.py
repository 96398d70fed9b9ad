"""The command `odenets draw`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from odenets.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_file_has_the_specs_name_and_the_picture_its_parameters(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["draw", "rk4_classic", "--depth", "6", "--widths", "4", "--widths", "8"])
    assert capsys.readouterr().out == "rk4_classic.svg\n"
    assert ">rk4_classic-" in (text := (folder / "rk4_classic.svg").read_text()) and "8 channels, 16 × 16" in text
    main(["draw", "mlp_rk2", "--json"])
    assert json.loads(capsys.readouterr().out)["figure"] == "mlp_rk2.svg"
    assert ">mlp_rk2 (heun2-4): " in (folder / "mlp_rk2.svg").read_text()


def test_a_table_of_a_users_own_is_drawn(folder: Path) -> None:
    (folder / "tables").mkdir()
    (folder / "tables" / "mine.csv").write_text("0,,\n1/2,1/2,\n,1/3,2/3\n")
    main(["draw", "tables/mine.csv", "--depth", "8"])
    assert (folder / "mine.svg").exists()


@pytest.mark.parametrize("suffix", ["png", "PNG", "pdf"])
def test_the_suffix_says_the_format(folder: Path, suffix: str) -> None:
    main(["draw", "euler", "--depth", "8", "--output", f"net.{suffix}"])
    written = folder / f"net.{suffix}"
    assert Image.open(written).width > 1000 if suffix != "pdf" else written.read_bytes().startswith(b"%PDF")
    assert [file.name for file in folder.iterdir()] == [written.name]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nonsense"], "no scheme is called 'nonsense'"),
        (["rk4"], "no scheme is called 'rk4'"),
        (["lm2", "--output", "net.bmp"], "name the file .png, .svg or .pdf"),
        (["lm2", "--output", "net"], "name the file .png, .svg or .pdf"),
        (["lm2", "--output", "held.svg"], "the figure cannot be written (Is a directory)"),
        (["lm2", "--output", "nowhere/net.svg"], "the figure cannot be written (No such file or directory)"),
        (["lm2", "--image", "0"], "--image 0 must be at least 1"),
        (["lm2", "--depth", "21"], "take 20 or 26"),
        (["bdf"], "is implicit and cannot be wired"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(
    arguments: list[str], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "held.svg").mkdir()
    with pytest.raises(SystemExit) as stop:
        main(["draw", *arguments])
    said = capsys.readouterr().err
    assert stop.value.code == 2 and sentence in said and said.count("\n") == 1
    assert [file.name for file in folder.iterdir()] == ["held.svg"]


def test_a_file_that_is_there_stays_whole_where_writing_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (folder / "euler.svg").write_text("the old picture")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SystemExit):
        main(["draw", "euler", "--depth", "8"])
    assert "No space left on device" in capsys.readouterr().err
    assert (folder / "euler.svg").read_text() == "the old picture"
    assert [file.name for file in folder.iterdir()] == ["euler.svg"]
