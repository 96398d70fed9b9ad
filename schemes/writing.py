"""A step written out: Python source, the formula as text, and LaTeX, all from the same formal program."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from keyword import iskeyword
from math import ceil, log10
from typing import Any

from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.joins import joins_of, spelled_out
from schemes.parameters import Parameter
from schemes.program import Form, Program, trace
from schemes.scheme import STATE, Row, Scheme, unit
from schemes.symbols import ONE, RationalFunction, polynomial_text, render


@dataclass(frozen=True)
class Notation:
    """How things are written: coefficients, names, states before and after the step; the strings are formats."""

    coefficient: Callable[[Any], str]
    name: Callable[[str], str]
    state: Callable[[str], str]
    next_state: Callable[[str], str]
    product: str
    call: str
    stage: str
    slope: str


LONG = 10_000  # a denominator beyond it, in a rounded table, only writes a decimal as a fraction

Term = tuple[Any, str, str]  # a coefficient, its text, its operand's text
Combine = Callable[[list[Term]], str]


def source(scheme: Scheme, call: Callable[[int, str], str] | None = None, combine: Combine | None = None) -> str:
    """The step as a Python function of its states, straight-line: `print(source(get("lm2")))`.

    call(i, field)   the expression that is called at stage i (0 first); "self.f" for the field f unless said
    combine(terms)   how a sum is written; infix unless said
    """
    callee = call or (lambda i, field: f"self.{field}")
    scheme = spelled_out(scheme)
    lines, outputs = write(trace(scheme), fitted(PYTHON, scheme, lambda x: repr(float(x))), callee, combine)
    first = identifier(scheme.states[0])
    names = ["self", "lincomb", *map(identifier, scheme.states), *(p.name for p in scheme.coefficients)]
    names += [left for left, _ in lines]
    if odd := next((x for x in names if names.count(x) > 1 or iskeyword(x)), None):
        raise SchemeError(f"{scheme.name}: the name {odd!r} is taken in its source, rename the state or the parameter")
    outputs = [f"0 * {first}" if x == "0" else x for x in outputs]  # a state, not a number
    body = [*load_lines(scheme, first), *(f"{left} = {right}" for left, right in lines), f"return {', '.join(outputs)}"]
    return f"def forward(self, {', '.join(map(identifier, scheme.states))}):\n" + "".join(f"    {x}\n" for x in body)


def load_lines(scheme: Scheme, state: str) -> list[str]:
    """The lines that fetch the coefficients: k = self.k, eta = self.eta(u), of a join a, b = self.join_a(u)."""
    together = {name: names for names in joins_of(scheme).values() for name in names}

    def line(p: Parameter) -> str:
        names = together.get(p.name, (p.name,))
        held = f"self.join_{names[0]}" if p.name in together else f"self.{p.name}"
        call = f"({state})" if p.kind == "random" else "()" if p.within else ""
        return f"{', '.join(names)} = {held}{call}"

    return list(dict.fromkeys(map(line, scheme.coefficients)))


def formula_lines(scheme: Scheme, latex: bool = False) -> list[str]:
    """The step as printed in a book, a line an equation; F_i are the increments h f(Y_i).

    An implicit scheme is the system of its equations, u[n+1] = u[n] + h f(u[n+1]).
    """
    notation = fitted(LATEX if latex else TEXT, scheme)
    if not scheme.explicit:
        return equations(system(scheme, notation), latex)
    lines, outputs = write(trace(scheme), notation, lambda i, field: notation.name(field))
    states = [notation.next_state(name) for name in scheme.states]
    return equations([*lines, *zip(states, outputs, strict=True)], latex)


def system(scheme: Scheme, notation: Notation) -> list[tuple[str, str]]:
    """The stages and next states as the table has them; a stage that is a state, old or new, has its name."""
    rows = {name: (v, b) for name, v, b in zip(scheme.states, scheme.V, scheme.B, strict=True)}
    still = (Fraction(0),) * scheme.stages
    old = {(unit(scheme.states, name), still): notation.state(name) for name in scheme.states}
    new = {row: notation.next_state(name) for name, row in reversed(rows.items())}
    stages = list(zip(scheme.U, scheme.A, strict=True))
    labels = [old.get(row) or new.get(row) or notation.stage.format(i) for i, row in enumerate(stages, 1)]
    atoms = [notation.state(name) for name in scheme.states]
    atoms += [notation.call.format(notation.name(f), label) for f, label in zip(scheme.fields, labels, strict=True)]

    def text(row: tuple[Row, Row]) -> str:
        terms = [(c, notation.coefficient(c), x) for c, x in zip((*row[0], *row[1]), atoms, strict=True)]
        return infix([term for term in terms if not is_zero(term[0])], notation.product) or "0"

    nexts = [(notation.next_state(name), text(row)) for name, row in rows.items()]
    return [*((label, text(row)) for label, row in zip(labels, stages, strict=True)), *nexts]


def equations(pairs: list[tuple[str, str]], latex: bool) -> list[str]:
    """Each equation once, and none that says x = x."""
    equal = " &= " if latex else " = "
    return list(dict.fromkeys(left + equal + right for left, right in pairs if left != right))


# ---- the writer ----------------------------------------------------------------------------------------------------


def write(
    program: Program, notation: Notation, callee: Callable[[int, str], str], combine: Combine | None = None
) -> tuple[list[tuple[str, str]], list[str]]:
    """Definitions (name, text) of stages and increments that are used more than once, and the text of each output."""
    forms = [*(call.argument for call in program.calls), *program.outputs]
    named = {c.argument for c in program.calls if len(c.argument.terms) > 1 and forms.count(c.argument) > 1}
    named |= {form for form in forms if len(form.terms) > 1 and any(begins(form, other) for other in forms)}
    written = [shortened(form, named) for form in (*named, *(form for form in forms if form not in named))]
    names = {name: notation.state(name) for name in program.inputs}
    known: dict[Form, str] = {}
    lines: list[tuple[str, str]] = []

    def text(form: Form) -> str:
        if form in known:
            return known[form]
        head = max((g for g in known if begins(g, form)), key=lambda g: len(g.terms), default=Form({}))
        rest = list(form.terms.items())[len(head.terms) :]
        terms = [(Fraction(1), "1", known[head])] if head.terms else []
        terms += [(c, notation.coefficient(c), names[atom]) for atom, c in rest]
        return (combine or partial(infix, product=notation.product))(terms) or "0"

    def define(name: str, value: str) -> str:
        lines.append((name, value))
        return name

    for i, call in enumerate(program.calls):
        form = call.argument
        if form in named and form not in known:
            output = next((s for s, o in zip(program.inputs, program.outputs, strict=True) if o == form), None)
            known[form] = define(notation.next_state(output) if output else notation.stage.format(i + 1), text(form))
        value = notation.call.format(callee(i, call.field), text(form))
        repeated = sum(call.slope in form.terms for form in written) > 1
        names[call.slope] = define(notation.slope.format(i + 1), value) if repeated else value
    return lines, [text(form) for form in program.outputs]


def begins(form: Form, other: Form) -> bool:
    """Whether a sum is the beginning of a longer one: taken from it, the sum has the same rounding."""
    short, long = list(form.terms.items()), list(other.terms.items())
    return len(short) < len(long) and long[: len(short)] == short


def shortened(form: Form, named: Collection[Form]) -> Form:
    """What is left of a sum behind the longest named one that it begins with."""
    done = max((len(g.terms) for g in named if begins(g, form)), default=0)
    return Form(dict(list(form.terms.items())[done:]))


def infix(terms: list[Term], product: str = " * ") -> str:
    """c·x + c·x - …: a coefficient of one is left out, a leading minus is drawn into the sum."""
    out = ""
    for _, c, x in terms:
        sign = (" - " if c.startswith("-") else " + ") if out else ("-" if c.startswith("-") else "")
        factor = c.removeprefix("-")
        out += sign + ("" if factor == "1" else factor + product) + x
    return out


# ---- notations -----------------------------------------------------------------------------------------------------


def fitted(notation: Notation, scheme: Scheme, decimal: Callable[[Fraction], str] | None = None) -> Notation:
    return replace(notation, coefficient=rounded(scheme, notation.coefficient, decimal))


def rounded(
    scheme: Scheme, number: Callable[[Any], str], decimal: Callable[[Fraction], str] | None = None
) -> Callable[[Any], str]:
    """How a scheme's coefficients are written: as `number` says, the long fractions of a rounded table as decimals.

    decimal   of a fraction; to the table's tolerance, 16 places at most, unless said. Source, which says it, has also
              the whole numbers beyond 2^53 of exact tables as decimals: torch takes no longer ones
    """
    if not scheme.tolerance and decimal is None:
        return number
    places = min(max(ceil(-log10(scheme.tolerance or 1e-16)) + 1, 1), 16)
    to_places = decimal or (lambda x: f"{float(x):.{places}f}")
    long = LONG if scheme.tolerance else 2**53

    def written(x: Any) -> str:
        if isinstance(x, RationalFunction) and max(map(abs, (*x.num.values(), *x.den.values()))) > long:
            return number(floated(x, places if decimal is None else 17))
        return number(to_places(x) if isinstance(x, Fraction) and x.denominator > long else x)

    return written


def floated(x: RationalFunction, places: int) -> RationalFunction:
    """The same with floating-point coefficients, divided by the largest of its denominator; for writing only."""
    largest = max(map(abs, x.den.values()))
    num, den = ({m: short(round(float(Fraction(c, largest)), places)) for m, c in p.items()} for p in (x.num, x.den))
    return RationalFunction(num, ONE if len(den) == 1 and () in den else den)  # type: ignore[arg-type]


def short(x: float) -> float:
    return int(x) if x.is_integer() and abs(x) < LONG else x


def coefficient_text(c: Any, name: str, times: str, power: str, fraction: str, brackets: str) -> str:
    """A coefficient that can stand before a product: sums in brackets."""
    if not isinstance(c, RationalFunction):
        whole = not isinstance(c, Fraction) or c.denominator == 1
        sign = "" if whole or c > 0 else "-"
        return str(c) if whole else sign + fraction.format(abs(c.numerator), c.denominator)
    text = render(c, lambda p: polynomial_text(p, name, times, power), fraction, brackets)
    return brackets.format(text) if c.den == ONE and len(c.num) > 1 else text


def python_coefficient(c: Any) -> str:
    """A coefficient as source; over a number it is a product, 1/10*xi: to divide a tensor takes three times as long."""
    if not isinstance(c, RationalFunction) or set(c.den) != {()} or c.den == ONE:
        return coefficient_text(c, "{}", "*", "**{}", "{}/{}", "({})")
    factor = Fraction(next(iter(c.num.values())) if len(c.num) == 1 else 1, c.den[()])
    rest = coefficient_text(c / factor, "{}", "*", "**{}", "{}/{}", "({})")
    return f"{factor}*{rest}"


def identifier(state: str) -> str:
    """A state's name in source: u[n] is u, u[n-1] u_prev, u[n-2] u_prev2, hf[n-1] f_prev, hf[n] f_now."""
    match = STATE.fullmatch(state)
    assert match is not None, state
    back = int(match["lag"] or 0)
    suffix = ("_prev" if back == 1 else f"_prev{back}") if back else "_now" * bool(match["slope"])
    return match["letter"] + suffix


