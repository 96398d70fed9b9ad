"""The lines of a typed formula before they are read: shifted to n+1, and what each defines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemes.grammar_expressions import SHORT, spelled
from schemes.grammar_tokens import Token
from schemes.numerals import ROOTS

Tokens = list[Token]


@dataclass(frozen=True)
class Line:
    """One equation: what stands left of its "=", and right of it; what it defines, "Y2" or "u[n+1]"."""

    left: Tokens
    right: Tokens
    defines: str
    at: Token

    @property
    def number(self) -> bool:
        """Whether it gives a name a number."""
        names = [t.text for t in self.right if t.kind in ("name", "value")]
        return self.at.kind == "name" and set(names) <= set(ROOTS)


def shifted(lines: list[Tokens]) -> list[Tokens]:
    """The lines with the newest value at n+1."""
    newest = max((t for tokens in lines for t in uncalled(tokens)), key=lambda t: t.index, default=None)
    if newest is None or newest.index == 1:
        return lines
    heads = [tokens[0] for tokens in lines if tokens[0].kind == "value" and tokens[1].text == "="]
    for i, token in enumerate(heads):
        if newest.index > 1 and any(token.letter == other.letter for other in heads[:i]):
            raise token.wrong(f"{newest.text} makes {token.text} a second line for {token.letter}: keep one")
    by = newest.index - 1
    return [[replace(t, index=t.index - by) if t.kind == "value" else t for t in tokens] for tokens in lines]


def uncalled(tokens: Tokens) -> Iterator[Token]:
    """The values of a line that stand in no field."""
    brackets: list[bool] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind == "operator" and token.text == "(":
            brackets.append(before is not None and before.kind == "name" and before.text != "h")
        elif token.kind == "operator" and token.text == ")" and brackets:
            brackets.pop()
        elif token.kind == "value" and token.letter not in SHORT and not any(brackets):
            yield token


def line_of(tokens: Tokens) -> Line:
    """A line with one "=", and what it defines."""
    signs = [i for i, t in enumerate(tokens) if t.kind == "operator" and t.text == "="]
    if len(signs) != 1:
        at = tokens[signs[1]] if signs else tokens[0]
        has = "has no '='" if not signs else "has a second '='"
        raise at.wrong(f"this line {has}, a line is an equation such as u[n+1] = u[n] + h f(u[n]), or k learned")
    sign = tokens[signs[0]]
    left, right = tokens[: signs[0]], tokens[signs[0] + 1 :]
    ended = [*left, replace(sign, kind="end")]
    if len(left) == 1 and left[0].kind == "name":
        return Line(ended, right, left[0].text, left[0])
    if len(left) == 1 and left[0].kind == "value":
        return Line(ended, right, spelled(left[0]), left[0])
    new = [t for t in tokens if t.kind == "value" and t.index == 1 and t.letter not in SHORT]
    if not new:
        raise tokens[0].wrong("this equation has no new value, write it for one: u[n+1] = …")
    return Line(ended, right, spelled(new[0]), new[0])


def once(tokens: Tokens) -> dict[str, Token]:
    """The tokens by their names. Raises FormulaError for a name that stands twice."""
    found: dict[str, Token] = {}
    for token in tokens:
        if found.setdefault(token.text, token) is not token:
            raise token.wrong(f"{token.text} has another line, {found[token.text].place}: keep one")
    return found


def in_order(head: str) -> tuple[bool, str, int]:
    """u first, then the alphabet, k2 before k10."""
    name = head.rstrip("0123456789")
    return head != "u", name, int(head[len(name) :] or 0)
