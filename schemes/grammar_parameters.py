"""The lines of a typed formula that say what a parameter is: `k learned in -1..1 from -1/10`, `eta ~ Bernoulli(p)`."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

from schemes.forms import LAWS
from schemes.grammar_arithmetic import shown
from schemes.grammar_expressions import Reader
from schemes.grammar_tokens import Token, placed
from schemes.parameters import SPREADS, Parameter
from schemes.program import Form
from schemes.symbols import RationalFunction

KINDS = {"learned": "step", "chosen": "table", "random": "sample"}  # and how each varies unless said


def is_declaration(tokens: list[Token]) -> bool:
    second = tokens[1] if len(tokens) > 1 else tokens[0]
    return second.kind == "word" or (second.kind == "operator" and second.text == "~")


def declared(reader: Reader) -> Parameter:
    """The parameter of a line `k learned …` or `eta ~ …`. Raises FormulaError where it is none."""
    name = reader.take()
    if name.kind != "name":
        raise name.wrong(f"{name.text!r} is declared, only a name can be: k learned, eta ~ Bernoulli(1/2)")
    at = reader.take()
    if at.text not in ("~", "learned", "chosen"):
        raise at.wrong(f"{at.text!r} is no kind of parameter, write {name.text} learned, chosen, or ~ a distribution")
    told: dict[str, Any] = {}
    if at.text == "~":
        told["from"] = law(reader)
    while reader.next.kind == "word":
        option = reader.take()
        if option.text not in ("per", "in", "from") or option.text in told:
            raise option.wrong(f"{option.text!r} stands twice or out of place, write: per …, in low..high, from start")
        told[option.text] = OPTIONS[option.text](reader)
    if reader.next.kind != "end":
        raise reader.next.wrong(f"{reader.found()} stands behind {name.text}, write per …, in … or from …")
    kind: Any = "random" if at.text == "~" else at.text
    with placed(name):
        return Parameter(name.text, kind, told.get("from"), told.get("per", KINDS[kind]), told.get("in"))


def spread(reader: Reader) -> str:
    token = reader.take()
    if token.text not in {x for several in SPREADS.values() for x in several}:
        raise token.wrong(f"nothing varies per {token.text!r}, write step, channel, batch, sample or element")
    return token.text


def ends(reader: Reader) -> tuple[Any, Any]:
    low = number(reader)
    reader.expect("..", "an interval is low..high, such as -1..1")
    return low, number(reader)


def start(reader: Reader) -> Any:
    return law(reader) if reader.next.kind == "name" and reader.next.text in LAWS else number(reader)


def number(reader: Reader) -> Any:
    """A number, or a function of other parameters. Raises FormulaError for a state, and for the step."""
    at = reader.next
    value = reader.sum()
    if isinstance(value, Form) or (isinstance(value, RationalFunction) and "h" in value.symbols):
        raise at.wrong(f"{shown(value)} is no number, write one, or the name of a parameter")
    return value


OPTIONS = {"per": spread, "in": ends, "from": start}


def law(reader: Reader) -> Any:
    """Uniform(-1/10, 0), TwoPoint: a distribution whose arguments are numbers or parameters."""
    name = reader.take()
    if name.text not in LAWS:
        raise name.wrong(f"{name.text!r} is no distribution, take one of {', '.join(LAWS)}")
    arguments: list[Any] = []
    if reader.sees("("):
        bracket = reader.take()
        while not reader.sees(")"):
            if arguments:
                reader.expect(",", f"the arguments of {name.text} stand between commas")
            arguments.append(reader.nested(partial(number, reader), bracket))
        reader.take()
    with placed(name):
        try:
            return LAWS[name.text](*arguments)
        except TypeError:
            raise name.wrong(f"{name.text} has {len(arguments)} arguments, it takes others: see its name") from None


def declaration(parameter: Parameter) -> str:
    """The line that declares a parameter; the inverse of `declared`."""
    value = parameter.value
    if parameter.kind == "random":
        return f"{parameter.name} ~ {value} per {parameter.per}"
    inside = " in {}..{}".format(*parameter.within) if parameter.within else ""
    begins = "" if value is None else f" from {value}"
    return f"{parameter.name} {parameter.kind} per {parameter.per}{inside}{begins}"


def undeclared(name: str, in_table: bool, start: Fraction | None) -> Parameter:
    """A free name: learned and started at 0 in the table, or chosen in the law of another."""
    return Parameter(name, "learned", start, "step") if in_table else Parameter(name, "chosen", None, "table")
