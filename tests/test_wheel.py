"""The wheel: built from the tree, installed elsewhere, it brings all its files and works from another folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_an_installed_wheel_works_from_another_folder(tmp_path: Path) -> None:
    def run(*command: str | Path) -> str:
        clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        return subprocess.run(command, cwd=tmp_path, env=clean, check=True, capture_output=True, text=True).stdout

    listed = subprocess.run(["git", "-C", ROOT, "ls-files"], capture_output=True, text=True, check=True).stdout.split()
    tree = tmp_path / "tree"  # a copy: setuptools would leave a build folder, and take stale files from it next time
    for name in listed:
        if (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, tree)
    (wheel,) = tmp_path.glob("odenets-*.whl")
    inside = zipfile.ZipFile(wheel).namelist()
    own = {name for name in listed if name.startswith(("schemes/", "analysis/", "odenets/"))}
    assert own <= set(inside)
    assert not [name for name in inside if name.startswith(("tests/", "benchmarks/"))]

    run(sys.executable, "-m", "venv", tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    # the dependencies come from here (torch alone is gigabytes), but not this checkout, which is installed as editable
    (Path(site) / "dependencies.pth").write_text(f"import sys; sys.path.append({sysconfig.get_path('purelib')!r})\n")
    where = run(python, "-c", "import odenets, analysis, schemes; print(odenets.__file__)")
    assert str(tmp_path) in where
    odenets = tmp_path / "venv" / "bin" / "odenets"
    assert '"order": "1"' in run(odenets, "show", "lm2", "--json") or '"order": 1' in run(
        odenets, "show", "lm2", "--json"
    )
    tiny = ["--depth", "8", "--widths", "4", "--widths", "8", "--widths", "16", "--epochs", "1", "--precision", "fp32"]
    run(odenets, "train", "lm2", *tiny)
    assert Path(tmp_path / run(odenets, "report").strip()).read_text().startswith("<!doctype html>")
