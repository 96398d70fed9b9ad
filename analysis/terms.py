"""Series over trees written in elementary differentials: u' = f - h 1/2 f'f + h^2 [1/6 f''(f, f) + 1/3 f'f'f] + …

A series is a dictionary {key: coefficient} of one of two kinds:

    "field"   u' = Σ_t h^(|t|-1)/σ(t) b(t) F(t)(u)               modified equations, modifying integrators
    "map"     u[n+1] = a(∅) u[n] + Σ_t h^|t|/σ(t) a(t) F(t)(u[n])    B-series; a(∅), of the key (), is 1 unless said
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from analysis.differentials import LATEX, TEXT, Style, differential, named_tree, shortened
from analysis.errors import AnalysisError
from analysis.series import modified_equation
from analysis.structure import structure
from analysis.trees import Tree, colour, key, order, sigma
from schemes import Scheme

Series = Mapping[Any, Any]
Unknowns = Mapping[str, Sequence[str]]

KINDS = {"field": 1, "map": 0}  # kind: |t| less this is the power of h
UNKNOWN: Unknowns = {"u": ("f",)}
DIGITS = 6  # significant ones of what a rounded table gives


def series_text(
    series: Series, kind: str = "field", unknowns: Unknowns = UNKNOWN, *, width: int | None = None,
    remainder: int | None = None, digits: int | None = None,
) -> str:  # fmt: skip
    """A series {key: coefficient} in elementary differentials, an equation an unknown, terms c(t)/σ(t) F(t).

    kind       "field": u' = Σ h^(|t|-1)/σ b F, or "map": u[n+1] = u[n] + Σ h^|t|/σ a F
    unknowns   {unknown: the fields that feed it}, see `unknowns`; {"u": ("f",)} unless said
    width      of a line; an equation that is longer takes a line a power of h; no lines are broken unless said
    remainder  the power of h in O(), the first of which the series knows nothing unless said
    digits     significant ones of a fraction with a long denominator; exact unless said
    Raises AnalysisError for another kind and for what is no key of a tree.
    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, III.1, IX.1 (1.4).
    """
    return TEXT.line.join(equations(series, kind, unknowns, TEXT, width, remainder, digits))


def series_latex(
    series: Series, kind: str = "field", unknowns: Unknowns = UNKNOWN, *, width: int | None = None,
    remainder: int | None = None, digits: int | None = None,
) -> str:  # fmt: skip
    r"""The same as rows of an align* environment, with &= and \\ but without the environment; needs amsmath.

    Raises AnalysisError as `series_text` does.
    """
    return LATEX.line.join(equations(series, kind, unknowns, LATEX, width, remainder, digits))


def unknowns(scheme: Scheme) -> dict[str, tuple[str, ...]]:
    """{unknown: the fields that feed it} of a scheme's series: {"u": ("f",)}, of RevNet {"x": ("f",), "y": ("g",)}.

    Raises AnalysisError as `modified_equation` does.
    """
    found = structure(scheme)
    pairs = list(zip(found.names, found.colours, strict=True))
    return {c.name: tuple(name for name, at in pairs if at.feeds == n) for n, c in enumerate(found.components)}


def modified_text(scheme: Scheme, order: int, *, width: int | None = None, remainder: int | None = None) -> str:
    """The modified equation of a scheme to this order as `series_text` writes it; raises as `modified_equation`."""
    return series_text(*of_modified(scheme, order), width=width, **written(scheme, order, remainder))


def modified_latex(scheme: Scheme, order: int, *, width: int | None = None, remainder: int | None = None) -> str:
    """The modified equation of a scheme to this order as `series_latex` writes it; raises as `modified_equation`."""
    return series_latex(*of_modified(scheme, order), width=width, **written(scheme, order, remainder))


def of_modified(scheme: Scheme, order: int) -> tuple[Series, str, Unknowns]:
    return modified_equation(scheme, order), "field", unknowns(scheme)


def written(scheme: Scheme, order: int, remainder: int | None) -> dict[str, Any]:
    """A rounded table's fractions are written as decimals, and what is not known begins at h^order."""
    return {"digits": DIGITS if scheme.tolerance else None, "remainder": order if remainder is None else remainder}


# ---- equations -----------------------------------------------------------------------------------------------------


