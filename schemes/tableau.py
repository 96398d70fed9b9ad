"""The tableau as in the book: c | A over b for Runge–Kutta, the blocks A U over B V for every other scheme.

An embedded scheme's weights b̂ are one more row at the foot, last (with the V of the row that they replace). Entries
right of an explicit scheme's diagonal stay empty; those of a rounded table are decimals to its tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any
from unicodedata import combining

from schemes.scheme import Scheme
from schemes.writing import LATEX, TEXT, latex_state, rounded

Cells = list[list[str]]
Number = Callable[[Any], str]


def tableau(scheme: Scheme) -> str:
    """The tableau as aligned text; other than Runge–Kutta it has a header with the slopes and states."""
    header, upper, lower = cells(scheme, TEXT.coefficient, str, "h{}", "b̂")
    rows = [*header, *upper, *lower]
    widths = [max(width(row[j]) for row in rows) for j in range(len(rows[0]))]
    bar = split(scheme)

    def line(cells: list[str]) -> str:
        padded = [" " * (w - width(cell)) + cell for cell, w in zip(cells, widths, strict=True)]
        return "  ".join(padded[:bar]) + " │ " + "  ".join(padded[bar:])

    rule = "─" * (sum(widths[:bar]) + 2 * bar - 1) + "┼" + "─" * (sum(widths[bar:]) + 2 * (len(widths) - bar) - 1)
    return "\n".join([*map(line, [*header, *upper]), rule, *map(line, lower)])


def tableau_latex(scheme: Scheme) -> str:
    """The tableau as a LaTeX array, without a math environment."""
    header, upper, lower = cells(scheme, LATEX.coefficient, latex_state, "h {}", r"\hat b")
    above, below = (" \\\\\n".join(" & ".join(row) for row in rows) for rows in ([*header, *upper], lower))
    shape = "c" * split(scheme) + "|" + "c" * (len(lower[0]) - split(scheme))
    return f"\\begin{{array}}{{{shape}}}\n{above} \\\\ \\hline\n{below}\n\\end{{array}}"


# ---- the cells -----------------------------------------------------------------------------------------------------


def split(scheme: Scheme) -> int:
    """The number of columns before the bar."""
    return 1 if scheme.kind == "runge_kutta" else scheme.stages


def cells(scheme: Scheme, number: Number, state: Number, slope: str, hat: str) -> tuple[Cells, Cells, Cells]:
    """The header, the cells above the rule and those below it; a pair's two rows of weights are named."""
    upper, lower = entries(scheme, number)
    if scheme.kind == "runge_kutta":
        feet = ["b", hat] if scheme.embedded else [""]
        upper = [[rounded(scheme, number)(sum(a, Fraction(0))), *row] for a, row in zip(scheme.A, upper, strict=True)]
        return [], upper, [[foot, *row] for foot, row in zip(feet, lower, strict=True)]
    return [[*map(slope.format, scheme.fields), *map(state, scheme.states)]], upper, lower


def entries(scheme: Scheme, number: Number) -> tuple[Cells, Cells]:
    """A, or A and U side by side; b and b̂, or B and V and then b̂ and the first row of V."""
    number = rounded(scheme, number)

    def row(xs: Sequence[Any]) -> list[str]:
        return [number(x) for x in xs]

    stages = range(scheme.stages)
    upper = [
        [*row(scheme.A[i][:i]), *[""] * (scheme.stages - i)] if scheme.explicit else row(scheme.A[i]) for i in stages
    ]
    weights = [*scheme.B, *([scheme.embedded] if scheme.embedded else [])]
    if scheme.kind == "runge_kutta":
        return upper, [row(b) for b in weights]
    upper = [[*a, *row(u)] for a, u in zip(upper, scheme.U, strict=True)]
    return upper, [[*row(b), *row(v)] for b, v in zip(weights, [*scheme.V, scheme.V[0]][: len(weights)], strict=True)]


def width(text: str) -> int:
    """Columns of a terminal: a combining hat takes none."""
    return sum(not combining(c) for c in text)
