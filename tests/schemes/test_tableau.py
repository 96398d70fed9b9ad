"""The tableau as text, LaTeX and HTML: the same entries, in well-formed markup, one row more for an embedded pair."""

from __future__ import annotations

import re
from fractions import Fraction
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

import schemes
from schemes.tableau import width
from tests.strategies import parametric_schemes
from tests.strategies import schemes as any_scheme

NAMES = schemes.names()
EXTRA = [
    schemes.runge_kutta("<pair> & co", [[0, 0], ["1/2", "-1/2"]], [1, 0], embedded=["1/2", "1/2"]),
    schemes.general_linear("glm", [[0]], [[1, 0]], [[1], [0]], [[1, 0], [1, 0]], states=("u[n]", "u[n-1]"),
                           embedded=["3/2"]),
]  # fmt: skip
ALL = [*map(schemes.get, NAMES), *EXTRA]


def lower_rows(scheme):
    return len(scheme.V) + bool(scheme.embedded)


def columns(scheme):
    """Entries in a row, without headings."""
    return scheme.stages + (0 if scheme.kind == "runge_kutta" else len(scheme.V))


# ---- HTML ----------------------------------------------------------------------------------------------------------


class Table(HTMLParser):
    """Reads a fragment: its rows as lists of (tag, attributes, text), and that every tag is closed in order."""

    def __init__(self, fragment):
        super().__init__()
        self.open, self.rows, self.seen = [], {"thead": [], "tbody": []}, []
        self.feed(fragment)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag == "col":
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows["thead" if "thead" in self.open else "tbody"].append([])
        if tag in ("td", "th"):
            self.row().append((tag, dict(attrs), ""))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            tag, attrs, text = self.row().pop()
            self.row().append(
                (tag, attrs, text + ("/" if text[-1:].isdigit() and self.open[-2:] == ["mfrac", "mn"] else "") + data)
            )

    def row(self):
        return self.rows["thead" if "thead" in self.open else "tbody"][-1]


@pytest.mark.parametrize("scheme", ALL, ids=lambda s: s.name)
def test_html_has_a_heading_and_a_cell_for_every_entry(scheme):
    table = Table(schemes.tableau_html(scheme))
    assert table.seen[:2] == ["table", "caption"] and "script" not in table.seen
    body = table.rows["tbody"]
    assert len(body) == scheme.stages + lower_rows(scheme)
    for row in body:
        assert [tag for tag, _, _ in row] == ["th"] + ["td"] * columns(scheme)
        assert row[0][1] == {"scope": "row"} and row[0][2]
        assert sum("first" in attrs.get("class", "") for _, attrs, _ in row) == 1
    if scheme.kind != "runge_kutta":
        (head,) = table.rows["thead"]
        assert [(tag, attrs.get("scope")) for tag, attrs, _ in head] == [("td", None)] + [("th", "col")] * columns(
            scheme
        )


@settings(max_examples=30)
@given(any_scheme())
def test_html_read_back_is_the_table(scheme):
    body = Table(schemes.tableau_html(scheme)).rows["tbody"]
    numbers = [[Fraction(text.replace("−", "-") or 0) for _, _, text in row[1:]] for row in body]
    classic = scheme.kind == "runge_kutta"
    upper = [[*a, *([] if classic else u)] for a, u in zip(scheme.A, scheme.U, strict=True)]
    lower = [[*b, *([] if classic else v)] for b, v in zip(scheme.B, scheme.V, strict=True)]
    assert numbers == [*upper, *lower]


@settings(max_examples=20)
@given(parametric_schemes())
def test_symbols_keep_the_markup_whole(scheme):
    assert len(Table(schemes.tableau_html(scheme)).rows["tbody"]) == scheme.stages + len(scheme.V)


def test_names_are_escaped():
    html = schemes.tableau_html(EXTRA[0])
    assert "&lt;pair&gt; &amp; co" in html and "<pair>" not in html


# ---- the embedded row ----------------------------------------------------------------------------------------------


def test_an_embedded_pair_has_two_rows_of_weights():
    text, latex, html = (f(EXTRA[0]) for f in (schemes.tableau, schemes.tableau_latex, schemes.tableau_html))
    assert text.splitlines()[-2:] == ["b │   1     0", "b̂ │ 1/2   1/2"]
    assert latex.splitlines()[-3:-1] == [r"b & 1 & 0 \\", r"\hat b & \tfrac{1}{2} & \tfrac{1}{2}"]
    labels = [row[0][2] for row in Table(html).rows["tbody"]]
    assert labels == ["0", "0", "b", "b̂"]


def test_embedded_weights_of_a_general_linear_scheme_stand_with_the_row_of_v_that_they_keep():
    last = schemes.tableau(EXTRA[1]).splitlines()[-1]
    assert last.split() == ["3/2", "│", "1", "0"]
    assert Table(schemes.tableau_html(EXTRA[1])).rows["tbody"][-1][0][2] == "u\u0302n+1"


def test_without_a_pair_the_weights_have_no_label():
    assert schemes.tableau(schemes.get("euler")) == "0 │  \n──┼──\n  │ 1"


# ---- text and LaTeX ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ALL, ids=lambda s: s.name)
def test_text_is_aligned(scheme):
    lines = schemes.tableau(scheme).splitlines()
    assert len({width(line) for line in lines}) == 1
    bars = {re.search("[│┼]", line).start() for line in lines}
    assert len(bars) <= 2  # a combining hat moves the bar by a character, not by a column
    assert len({width(line[: re.search("[│┼]", line).start()]) for line in lines}) == 1


@pytest.mark.parametrize("scheme", ALL, ids=lambda s: s.name)
def test_latex_rows_have_as_many_cells_as_the_array_has_columns(scheme):
    first, *body, last = schemes.tableau_latex(scheme).splitlines()
    shape = re.fullmatch(r"\\begin\{array\}\{(c+)\|(c+)\}", first)
    assert last == r"\end{array}" and sum(r"\hline" in line for line in body) == 1
    total = len(shape[1]) + len(shape[2])
    assert total == columns(scheme) + (scheme.kind == "runge_kutta")
    assert all(line.count("&") == total - 1 for line in body)
    assert all(line.count("{") == line.count("}") for line in body)
    assert all(line.endswith((r"\\", r"\hline")) for line in body[:-1]) and not body[-1].endswith("\\")
    header = scheme.kind != "runge_kutta"
    assert len(body) == header + scheme.stages + lower_rows(scheme)


def test_a_rounded_table_is_written_as_decimals_and_an_exact_one_never():
    assert "0.3772689151" in schemes.tableau(schemes.get("ssprk53"))  # Ruuth 2006, to the tolerance 1e-9
    assert not re.search(r"\d/\d{5}", schemes.tableau(schemes.get("ssprk53")))
    assert "." not in schemes.tableau(schemes.get("dopri5"))


def test_formulas_of_a_rounded_table_are_decimals_and_its_source_the_same_floats():
    s = schemes.get("ssprk54")
    text = "\n".join([*schemes.formula_lines(s), *schemes.formula_lines(s, latex=True), schemes.source(s)])
    assert "0.391752226571890 F1" in text and not re.search(r"\d/\d{5}|\}\{\d{5}", text)
    written = {float(x) for x in re.findall(r"-?\d\.\d+", schemes.source(s))}
    assert written == {float(x) for row in (*s.A, *s.B) for x in row if x}
