"""A modified equation written in elementary differentials: u' = f - h 1/2 f'f + h^2 [1/6 f''(f, f) + 1/3 f'f'f] + …"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from analysis.series import Underlying, underlying
from analysis.trees import Tree, children, colour, key, sigma
from analysis.trees import order as order_of
from schemes import RationalFunction, Scheme
from schemes.writing import latex_name


@dataclass(frozen=True)
class Style:
    """How the parts are written; `power` and `derivative` are formats of an exponent and of a high derivative."""

    name: Callable[[str], str]
    coefficient: Callable[[Any], str]
    step: str
    power: str
    derivative: str
    brackets: tuple[str, str]
    equals: str


def modified_text(scheme: Scheme, order: int) -> str:
    """The modified equation to this order, a line a component, coefficients b(t)/σ(t) in factored form.

    Raises AnalysisError as `modified_equation` does. Source: Hairer, Lubich, Wanner, IX.1, (1.4) and III.1.
    """
    return "\n".join(lines(scheme, order, TEXT))


def modified_latex(scheme: Scheme, order: int) -> str:
    r"""The same in LaTeX, rows of an `aligned` environment with &= and \\, without a math environment around it.

    Raises AnalysisError as `modified_equation` does. Source: Hairer, Lubich, Wanner, IX.1.
    """
    return " \\\\\n".join(lines(scheme, order, LATEX))


def lines(scheme: Scheme, order: int, style: Style) -> list[str]:
    series = underlying(scheme)
    return [
        f"{style.name(part.name)}'{style.equals}{right_side(series, n, order, style)}"
        for n, part in enumerate(series.structure.components)
    ]


def right_side(series: Underlying, component: int, order: int, style: Style) -> str:
    """Σ h^(n-1) [Σ b(t)/σ(t) F(t)] over the trees that feed a component."""
    fields = [style.name(name) for name in series.structure.names]
    feeding = {c for c, found in enumerate(series.structure.colours) if found.feeds == component}
    text = ""
    for n in range(1, order + 1):
        terms = [(series.field[t] / sigma(t), t) for t in series.trees(n) if colour(t) in feeding]
        products = [product(style.coefficient(c), differential(t, fields, style)) for c, t in terms if c != 0]
        if products:
            text += joined(power_of_step(n - 1, style), products, style, bool(text))
    return f"{text or '0'} + {style.name('O')}({power_of_step(order, style)})"


def joined(step: str, products: list[str], style: Style, follows: bool) -> str:
    """One power of h with its terms; the sign of a single term stands before it."""
    total = products[0] + "".join(f" - {p[1:]}" if p.startswith("-") else f" + {p}" for p in products[1:])
    negative = len(products) == 1 and total.startswith("-")
    if len(products) > 1 and step:
        total = style.brackets[0] + total + style.brackets[1]
    sign = (" - " if negative else " + ") if follows else "-" * negative
    return sign + " ".join(filter(None, [step, total[negative:]]))


def product(coefficient: str, differential: str) -> str:
    return {"1": "", "-1": "-"}.get(coefficient, f"{coefficient} ") + differential


def power_of_step(n: int, style: Style) -> str:
    return {0: "", 1: style.step}.get(n, style.step + style.power.format(n))


def differential(t: Tree, fields: list[str], style: Style) -> str:
    """F(t): f, f'f, f''(f, f'f), …; from four children on the derivative is numbered."""
    ordered = sorted(children(t), key=lambda child: (order_of(child), key(child, tuple(fields))))
    arguments = [differential(child, fields, style) for child in ordered]
    m = len(arguments)
    head = fields[colour(t)] + ("'" * m if m <= 3 else style.derivative.format(m))
    return head + ("".join(arguments) if m <= 1 else f"({', '.join(arguments)})")


# ---- coefficients --------------------------------------------------------------------------------------------------


def coefficient_text(c: Any) -> str:
    """A number or a factored rational function that can stand before a product."""
    if not isinstance(c, RationalFunction):
        return str(c)
    text = str(factored(c)).replace("**", "^")
    return f"({text})" if is_sum(c) else text


def coefficient_latex(c: Any) -> str:
    from sympy import Symbol, latex

    if isinstance(c, Fraction) and c.denominator > 1:
        return f"{'-' if c < 0 else ''}\\tfrac{{{abs(c.numerator)}}}{{{c.denominator}}}"
    if not isinstance(c, RationalFunction):
        return str(c)
    text = latex(factored(c), symbol_names={Symbol(name): latex_name(name) for name in c.symbols})
    return f"\\left({text}\\right)" if is_sum(c) else str(text)


def factored(c: RationalFunction) -> Any:
    from sympy import Symbol, factor

    return factor(c(**{name: Symbol(name) for name in c.symbols}))


def is_sum(c: RationalFunction) -> bool:
    return bool(factored(c).is_Add)


TEXT = Style(str, coefficient_text, "h", "^{}", "^({})", ("[", "]"), " = ")
LATEX = Style(latex_name, coefficient_latex, "h", "^{{{}}}", "^{{({})}}", ("\\left[", "\\right]"), " &= ")
