"""What a typed formula is made of: numbers, names, values such as u[n+1], operators, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from keyword import iskeyword

from schemes.errors import SchemeError

LONGEST = 20_000  # characters of a formula
DIGITS = 60  # of a number
NAME = 40  # characters of a name
RESERVED = ("learned", "chosen", "random", "per", "in", "from")  # words of a declaration
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ϑ": "theta", "κ": "kappa", "λ": "lam", "μ": "mu", "ν": "nu", "ξ": "xi", "ρ": "rho", "σ": "sigma",
    "τ": "tau", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta",
    "Θ": "Theta", "Λ": "Lambda", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
SIGNS = {"−": "-", "–": "-", "·": "*", "⋅": "*", "×": "*", "∗": "*", "∼": "~", "**": "^"}
SQUARES = {"²": "2", "³": "3"}
LETTER = f"A-Za-z{''.join(GREEK)}"
TOKEN = re.compile(
    rf"""(?P<blank>[^\S\n]+|\#.*)
    |(?P<number>(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+(?!\w))?)
    |(?P<value>(?P<letter>[{LETTER}][{LETTER}0-9_]*?)
        (?:[^\S\n]{{0,9}}\[(?P<index>[^\]\n]{{0,20}})\]|_\{{(?P<low>[^}}\n]{{0,20}})\}}|_(?P<now>n)(?![{LETTER}0-9_])))
    |(?P<name>[{LETTER}_][{LETTER}0-9_]*)
    |(?P<operator>\*\*|\.\.|[-+*/^()=~,{re.escape("".join(s for s in SIGNS if len(s) == 1))}])
    |(?P<square>[²³])
    |(?P<end>[;\n])""",
    re.VERBOSE,
)
INDEX = re.compile(r"n(?:([+-])([0-9]{1,3}))?")


class FormulaError(SchemeError):
    """What cannot be read in a formula, and where: `sentence` at `line` and `column`, which count from 1."""

    def __init__(self, sentence: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"formula, line {line}, column {column}: {sentence}")
        self.sentence, self.line, self.column = sentence, line, column

    def __reduce__(self) -> tuple[type[FormulaError], tuple[str, int, int]]:
        return type(self), (self.sentence, self.line, self.column)  # the default would give __init__ the whole message


@dataclass(frozen=True)
class Token:
    """A piece of a formula.

    kind     number, name, value, word (of a declaration), operator, or end (of a line)
    text     as it is meant: Greek letters spelled, − a minus; of a value as it was typed
    index    of a value: 1 of u[n+1]
    letter   of a value: u
    """

    kind: str
    text: str
    line: int
    column: int
    index: int = 0
    letter: str = ""

    @property
    def place(self) -> str:
        return f"line {self.line}, column {self.column}"

    def wrong(self, sentence: str) -> FormulaError:
        return FormulaError(sentence, self.line, self.column)


@contextmanager
def placed(at: Token, name: str = "") -> Iterator[None]:
    """Gives the errors of other modules, which may begin with a name, the place of the text that caused them."""
    try:
        yield
    except FormulaError:
        raise
    except SchemeError as error:
        raise at.wrong(str(error).removeprefix(f"{name}: ")) from None


def statements(text: str) -> list[list[Token]]:
    """The lines of a formula as tokens, each with an `end` behind its last; empty ones are left out.

    A new line goes on with the one before it where either has an operator at the break.
    Raises FormulaError for an unknown character, a number or a name that is too long, and an index that is none.
    """
    if len(text) > LONGEST:
        raise FormulaError(f"it has {len(text)} characters, a formula has at most {LONGEST}: take `general_linear`")
    found: list[list[Token]] = [[]]
    pending: Token | None = None  # the break between two lines, until it is known whether it is one
    for token in tokens(text):
        last = found[-1][-1] if found[-1] else None
        if token.kind == "end":
            ends = not pending and last and not (token.text == "\n" and goes_on(last))
            pending = token if ends or (pending and token.text == ";") else pending
            continue
        if pending and not (pending.text == "\n" and goes_on(token)):
            found[-1].append(pending)
            found.append([])
        pending = None
        found[-1].append(token)
    if found[-1]:
        lines = text.split("\n")
        found[-1].append(pending or Token("end", "\n", len(lines), len(lines[-1]) + 1))
    return [tokens for tokens in found if tokens]


def goes_on(token: Token) -> bool:
    return token.kind == "operator" and token.text in "+-*/^="


def tokens(text: str) -> Iterator[Token]:
    position, line, start = 0, 1, 0
    while position < len(text):
        match = TOKEN.match(text, position)
        at = Token("", "", line, position - start + 1)
        if match is None:
            hint = ": write f(u[n]) and u[n+1], other brackets are round" if text[position] in "[]{}" else ""
            raise at.wrong(f"{text[position]!r} is no part of a formula{hint or ', leave it out'}")
        kind, word = str(match.lastgroup), match[0]
        kind = "value" if match["value"] else kind
        if kind == "square":
            yield Token("operator", "^", line, at.column)
            yield Token("number", SQUARES[word], line, at.column)
        elif kind != "blank":
            yield read(kind, word, match, at)
        position = match.end()
        if word == "\n":
            line, start = line + 1, position


def read(kind: str, word: str, match: re.Match[str], at: Token) -> Token:
    """The token of a match. Raises FormulaError where its word is too long or no name."""
    if kind == "number" and sum(map(str.isdigit, word)) > DIGITS:
        raise at.wrong(f"this number has more than {DIGITS} digits, round it")
    if kind in ("operator", "number", "end"):
        return Token(kind, SIGNS.get(word, word), at.line, at.column)
    letter = "".join(GREEK.get(x, x) for x in (match["letter"] if kind == "value" else word))
    if len(letter) > NAME:
        raise at.wrong(f"this name has {len(letter)} characters, a name has at most {NAME}")
    if kind == "name" and letter in RESERVED:
        return Token("word", letter, at.line, at.column)
    if iskeyword(letter) or letter in RESERVED or letter.startswith("_"):
        raise at.wrong(f"{letter!r} cannot be a name here, take one like 'k' or 'lam'")
    if kind == "name":
        return Token(kind, letter, at.line, at.column)
    index = next(match[group] for group in ("index", "low", "now") if match[group] is not None)
    index = "".join(SIGNS.get(x, x) for x in index.replace(" ", ""))
    if match["low"] is not None and index.isdecimal() and index.isascii():
        return Token("name", letter + index, at.line, at.column)  # Y_{2}, as LaTeX has it
    if not (found := INDEX.fullmatch(index)):
        raise at.wrong(f"the index of {word!r} is no step, write {letter}[n], {letter}[n+1] or {letter}[n-2]")
    return Token("value", word, at.line, at.column, int(f"{found[1] or ''}{found[2] or 0}"), letter)
