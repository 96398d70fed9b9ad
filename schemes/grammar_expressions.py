"""Sums, products and calls of a typed formula, read by recursive descent; a call becomes a stage of the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from schemes.grammar_arithmetic import Arithmetic, H, power_of_h, shown
from schemes.grammar_tokens import Token
from schemes.numerals import ROOTS
from schemes.program import Call, Form, Recorder
from schemes.symbols import symbol

DEEPEST = 100  # brackets within brackets
STAGES = 100
PARAMETERS = 64
SHORT = ("f", "hf")  # f[n] is short for f(u[n]) and hf[n] for h f(u[n]), where no line says what they are


@dataclass
class Names:
    """What the names of a formula mean; filled by a first look at its tokens, and line by line.

    fields      names that are only ever called
    letters     of states
    lines       where a name or a new value is defined: "Y2", "u[n+1]"
    base        the letter that f[n] is short for
    known       what they are, once their line is read
    parameters  where a free name was met first
    unknown     the new value that the line being read is solved for
    """

    fields: set[str] = field(default_factory=set)
    letters: set[str] = field(default_factory=set)
    lines: dict[str, Token] = field(default_factory=dict)
    base: str = ""
    known: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Token] = field(default_factory=dict)
    unknown: str = ""
    recorder: Recorder = field(default_factory=lambda: Recorder(merge=True))
    places: list[Token] = field(default_factory=list)  # of the calls

    def define(self, name: str, value: Any, arithmetic: Arithmetic) -> None:
        """Puts a value in the place of its name in all calls that were written before it."""
        self.known[name] = value
        for i, call in enumerate(self.recorder.calls):
            if (c := call.argument.terms.get(atom(name))) is not None:
                rest = Form({a: x for a, x in call.argument.terms.items() if a != atom(name)})
                argument = arithmetic.add(rest, arithmetic.multiply(value, c, self.places[i]), self.places[i])
                self.recorder.calls[i] = Call(call.slope, call.field, argument)


def atom(name: str) -> str:
    """The formal symbol of a value that a line is still to say; none of a state or a slope is spelled so."""
    return f"={name}"


class Reader:
    """One line of a formula, read from left to right."""

    def __init__(self, tokens: Sequence[Token], names: Names, arithmetic: Arithmetic) -> None:
        self.tokens, self.names, self.arithmetic = tokens, names, arithmetic
        self.position = self.depth = self.calls = 0

    # ---- tokens

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def sees(self, *texts: str) -> bool:
        return self.next.kind in ("operator", "word") and self.next.text in texts

    def take(self) -> Token:
        token = self.next
        self.position += token.kind != "end"
        return token

    def expect(self, text: str, why: str) -> Token:
        if not self.sees(text):
            raise self.next.wrong(f"{self.found()} stands where {text!r} is expected: {why}")
        return self.take()

    def found(self) -> str:
        return "the end of the line" if self.next.kind == "end" else repr(self.next.text)

    # ---- the grammar

    def sum(self) -> Any:
        total = self.product()
        while self.sees("+", "-"):
            sign = self.take()
            term = self.product()
            total = self.arithmetic.add(total, term if sign.text == "+" else -term, sign)
        return total

    def product(self) -> Any:
        """Factors from left to right: 1/2 F1 is (1/2) F1, and 1/2 k is k/2."""
        value = self.signed()
        while True:
            at = self.next
            if self.sees("*", "/"):
                self.take()
                factor = self.signed()
                value = (self.arithmetic.multiply if at.text == "*" else self.arithmetic.divide)(value, factor, at)
            elif at.kind in ("name", "value") or self.sees("("):
                value = self.arithmetic.multiply(value, self.power(), at)
            elif at.kind == "number":
                raise at.wrong(f"the number {at.text} stands behind something without a sign, write * or + before it")
            else:
                return value

    def signed(self) -> Any:
        negative = False
        while self.sees("+", "-"):
            negative ^= self.take().text == "-"
        value = self.power()
        return -value if negative else value

    def power(self) -> Any:
        base = self.atom()
        if not self.sees("^"):
            return base
        at = self.take()
        return self.arithmetic.power(base, self.nested(self.signed, at), at)

    def atom(self) -> Any:
        token = self.take()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "value":
            return self.value(token)
        if token.kind == "name":
            return self.named(token)
        if token.kind == "operator" and token.text == "(":
            return self.closed(token)
        self.position -= token.kind != "end"
        raise token.wrong(f"{self.found()} stands where a number, a name, u[n] or a bracket is expected, write one")

    def closed(self, bracket: Token) -> Any:
        """What is in a bracket that is open."""
        value = self.nested(self.sum, bracket)
        if not self.sees(")"):
            raise self.next.wrong(f"the bracket of {bracket.place} is not closed before {self.found()}, write ')'")
        self.take()
        return value

    def nested(self, part: Callable[[], Any], at: Token) -> Any:
        self.depth += 1
        if self.depth > DEEPEST:
            raise at.wrong(f"more than {DEEPEST} brackets are open here, name a part in a line of its own: Y2 = …")
        value = part()
        self.depth -= 1
        return value

    # ---- what names mean

    def number(self, token: Token) -> Fraction:
        _, _, exponent = token.text.lower().partition("e")
        if len(exponent) > 4 or abs(int(exponent or 0)) > 40:
            raise token.wrong(f"{token.text} has an exponent beyond 40, write a number of a sensible size")
        return Fraction(token.text)

    def named(self, token: Token) -> Any:
        name, called = token.text, self.sees("(")
        if called and name in ROOTS:
            return self.arithmetic.root(name, self.closed(self.take()), token)
        if called and name in self.names.fields:
            return self.call(name, token, self.take())
        if name == "h":
            return H
        beside = called and self.next.line == token.line and self.next.column == token.column + len(name)
        if beside and name not in self.names.lines:
            raise token.wrong(f"{name} stands before a bracket and alone: for a product write {name}*(…)")
        if name in self.names.known:
            return self.names.known[name]
        if name in self.names.lines:
            return self.later(name, token)
        if name in self.names.letters:
            raise token.wrong(f"{name} is a state, write {name}[n]; a parameter needs another name")
        if name in self.names.fields or name in ("n", *ROOTS):
            raise token.wrong(f"{name} is no parameter, write f(u[n]) for a field, and another name than n")
        if len(self.names.parameters) >= PARAMETERS and name not in self.names.parameters:
            raise token.wrong(f"{name} is one parameter more than {PARAMETERS}, a formula has at most so many")
        self.names.parameters.setdefault(name, token)
        return symbol(name)

    def value(self, token: Token) -> Any:
        if token.letter in SHORT and token.letter not in self.names.letters:
            at = replace(token, letter=self.names.base)
            return self.evaluate("f", self.within(self.value, at), token) * (H if token.letter == "hf" else 1)
        text = spelled(token)
        if token.index < 1:
            return Form({text: Fraction(1)})
        if text in self.names.known:
            return self.names.known[text]
        if text in self.names.lines:
            return self.later(text, token)
        raise token.wrong(f"{token.text} has no line, write one: {token.text} = …")

    def later(self, name: str, token: Token) -> Form:
        """What is to be solved for; in a field any name may be, elsewhere only the one of this line."""
        if not self.calls and name != self.names.unknown:
            at = self.names.lines[name].place
            raise token.wrong(f"{token.text} is used before it is known, by {at}: put that equation first")
        return Form({atom(name): Fraction(1)})

    def within(self, part: Callable[..., Any], *arguments: Any) -> Any:
        self.calls += 1
        value = part(*arguments)
        self.calls -= 1
        return value

    def call(self, name: str, token: Token, bracket: Token) -> Any:
        if self.sees(")"):
            raise self.next.wrong(f"{name}() has no argument, write {name}(u[n])")
        argument = self.within(self.nested, self.sum, bracket)
        if self.sees(","):
            raise self.next.wrong(f"{name} has one argument, a state: write {name}(u[n]), time is none")
        self.expect(")", f"the bracket of {name} is open")
        return self.evaluate(name, argument, token)

    def evaluate(self, name: str, argument: Any, token: Token) -> Form:
        """f(Y) = F/h; of increments without their h, f(f(u)), it is F/h² with F = h f(h f(u)): an operator's power."""
        if not isinstance(argument, Form) or not argument.terms:
            raise token.wrong(f"{name} is taken of {shown(argument)}, a field is taken of a state: write {name}(u[n])")
        powers = {power_of_h(c) for c in argument.terms.values()}
        slopes = {call.slope for call in self.names.recorder.calls}
        missing = -(powers.pop() or 0) if len(powers) == 1 and set(argument.terms) <= slopes else 0
        if missing > 0:
            argument = self.arithmetic.multiply(argument, H**missing, token)
        slope: Form = self.names.recorder.field(name)(argument)
        if len(self.names.recorder.calls) > len(self.names.places):
            self.names.places.append(token)
        if len(self.names.places) > STAGES:
            raise token.wrong(f"this is more than {STAGES} evaluations of a field, a step has at most so many")
        increment: Form = slope * (1 / H ** (1 + max(missing, 0)))
        return increment


def spelled(token: Token) -> str:
    """A value as the table names it: u[n], u[n-1]; u[n+1] is the next u[n]."""
    return f"{token.letter}[n{f'{token.index:+d}' if token.index else ''}]"