def next_text(state: str) -> str:
    """The same quantity a step later: u[n] becomes u[n+1], u[n-1] becomes u[n]."""
    head, _, back = state.removesuffix("]").partition("-")
    ahead = 1 - int(back or 0)
    return f"{head}{f'{ahead:+d}' if ahead else ''}]"


def latex_name(name: str) -> str:
    letters, digits = name.rstrip("0123456789"), name[len(name.rstrip("0123456789")) :]
    head = GREEK.get(letters, letters if len(letters) == 1 else f"\\mathrm{{{letters}}}")
    return f"{head}_{{{digits}}}" if digits else head


def latex_state(state: str) -> str:
    return re.sub(r"(h?)(\w)\[(.*)\]", r"\1\2_{\3}", state)


def latex_coefficient(c: Any) -> str:
    if isinstance(c, RationalFunction):
        c = RationalFunction(
            *({tuple((latex_name(s), e) for s, e in m): x for m, x in p.items()} for p in (c.num, c.den))
        )
    return coefficient_text(c, "{}", " ", "^{{{}}}", "\\tfrac{{{}}}{{{}}}", "\\left({}\\right)")


GREEK = {name: f"\\{name}" for name in ["alpha", "beta", "gamma", "eta", "theta", "mu", "xi", "sigma", "tau"]} | {
    "lam": "\\lambda"
}
PYTHON = Notation(
    coefficient=python_coefficient,
    name=str, state=identifier, next_state=lambda s: identifier(s) + "_next",
    product=" * ", call="{}({})", stage="Y{}", slope="F{}",
)  # fmt: skip
TEXT = Notation(
    coefficient=lambda c: coefficient_text(c, "{}", " ", "^{}", "{}/{}", "({})"),
    name=str, state=str, next_state=next_text,
    product=" ", call="h {}({})", stage="Y{}", slope="F{}",
)  # fmt: skip
LATEX = Notation(
    coefficient=latex_coefficient,
    name=latex_name, state=latex_state, next_state=lambda s: latex_state(next_text(s)),
    product="\\, ", call="h\\, {}({})", stage="Y_{{{}}}", slope="F_{{{}}}",
)  # fmt: skip
