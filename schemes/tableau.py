"""The tableau as in the book: c | A over b for Runge–Kutta, the blocks A U over B V for every other scheme."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from schemes.scheme import Scheme
from schemes.writing import LATEX, TEXT, latex_state

Cells = list[list[str]]


def tableau(scheme: Scheme) -> str:
    """The tableau as aligned text; a scheme with several states has a header with their names."""
    upper, lower, header = blocks(scheme, TEXT.coefficient, str)
    rows = [*upper, *lower, *([header] if header else [])]
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    bar = split(scheme)

    def line(cells: list[str]) -> str:
        padded = [cell.rjust(w) for cell, w in zip(cells, widths, strict=True)]
        return "  ".join(padded[:bar]) + " │ " + "  ".join(padded[bar:])

    rule = "─" * (sum(widths[:bar]) + 2 * bar - 1) + "┼" + "─" * (sum(widths[bar:]) + 2 * (len(widths) - bar) - 1)
    body = [*map(line, upper), rule, *map(line, lower)]
    return "\n".join([*([line(header)] if header else []), *body])


def tableau_latex(scheme: Scheme) -> str:
    """The tableau as a LaTeX array, without a math environment."""
    upper, lower, header = blocks(scheme, LATEX.coefficient, latex_state)
    columns = len(lower[0])
    rows = [*([header] if header else []), *upper]
    text = " \\\\\n".join(" & ".join(row) for row in rows)
    foot = " \\\\\n".join(" & ".join(row) for row in lower)
    shape = "c" * split(scheme) + "|" + "c" * (columns - split(scheme))
    return f"\\begin{{array}}{{{shape}}}\n{text} \\\\ \\hline\n{foot}\n\\end{{array}}"


def split(scheme: Scheme) -> int:
    """The number of columns before the bar."""
    return 1 if scheme.kind == "runge_kutta" else scheme.stages


def blocks(scheme: Scheme, number: Callable[[Any], str], name: Callable[[str], str]) -> tuple[Cells, Cells, list[str]]:
    """Cells above the rule, below it, and the header; entries right of an explicit scheme's diagonal stay empty."""

    def row(entries: Sequence[Any]) -> list[str]:
        return [number(x) for x in entries]

    def stage(i: int) -> list[str]:
        return [*row(scheme.A[i][:i]), *[""] * (scheme.stages - i)] if scheme.explicit else row(scheme.A[i])

    stages = range(scheme.stages)
    if scheme.kind == "runge_kutta":
        upper = [[number(sum(scheme.A[i], Fraction(0))), *stage(i)] for i in stages]
        return upper, [["", *row(scheme.B[0])]], []
    upper = [[*stage(i), *row(scheme.U[i])] for i in stages]
    lower = [[*row(b), *row(v)] for b, v in zip(scheme.B, scheme.V, strict=True)]
    slopes = [f"h{field}" if name is str else f"h {field}" for field in scheme.fields]
    return upper, lower, [*slopes, *map(name, scheme.states)]