def equations(
    series: Series, kind: str, unknowns: Unknowns, style: Style, width: int | None, known: int | None,
    digits: int | None,
) -> list[str]:  # fmt: skip
    found, fields = by_tree(series, kind, unknowns), fields_of(unknowns)
    top = max(map(order, found), default=0)
    last = f"+ {style.name('O')}({power_of_step(top + 1 - KINDS[kind] if known is None else known, style) or 1})"
    lines = []
    for unknown, feeding in unknowns.items():
        name = style.name(unknown)
        groups = [start(series, name, style)] if kind == "map" else []
        for n in range(1, top + 1):
            terms = [(t, c) for t, c in found.items() if order(t) == n and c != 0 and fields[colour(t)] in feeding]
            written = [(style.coefficient(shortened(c / sigma(t), digits)), t) for t, c in terms]
            products = [product(text, differential(t, fields, style)) for text, t in written]
            groups.append(joined(power_of_step(n - KINDS[kind], style), products, style))
        left = (f"{name}'" if kind == "field" else style.next.format(name)) + style.equals
        lines.append(folded(left, [*filter(None, groups)] or [["0"]], last, style, width))
    return lines


def by_tree(series: Series, kind: str, unknowns: Unknowns) -> dict[Tree, Any]:
    """{tree: coefficient} in the order in which trees are listed."""
    if kind not in KINDS:
        raise AnalysisError(f"{kind!r} is no kind of series, choose {' or '.join(KINDS)}")
    fields = fields_of(unknowns)
    found = {named_tree(name, fields): c for name, c in series.items() if not (name == () and kind == "map")}
    placed = sorted(found, key=lambda t: (order(t), colour(t), key(t, fields)))
    return {t: Fraction(found[t]) if isinstance(found[t], int) else found[t] for t in placed}


def fields_of(unknowns: Unknowns) -> tuple[str, ...]:
    return tuple(field for feeding in unknowns.values() for field in feeding)


def start(series: Series, name: str, style: Style) -> list[str]:
    """The term a(∅) u[n]."""
    a = series.get((), 1)
    return [] if a == 0 else [product(style.coefficient(a), style.now.format(name))]


def joined(step: str, products: list[str], style: Style) -> list[str]:
    """One power of h with its terms, as pieces between which a line may be broken."""
    if len(products) < 2 or not step:
        negative = bool(products) and bool(step) and products[0].startswith("-")
        return ["-" * negative + " ".join(filter(None, [step, p[negative:]])) for p in products]
    return [f"{step} {style.brackets[0]}{products[0]}", *products[1:-1], products[-1] + style.brackets[1]]


def product(coefficient: str, differential: str) -> str:
    return {"1": "", "-1": "-"}.get(coefficient, f"{coefficient} ") + differential


def power_of_step(n: int, style: Style) -> str:
    return {0: "", 1: style.step}.get(n, style.step + style.power.format(n))


# ---- lines ---------------------------------------------------------------------------------------------------------


def folded(left: str, groups: list[list[str]], last: str, style: Style, width: int | None) -> str:
    """An equation in one line, or in one a power of h (more where that is too long as well)."""
    whole = " ".join([left + sum_of(groups[0], True), *(sum_of(group, False) for group in groups[1:]), last])
    if width is None or seen(whole) <= width:
        return whole
    room = width - seen(left)
    lines = [line for i, group in enumerate(groups) for line in filled(group, i == 0, room, style)]
    indent = style.indent or " " * len(left)
    return left + (style.line + indent).join([*lines, last])


def filled(group: list[str], leads: bool, room: int, style: Style) -> list[str]:
    """The terms of a power of h in lines of at most `room` characters, at least a term a line."""
    lines = [""]
    for i, piece in enumerate(group):
        term = signed(piece, leads and i == 0)
        if i and seen(f"{lines[-1]} {term}") > room:
            opened = style.brackets[0] in group[0]
            lines[-1] += style.broken[0] * opened
            lines.append(style.hang + style.broken[1] * opened + term)
        else:
            lines[-1] += " " * bool(i) + term
    return lines


def sum_of(group: list[str], leads: bool) -> str:
    return " ".join(signed(piece, leads and i == 0) for i, piece in enumerate(group))


def signed(piece: str, leads: bool) -> str:
    """A term with the sign that joins it to what stands before."""
    if leads:
        return piece
    return f"- {piece[1:].lstrip()}" if piece.startswith("-") else f"+ {piece}"


def seen(text: str) -> int:
    """About how many characters are seen of a text or a formula: commands and braces are not."""
    return len(re.sub(r"\\(left|right|tfrac|frac|quad|cdot)\b\.?|\\mathrm|[{}&^_]|\\(?=[a-z])", "", text))
