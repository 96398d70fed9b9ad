"""The tableau as an HTML table with headings for its rows and columns, its numbers in MathML."""

from __future__ import annotations

from fractions import Fraction
from html import escape
from typing import Any

from schemes.scheme import Scheme
from schemes.symbols import RationalFunction
from schemes.tableau import Cells, entries
from schemes.writing import TEXT, next_text, rounded

TABLEAU_STYLE = """\
table.tableau { border-collapse: collapse; font-variant-numeric: tabular-nums; }
table.tableau caption { caption-side: bottom; text-align: left; padding-top: 0.4em; }
table.tableau :is(td, th) { padding: 0.2em 0.6em; text-align: center; font-weight: normal; }
table.tableau .first { border-left: 1px solid; }
table.tableau tbody.next { border-top: 1px solid; }
"""


def tableau_html(scheme: Scheme) -> str:
    """The tableau as an HTML table whose rows and columns have headings, its numbers in MathML.

    A fragment; `TABLEAU_STYLE` is the style sheet that draws the book's two rules.
    """
    upper, lower = entries(scheme, html_number)
    classic = scheme.kind == "runge_kutta"
    nodes = [rounded(scheme, html_number)(sum(row, Fraction(0))) for row in scheme.A]
    stages = nodes if classic else [html_index("Y", str(i + 1)) for i in range(scheme.stages)]
    nexts = ["<var>b</var>"] if classic else [html_state(next_text(name)) for name in scheme.states]
    if scheme.embedded:
        nexts.append(nexts[0].replace("</var>", "\u0302</var>"))
    bar = 0 if classic else scheme.stages
    return "\n".join(
        [
            f'<table class="tableau {scheme.kind.replace("_", "-")}">',
            html_caption(scheme),
            *([] if classic else html_head(scheme)),
            *html_body("stages", stages, upper, bar),
            *html_body("next", nexts, lower, bar),
            "</table>",
        ]
    )


def html_number(c: Any) -> str:
    """A number in MathML; what has symbols in it as text."""
    if isinstance(c, RationalFunction):
        return escape(TEXT.coefficient(c)).replace("-", "−")
    sign, digits = ("<mo>−</mo>", str(c)[1:]) if str(c).startswith("-") else ("", str(c))
    over, _, under = (f"<mn>{escape(part)}</mn>" for part in digits.partition("/"))
    return f"<math>{sign}{f'<mfrac>{over}{under}</mfrac>' if '/' in digits else over}</math>"


def html_index(letter: str, index: str) -> str:
    return f"<var>{escape(letter)}</var><sub>{escape(index.replace('-', '−'))}</sub>"


def html_state(name: str) -> str:
    letter, _, index = name.removesuffix("]").partition("[")
    return html_index(letter, index)


def html_caption(scheme: Scheme) -> str:
    """The name, and how the blocks are read."""
    if scheme.kind == "runge_kutta":
        blocks = "nodes <var>c</var> and stages <var>A</var> over the weights <var>b</var>"
        other = " and <var>b\u0302</var>, which estimate the error by comparison"
    else:
        blocks = "stages <var>A</var>, <var>U</var> over next states <var>B</var>, <var>V</var>"
        other = "; the last row estimates the error by comparison"
    return f"<caption>{escape(scheme.name)}: {blocks}{other if scheme.embedded else ''}</caption>"


def html_head(scheme: Scheme) -> list[str]:
    names = [f"<var>h{escape(field)}</var>" for field in scheme.fields] + list(map(html_state, scheme.states))
    headings = [f'<th scope="col"{first(j, scheme.stages)}>{name}</th>' for j, name in enumerate(names)]
    return ["<thead>", f"<tr><td></td>{''.join(headings)}</tr>", "</thead>"]


def html_body(kind: str, labels: list[str], rows: Cells, bar: int) -> list[str]:
    """Rows with their headings; the cell at `bar` is the first behind the rule."""
    lines = [
        f'<tr><th scope="row">{label}</th>'
        + "".join(f"<td{first(j, bar)}>{cell}</td>" for j, cell in enumerate(row))
        + "</tr>"
        for label, row in zip(labels, rows, strict=True)
    ]
    return [f'<tbody class="{kind}">', *lines, "</tbody>"]


def first(column: int, bar: int) -> str:
    return ' class="first"' if column == bar else ""
