"""docs/lm_resnet.md: its code prints what it says, and its formulas are those of the code."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

import analysis
from schemes import get, symbol

PAGE = (Path(__file__).parent.parent / "docs" / "lm_resnet.md").read_text()
BLOCKS = re.findall(r"```(python|text|math)\n(.*?)```", PAGE, re.DOTALL)
ROWS = re.findall(r"^\| .+ \| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)


def code(blocks: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs of a block of Python and the text after it, empty where none comes before the next."""
    shown = [(kind, body) for kind, body in blocks if kind != "math"]
    after = [*shown[1:], ("python", "")]
    return [
        (body, printed if following == "text" else "")
        for (kind, body), (following, printed) in zip(shown, after, strict=True)
        if kind == "python"
    ]


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the page's code defines, after it has printed what the page says."""
    found: dict[str, Any] = {}
    for body, printed in code(BLOCKS):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(body, found)
        assert out.getvalue() == printed
    return found


def test_the_code_prints_what_the_page_says(names: dict[str, Any]) -> None:
    assert sum(printed != "" for _, printed in code(BLOCKS)) == 4


@pytest.mark.parametrize(("formula", "expression"), ROWS, ids=[expression for _, expression in ROWS])
def test_the_table_is_what_the_code_gives(formula: str, expression: str, names: dict[str, Any]) -> None:
    found = eval(expression, names)
    known = {name: symbol(name) for name in ("k", "zeta", "z")}
    assert str(found) == formula or eval(formula.replace("^", "**"), known) == found


def test_formulas_are_the_printed_ones() -> None:
    assert len(ROWS) == 7
    printed = [
        body.split("\n", 1)[1].rsplit("\n", 2)[0] for kind, body in BLOCKS if "align*" in body and kind == "math"
    ]
    lm2 = get("lm2")
    assert printed == [analysis.modified_latex(lm2, 4, width=100), analysis.varying_latex(lm2, 2)]
