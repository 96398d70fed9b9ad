"""Stochastic equations as text and as LaTeX: du = p f dt + √(p*(1 - p)) f dB."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.differentials import latex_field
from analysis.stochastic import factors
from analysis.stochastic.one_step import CONSTANT
from analysis.stochastic.restrictions import SHARED
from analysis.terms import product, signed
from schemes.brownian import Noise
from schemes.exact import is_one
from schemes.writing import latex_name

if TYPE_CHECKING:
    from analysis.stochastic.limits import Differential, Drift, SDELimit


@dataclass(frozen=True)
class Style:
    """How the parts are written; `brackets`, `within` and `number` are formats."""

    writing: factors.Writing
    name: Callable[[str], str]
    unknown: Callable[[str], str]
    equals: str
    brackets: str
    within: Mapping[str, str]
    motion: str
    number: str
    each: str
    circle: str
    space: str
    time: str = "dt"


TEXT = Style(
    writing=factors.TEXT, name=str, unknown=str, equals=" = ", brackets="({})",
    within={"sample": "{}'", "channel": "blocks({}')", "element": "diag({}')"},
    motion="dB", number="{}", each="⊙", circle="∘", space=" ",
)  # fmt: skip
LATEX = Style(
    writing=factors.LATEX, name=latex_field, unknown=latex_name, equals=" &= ",
    brackets="\\left({}\\right)",
    within={
        "sample": "{}'", "channel": "\\operatorname{{blocks}}({}')\\,", "element": "\\operatorname{{diag}}({}')\\,",
    },
    motion="dB", number="_{{{}}}", each="\\odot", circle="\\circ", space="\\, ",
)  # fmt: skip


def limit_text(limit: SDELimit) -> str:
    """The equation in its forms, its Brownian motions, the ODE of plain depth scaling, and notes, in lines."""
    forms = [(form, limit_equations(limit, form, TEXT)) for form in forms_of(limit)]
    rows = [(form, line) for form, lines in forms for line in lines]
    rows += [(motion(limit, noise, TEXT)[1:], about(noise)) for noise in limit.noises]
    rows += [("ODE", line) for line in equations_of(limit, limit.ode, (), False, TEXT)]
    width = max(len(label) for label, _ in rows) + 2
    lines = [f"{'' if i and rows[i - 1][0] == label else label:{width}}{line}" for i, (label, line) in enumerate(rows)]
    return "\n".join([f"{limit.scheme} tends to", *lines, *limit.notes])


def limit_latex(limit: SDELimit) -> str:
    r"""The equation in its forms as rows of an align* environment, with &= and \\; needs amsmath."""
    lines = [line for form in forms_of(limit) for line in limit_equations(limit, form, LATEX)]
    return " \\\\\n".join(lines)


def forms_of(limit: SDELimit) -> list[str]:
    """The natural form first."""
    return sorted(["Itô", "Stratonovich"], key=lambda form: form != limit.form) if limit.correction else [limit.form]


def limit_equations(limit: SDELimit, form: str, style: Style) -> list[str]:
    """The equation in a form, a line a component."""
    circle = form == "Stratonovich"
    return equations_of(limit, limit.stratonovich() if circle else limit.drift, limit.noises, circle, style)


def about(noise: Noise) -> str:
    """Who shares a Brownian motion, and of which coefficients it is."""
    return f"{SHARED[noise.per]} ({', '.join(noise.coefficients)})"


# ---- an equation ---------------------------------------------------------------------------------------------------


def equations_of(limit: SDELimit, drift: Drift, noises: Sequence[Noise], circle: bool, style: Style) -> list[str]:
    lines = []
    for c, unknown in enumerate(limit.components):
        fed = {key: x for key, x in drift.items() if limit.edges[key.outer].feeds == c}
        terms = [drift_text(limit, fed, style)] if fed else []
        for noise in noises:
            part = {name: x for name, x in noise.weights.items() if limit.edges[name].feeds == c}
            if part:
                terms.append(noise_text(limit, noise, part, circle, style))
        lines.append(f"d{style.unknown(unknown)}{style.equals}{summed(terms) or '0'}")
    return lines


def drift_text(limit: SDELimit, drift: Drift, style: Style) -> str:
    """p f dt, 1/2 (f1 + f2) dt, (f + 1/2 g'g) dt."""
    written = [(x, differential(limit, key, style)) for key, x in drift.items()]
    return grouped(written, style) + f"{style.space}{style.time}" * bool(style.time)


def noise_text(limit: SDELimit, noise: Noise, part: Mapping[str, Any], circle: bool, style: Style) -> str:
    """√D f dB with the first weight of the noise under the root; its sign is that of a Brownian motion, so free."""
    first = next(iter(noise.weights.values()))
    root = factors.root_text(noise.variance * first * first, style.writing)
    words = [(x / first, slope(limit, name, style)) for name, x in part.items()]
    inner = grouped(words, style) if len(words) == 1 else style.brackets.format(grouped_terms(words, style))
    own = {limit.edges[name].field for name in part}
    each = noise.own and own != {CONSTANT}
    marks = [style.each] * each + [style.circle] * circle
    minus, inner = ("-", inner[1:].lstrip()) if inner.startswith("-") else ("", inner)
    if inner == "1" and root:
        inner = ""
    space = " " if marks else style.space  # \circ and \odot bring their own
    return minus + " ".join(filter(None, [root, inner, *marks])) + space + motion(limit, noise, style)


def motion(limit: SDELimit, noise: Noise, style: Style) -> str:
    """dB, or dB1, dB2 … where there are several."""
    several = len(limit.noises) > 1
    return style.motion + style.number.format(limit.noises.index(noise) + 1) * several


def differential(limit: SDELimit, key: Differential, style: Style) -> str:
    outer = slope(limit, key.outer, style)
    if key.inner is None:
        return outer
    return style.within[key.within].format(outer) + style.name(key.inner)


def slope(limit: SDELimit, name: str, style: Style) -> str:
    return "1" if limit.edges[name].field == CONSTANT else style.name(name)


def grouped(terms: Sequence[tuple[Any, str]], style: Style) -> str:
    """A sum as a factor: a single term, a common coefficient before brackets, or brackets."""
    if len(terms) == 1:
        return grouped_terms(terms, style)
    common = terms[0][0]
    if all(x == common for x, _ in terms) and not is_one(common):
        return product(
            factors.product_text(common, style.writing),
            style.brackets.format(grouped_terms([(1, t) for _, t in terms], style)),
        )
    return style.brackets.format(grouped_terms(terms, style))


def grouped_terms(terms: Sequence[tuple[Any, str]], style: Style) -> str:
    return summed([times(x, word, style) for x, word in terms])


def times(x: Any, word: str, style: Style) -> str:
    coefficient = factors.product_text(x, style.writing)
    return coefficient if word == "1" and not is_one(x) else product(coefficient, word)


def summed(terms: Sequence[str]) -> str:
    return " ".join(signed(term, i == 0) for i, term in enumerate(terms))
