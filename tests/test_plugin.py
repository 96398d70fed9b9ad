"""A package of somebody else adds schemes: a wheel is made and installed, and its entry is in every list."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULE = '''"""A scheme from outside."""

from schemes import register, runge_kutta


@register(order=2, stage_order=1)
def from_outside():
    """A midpoint rule of another house."""
    return runge_kutta("from_outside", [["1/2"]], [0, 1], source="here")
'''
METADATA = "Metadata-Version: 2.1\nName: more-schemes\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path, module: str) -> Path:
    path = folder / "more_schemes-1.0-py3-none-any.whl"
    info = "more_schemes-1.0.dist-info"
    files = {
        "more_schemes.py": module,
        f"{info}/METADATA": METADATA,
        f"{info}/WHEEL": WHEEL,
        f"{info}/entry_points.txt": "[odenets.schemes]\nmore = more_schemes\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


def installed(tmp_path: Path, module: str = MODULE) -> dict[str, str]:
    """The environment of a process that has the package."""
    home = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", str(home)]
    subprocess.run([*command, str(wheel(tmp_path, module))], check=True, capture_output=True)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(home), str(ROOT)])}


def run(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=env, cwd=ROOT)


pip = pytest.mark.skipif(
    subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True).returncode != 0,
    reason="this environment has no pip to install a plug-in with",
)


@pip
def test_an_installed_package_adds_entries(tmp_path):
    env = installed(tmp_path)
    code = "import schemes; print('from_outside' in schemes.names(), schemes.get('from_outside').B)"
    assert run(["-c", code], env).stdout == "True ((Fraction(0, 1), Fraction(1, 1)),)\n"
    listed = run(["-m", "odenets", "schemes", "--order", "2", "--stages", "2"], env)
    assert listed.returncode == 0 and "from_outside" in listed.stdout
    assert "A midpoint rule of another house." in run(["-m", "odenets", "show", "from_outside"], env).stdout


@pip
def test_a_package_that_does_not_load_is_named_in_a_sentence(tmp_path):
    found = run(["-m", "odenets", "show", "euler"], installed(tmp_path, "raise ImportError('out of order')\n"))
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == ("odenets: plug-in more = more_schemes does not load, mend or remove it: out of order\n")
