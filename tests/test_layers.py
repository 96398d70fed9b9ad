"""The house: which package may import which."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("schemes", "analysis", "odenets")
STANDARD = sys.stdlib_module_names
ARRAYS = {"numpy", "scipy", "sympy", "mpmath", "flint"}
EDGE = (
    "obeys*", "cli*", "report*", "figures*", "demo*", "explorer*", "audit*", "advice*", "conversion*",
    "identification*", "noise*", "studies*",
)  # fmt: skip


def imports(file: Path) -> set[str]:
    """Top-level names of all modules that a file imports, at any depth of its code, but not for annotations alone."""
    tree, found = ast.parse(file.read_text()), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = file.relative_to(ROOT).parts[0]
            found.add(package if node.level else str(node.module).partition(".")[0])
    return found


def foreign(file: Path) -> set[str]:
    return imports(file) - STANDARD - {file.relative_to(ROOT).parts[0]}


def is_edge(file: Path) -> bool:
    first = Path(file.relative_to(ROOT / "odenets").parts[0])
    return any(first.match(pattern) for pattern in EDGE)


def files(package: str) -> list[str]:
    found = [str(file.relative_to(ROOT)) for file in sorted((ROOT / package).rglob("*.py"))]
    assert found, package
    return found


@pytest.mark.parametrize("file", files("schemes"))
def test_schemes_imports_the_standard_library_only(file):
    assert not foreign(ROOT / file)


@pytest.mark.parametrize("file", files("analysis"))
def test_analysis_imports_schemes_and_arrays_and_matplotlib_for_plots_alone(file):
    plots = "analysis/plots/" in file
    assert foreign(ROOT / file) <= {"schemes", *ARRAYS} | ({"matplotlib"} if plots else set())


@pytest.mark.parametrize("file", files("odenets"))
def test_odenets_imports_analysis_at_its_edge_alone_and_matplotlib_for_figures_alone(file):
    found = foreign(ROOT / file)
    assert not found & {"tests", "benchmarks"}
    assert "matplotlib" not in found or Path(file).match("odenets/figures*.py")
    assert "analysis" not in found or is_edge(ROOT / file)


LOADED = """
import sys
before = set(sys.modules)
import {module}
top = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(top - set(sys.stdlib_module_names) - {{"schemes", "analysis"}}))
"""


def loaded(module: str) -> str:
    """What a fresh process has loaded, beyond the standard library, once it has imported a module."""
    command = [sys.executable, "-c", LOADED.format(module=module)]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()


def test_import_schemes_loads_no_module_outside_the_standard_library():
    assert loaded("schemes; schemes.names(); schemes.get('lm2')") == ""


def test_import_analysis_loads_neither_torch_nor_matplotlib():
    assert set(loaded("analysis").split()).isdisjoint({"torch", "matplotlib", "odenets"})


FIRST = """
import os, sys
from importlib import import_module
import flint, matplotlib.figure, pebble, scipy.sparse.linalg, starlette.applications, sympy, torch, uvicorn
for name in sys.argv[1:]:
    if (child := os.fork()) == 0:
        try:
            import_module(name)
        except ImportError as error:
            print(name, error)
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.parametrize(
    "package",
    ["odenets/explorer", "odenets/studies", *(pytest.param(name, marks=pytest.mark.slow) for name in PACKAGES)],
)
def test_any_module_can_be_the_first_that_is_imported(package):
    """No circle of imports, whichever way one comes: those by import_module as well, which no reading finds."""
    modules = [file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in files(package)]
    names = [name for name in modules if not name.endswith("__main__")]
    command = [sys.executable, "-c", FIRST, *names]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout == ""


def test_the_walk_sees_imports_inside_functions_and_relative_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    file = tmp_path / "schemes" / "x.py"
    file.parent.mkdir()
    file.write_text(
        "def f():\n    import torch.nn as nn\n    from numpy import pi\n    from . import y\n    import os.path\n"
    )
    assert foreign(file) == {"torch", "numpy"}
