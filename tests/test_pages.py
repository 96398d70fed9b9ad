"""The pages of docs/ whose Python runs from top to bottom: each as one program."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
import torch

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("memory", "source", "identify", "continuous", "implicit", "depth", "sde", "paths", "noise", "explorer")


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fences = re.findall(r"^```python\n(.*?)^```", (DOCS / f"{page}.md").read_text(), re.M | re.S)
    assert fences
    scope: dict[str, object] = {"__name__": "page"}
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile("\n".join(fences), f"docs/{page}.md", "exec"), scope)


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (DOCS / f"{page}.md").read_text()):
        assert target.startswith("http") or (DOCS / target).exists(), target
