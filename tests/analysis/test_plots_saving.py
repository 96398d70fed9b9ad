"""Laws of saved figures: equal ones give equal files, a file is whole or not there, settings of the caller stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import schemes
from analysis import plots
from analysis.errors import AnalysisError

NAN = np.nan


def figure() -> Figure:
    return plots.learned_k([[NAN, 0.1, 0.2], [NAN, 0.3, -0.4]], [3])


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_equal_figures_give_equal_files(tmp_path: Path, suffix: str) -> None:
    one, two = (
        plots.save(plots.learned_k([[NAN, 0.5, -1]], [3]), tmp_path / f"{name}{suffix}").read_bytes() for name in "ab"
    )
    assert one == two
    assert not {stamp for stamp in (b"<dc:date>", b"CreationDate", b"matplotlib.org") if stamp in one}


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "figure.png"
    path.write_text("old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(AnalysisError, match="cannot be written \\(No space left on device\\)"):
        plots.save(plots.wiring(schemes.get("euler")), path)
    assert [p.name for p in tmp_path.iterdir()] == ["figure.png"]
    assert path.read_text() == "old"


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    drawn = plots.wiring(schemes.get("euler"))
    with pytest.raises(AnalysisError, match=r"'\.jpg', name the file \.png, \.svg or \.pdf"):
        plots.save(drawn, tmp_path / "figure.jpg")
    with pytest.raises(AnalysisError, match="No such file or directory"):
        plots.save(drawn, tmp_path / "missing" / "figure.png")
    (tmp_path / "file").write_text("")
    with pytest.raises(AnalysisError, match="Not a directory"):
        plots.save(drawn, tmp_path / "file" / "figure.png")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_settings_of_the_caller_neither_change_nor_matter(tmp_path: Path) -> None:
    plain = plots.save(figure(), tmp_path / "plain.png").read_bytes()
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True, "figure.facecolor": "red", "savefig.dpi": 30}):
        before = dict(matplotlib.rcParams)
        styled = plots.save(figure(), tmp_path / "styled.png").read_bytes()
        assert dict(matplotlib.rcParams) == before
    assert styled == plain
