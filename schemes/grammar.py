"""A formula typed by a person, read into the four matrices: `schemes.parse`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from schemes.builders import checked, multistep
from schemes.errors import SchemeError
from schemes.exact import is_one, is_zero
from schemes.grammar_arithmetic import Arithmetic, power_of_h
from schemes.grammar_expressions import SHORT, Names, Reader, atom
from schemes.grammar_lines import Line, Tokens, in_order, line_of, once, shifted
from schemes.grammar_parameters import declared, is_declaration, undeclared
from schemes.grammar_tokens import FormulaError, Token, placed, statements
from schemes.numerals import DIGITS, IRRATIONAL, ROOTS
from schemes.parameters import Parameter
from schemes.program import Form, Program, read_back
from schemes.scheme import Scheme, lag, letter
from schemes.writing import next_text

__all__ = ["FormulaError", "parse"]

STATES = 64


def parse(text: str, name: str = "") -> Scheme:
    """The scheme of a formula: parse("u[n+1] = (1 - k) u[n] + k u[n-1] + h f(u[n])").

        formula  = line { (";" | new line) line }
        line     = (name | value | sum) "=" sum | name kind { option } | name "~" law [ "per" word ]
        sum      = product { ("+" | "-") product }
        product  = signed { ["*" | "/"] signed }                     from left to right; a blank multiplies
        signed   = { "+" | "-" } atom [ ("^" | "**") signed ]
        atom     = number | name | value | name "(" sum ")" | ("sqrt" | "cbrt") "(" sum ")" | "(" sum ")"
        value    = name "[n" [ ("+" | "-") digits ] "]" | name "_{n" … "}" | name "_n"
        kind     = "learned" | "chosen"                              of a parameter; a free name is learned, from 0
        option   = "per" word | "in" sum ".." sum | "from" (sum | law)
        law      = name [ "(" sum { "," sum } ")" ]

    A name that is only called is a field, one with a line is a stage, the rest are parameters (gamma = 1/2 is chosen).
    A line may be any linear equation of the newest value. One equation in values and slopes of u gives the table of
    `multistep`, everything else that of its formal program. The first state is u, or else the first in the alphabet.
    Raises FormulaError, a SchemeError with `line` and `column`, for what is no formula or no scheme.
    """
    try:
        return made(text, name)
    except RecursionError:  # a caller is deep in its own calls
        raise FormulaError("it is nested too deeply, name a part in a line of its own: Y2 = …") from None


def made(text: str, name: str) -> Scheme:
    """The scheme of a formula; with roots it is read at two precisions, which must agree."""
    fine = Arithmetic(2 * DIGITS)
    read = Formula(statements(text), fine)
    arguments, outputs = read.rows()
    if fine.cells.rooted:
        again = [form for forms in Formula(statements(text), Arithmetic(DIGITS)).rows() for form in forms]
        for form, coarse, at in zip([*arguments, *outputs], again, read.origins(), strict=True):
            if any(far(x, coarse.terms.get(a)) for a, x in form.terms.items()):
                raise at.wrong(f"its roots need more than {DIGITS} digits on the way, write them as decimals")
        arguments, outputs = ([rounded(form) for form in forms] for forms in (arguments, outputs))
    return read.scheme(name or "formula", arguments, outputs)


def far(x: Any, y: Any) -> bool:
    return isinstance(x, Fraction) and not (isinstance(y, Fraction) and abs(x - y) <= IRRATIONAL)


def rounded(form: Form) -> Form:
    return Form({a: round(x * 10**DIGITS) / Fraction(10**DIGITS) if too_long(x) else x for a, x in form.terms.items()})


def too_long(x: Any) -> bool:
    return isinstance(x, Fraction) and x.denominator > 10**DIGITS


class Formula:
    """The lines of a formula, read; `scheme` makes the table."""

    def __init__(self, lines: list[Tokens], arithmetic: Arithmetic) -> None:
        if not lines:
            raise FormulaError("there is nothing to read, write u[n+1] = u[n] + h f(u[n])")
        self.arithmetic, self.names = arithmetic, Names()
        self.end = lines[-1][-1]
        lines = shifted(lines)
        parameters = [tokens for tokens in lines if is_declaration(tokens)]
        equations = [line_of(tokens) for tokens in lines if not is_declaration(tokens)]
        numbers = [line for line in equations if line.number]
        self.lines = [line for line in equations if not line.number]
        self.places = once([*(tokens[0] for tokens in parameters), *(line.at for line in numbers)])
        self.look()
        self.declared = [declared(self.reader(tokens)) for tokens in parameters]
        self.declared += [Parameter(line.defines, "chosen", self.number(line), "table") for line in numbers]
        for line in self.lines:
            self.read(line)

    def reader(self, tokens: Tokens) -> Reader:
        return Reader(tokens, self.names, self.arithmetic)

    # ---- a first look

    def look(self) -> None:
        """What is a field, a state, a line, before any is read. Raises FormulaError for a name that is two things."""
        names, everything = self.names, [t for line in self.lines for t in (*line.left, *line.right)]
        ruled = {line.left[0].letter for line in self.lines if line.left[0].kind == "value"}
        values = [t for t in everything if t.kind == "value"]
        plain = {t.letter for t in values if t.letter not in SHORT}
        names.base = min(plain, key=in_order, default="u")
        short = [t.letter in SHORT and t.letter not in ruled for t in values]
        self.values = [replace(t, letter=names.base) if s else t for t, s in zip(values, short, strict=True)]
        names.letters = {t.letter for t in self.values}
        called: set[str] = set()
        alone: set[str] = set()
        for token, after in pairwise(everything):
            if token.kind == "name":
                (called if after.kind == "operator" and after.text == "(" else alone).add(token.text)
        for line in self.lines:
            first = self.places.get(line.defines) or names.lines.setdefault(line.defines, line.at)
            if first is not line.at:
                raise line.at.wrong(f"{line.at.text} has another line, {first.place}: keep one")
        defined = self.places | names.lines
        names.fields = called - alone - set(defined) - {"h", *ROOTS}
        for name, token in defined.items():
            if name in names.letters or name in ("h", "n", *ROOTS):
                raise token.wrong(f"{name} is a state, the step or a root, and has a line of its own: rename one")
        for token in everything:
            if token.kind == "name" and token.text in names.letters and token.text in names.fields:
                raise token.wrong(f"{token.text} is a state and is called like a field, rename one")

    # ---- lines

    def read(self, line: Line) -> None:
        """What a line defines, as a form of states and slopes, or as a number."""
        names, new = self.names, line.at.kind == "value"
        names.unknown = line.defines if new and line.at.index == 1 else ""
        value = self.side(line.right)
        if new and not (len(line.left) == 2 and line.left[0] is line.at and line.at.index < 1):
            left = self.side(line.left)
            value = self.arithmetic.add(value, -left, line.at)
            if not isinstance(value, Form) or (c := value.terms.get(atom(line.defines))) is None:
                raise line.at.wrong(f"{line.at.text} cancels out of its own line, write it as {line.at.text} = …")
            rest = Form({a: x for a, x in value.terms.items() if a != atom(line.defines)})
            value = self.arithmetic.divide(rest, -c, line.at)
        if new and not isinstance(value, Form):
            raise line.at.wrong(f"{line.at.text} is a state and the right side a number, read u[n] in it")
        names.define(line.defines, value, self.arithmetic)

    def number(self, line: Line) -> Fraction:
        """The value of a line gamma = 1/2, to so many digits."""
        value: Fraction = self.side(line.right)
        return round(value * 10**DIGITS) / Fraction(10**DIGITS) if too_long(value) else value

    def side(self, tokens: Tokens) -> Any:
        reader = self.reader(tokens)
        value = reader.sum()
        if reader.next.kind != "end":
            raise reader.next.wrong(f"{reader.found()} stands behind the end of a sum, write an operator before it")
        return value

    # ---- the table

    def states(self) -> tuple[str, ...]:
        """Values of u, of its slopes, and of the others in the order of the alphabet, the newest first."""
        reach: dict[str, list[int]] = {}
        given = [line.at for line in self.lines if len(line.left) == 2]
        for token in self.values:
            if token.index < 1 and not any(token is x for x in given):
                reach.setdefault(token.letter, []).append(-token.index)
        for line in self.lines:
            if line.at.kind == "value":
                reach.setdefault(line.at.letter, []).append(1 - line.at.index)
        letters = sorted(reach, key=in_order)
        if "hf" in letters:
            letters.remove("hf")
            letters.insert(1, "hf")
        found: list[str] = []
        for head in letters:
            last, first = max(reach[head]), min(reach[head]) if head == "hf" else 0
            if len(found) + last + 1 - first > STATES:
                at = next(t for t in self.values if t.letter == head)
                raise at.wrong(f"the values of {head} and others are more than {STATES}, a step reads at most so many")
            found += [f"{head}[n-{j}]" if j else f"{head}[n]" for j in range(first, last + 1)]
        return tuple(found)

    def rows(self) -> tuple[list[Form], list[Form]]:
        """The arguments of the fields and the next states, free of h."""
        states, known = self.states(), self.names.known
        self.newest = [next((line.at for line in self.lines if line.defines == next_text(s)), self.end) for s in states]
        outputs: list[Form] = []
        for state in states:
            head = state.partition("[")[0]
            before = f"{head}[n-{lag(state) - 1}]" if lag(state) > 1 else f"{head}[n]"
            if next_text(state) in known:
                outputs.append(known[next_text(state)])
            elif lag(state) and before in states:
                outputs.append(Form({before: Fraction(1)}))
            else:
                at = next((t for t in self.values if t.letter == head), self.end)
                raise at.wrong(f"{state} is read and no line says what is next, write {next_text(state)} = …")
        if not states:
            raise self.end.wrong("no line says u[n+1], write u[n+1] = u[n] + h f(u[n])")
        arguments = [call.argument for call in self.names.recorder.calls]
        if not arguments:
            raise self.end.wrong("no field is evaluated, write h f(u[n])")
        for form, at in zip((*arguments, *outputs), self.origins(), strict=True):
            self.check(form, at)
        return arguments, outputs

    def origins(self) -> list[Token]:
        return [*self.names.places, *self.newest]

    def check(self, form: Form, at: Token) -> None:
        """Raises FormulaError where a state has a factor h, or a value of a field has not just one."""
        fields = {call.slope: call.field for call in self.names.recorder.calls}
        for a, c in form.terms.items():
            if (n := power_of_h(c)) == 0:
                continue
            if a in fields:
                call = self.names.places[list(fields).index(a)]
                at = call if call.line == at.line else at
                many = "no factor h" if n == -1 else f"h^{n + 1} before it" if n is not None else "a sum of powers of h"
                raise at.wrong(
                    f"the value of {fields[a]} has {many}, write h {fields[a]}(…), or for a product {fields[a]}*(…)"
                )
            raise at.wrong(f"the state {a} has a factor of h, only the values of fields have one: h f(u[n])")

    def scheme(self, name: str, arguments: Sequence[Form], outputs: Sequence[Form]) -> Scheme:
        states, off = self.states(), IRRATIONAL if self.arithmetic.cells.rooted else Fraction(0)
        calls = [replace(c, argument=a) for c, a in zip(self.names.recorder.calls, arguments, strict=True)]
        program = Program(states, tuple(calls), tuple(outputs))
        symbols = {s for form in (*arguments, *outputs) for x in form.terms.values() for s in getattr(x, "symbols", ())}
        with placed(self.newest[0], name):
            made = read_back(program, name, self.parameters(symbols, Fraction(0)), tolerance=off)
            probe = {p.name: Fraction(10007 + 2 * i * i, 7919) for i, p in enumerate(made.parameters)}
            checked(made.at(**probe))  # in numbers: the same rule in many parameters may take for ever
            for i, p in enumerate(made.parameters):
                if p.kind == "learned" and p.value == 0 and pole(made, {**probe, p.name: Fraction(0)}):
                    kept = (*made.parameters[:i], replace(p, value=None), *made.parameters[i + 1 :])
                    made = replace(made, parameters=kept)
            linear = self.coefficients(program)
            about: dict[str, Any] = {"parameters": made.parameters, "tolerance": off}
            return multistep(name, *linear, **about) if linear else made

    def coefficients(self, program: Program) -> tuple[list[Any], list[Any]] | None:
        """α and β of one equation in values of u and slopes at them that reads the past; None of another."""
        new, *rest = program.outputs
        u, deepest = letter(program.inputs[0]), len(program.inputs)
        if {letter(s) for s in program.inputs} != {u} or len({c.field for c in program.calls}) > 1 or not deepest > 1:
            return None
        if any(f != Form({s: Fraction(1)}) for f, s in zip(rest, program.inputs, strict=False)):
            return None
        alpha, beta = [-x for x in reversed(new.row(program.inputs))], [Fraction(0)] * deepest
        alpha, beta = [*alpha, Fraction(1)], [*beta, Fraction(0)]
        for call in program.calls:
            at = list(call.argument.terms.items())
            if call.argument == new:
                beta[-1] = new.terms.get(call.slope, Fraction(0))
            elif len(at) == 1 and at[0][0] in program.inputs and is_one(at[0][1]):
                beta[-2 - lag(at[0][0])] = new.terms.get(call.slope, Fraction(0))
            else:
                return None
        return (alpha, beta) if u == "u" and not all(map(is_zero, beta)) else None

    def parameters(self, symbols: set[str], start: Fraction) -> list[Parameter]:
        """Those that are declared and those that are met. Raises FormulaError for one that nothing reads."""
        known = {p.name: p for p in self.declared}
        if (at := self.names.parameters.get("pi")) and "pi" not in known:
            raise at.wrong("pi would be a parameter: write the number as a decimal, or declare the name: pi learned")
        met = [undeclared(n, n in symbols, start) for n in self.names.parameters if n not in known]
        read = set(symbols)
        for _ in known:
            read |= {s for p in self.declared if p.name in read for s in p.symbols}
        if idle := [n for n in known if n not in read]:
            raise self.places[idle[0]].wrong(f"the parameter {idle[0]} is declared and not read, leave its line out")
        return [p for p in (*self.declared, *met) if p.name in read]


def pole(scheme: Scheme, values: dict[str, Any]) -> bool:
    try:
        scheme.at(**values)
    except SchemeError:
        return True
    return False
