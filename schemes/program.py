"""A step run on formal symbols: the straight-line program from which formula, source, diagram and table are read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

from schemes.errors import SchemeError
from schemes.exact import coefficient, is_zero
from schemes.interpreter import step
from schemes.parameters import Parameter
from schemes.scheme import Scheme


class Form:
    """A formal linear combination Σ c·atom; atoms are the names of states and slopes, in the order they were met."""

    def __init__(self, terms: dict[str, Any]) -> None:
        self.terms = {atom: c for atom, c in terms.items() if not is_zero(c)}

    def __add__(self, other: Any) -> Form:
        if is_zero(other):
            return self
        if not isinstance(other, Form):
            raise SchemeError(
                f"a state is added to {other!r}: a scheme adds states and slopes only, use a field for a constant"
            )
        terms = dict(self.terms)
        for atom, c in other.terms.items():
            terms[atom] = terms.get(atom, Fraction(0)) + c
        return Form(terms)

    def __mul__(self, c: Any) -> Form:
        if isinstance(c, Form):
            self.refuse(c)
        c = coefficient(c)
        return Form({atom: c * x for atom, x in self.terms.items()})

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Form:
        return self * -1

    def __sub__(self, other: Any) -> Form:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Form:
        return (-self).__add__(other)

    def __truediv__(self, c: Any) -> Form:
        if isinstance(c, Form) or is_zero(c):
            self.refuse(c)
        return self.__mul__(1 / coefficient(c))

    def refuse(self, _: Any) -> NoReturn:
        raise SchemeError(
            "a state is multiplied or divided by a state, or divided by 0: "
            "a scheme is linear in its states and slopes, use a field for anything else"
        )

    __pow__ = __rpow__ = __rtruediv__ = refuse

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def row(self, atoms: Sequence[str]) -> tuple[Any, ...]:
        return tuple(self.terms.get(atom, Fraction(0)) for atom in atoms)


@dataclass(frozen=True)
class Call:
    """One evaluation: slope = field(argument)."""

    slope: str
    field: str
    argument: Form


@dataclass(frozen=True)
class Program:
    """A straight-line step: inputs (state names), calls in order, outputs (one form a state)."""

    inputs: tuple[str, ...]
    calls: tuple[Call, ...]
    outputs: tuple[Form, ...]


class Recorder:
    """Formal fields: an evaluation becomes a call and a new symbol.

    merge: an argument that the field has seen gives the same slope (a formula); else every call is a stage (a table).
    """

    def __init__(self, merge: bool) -> None:
        self.calls: list[Call] = []
        self.merge = merge

    def field(self, name: str) -> Callable[[Any], Form]:
        def evaluate(argument: Any) -> Form:
            argument = as_form(argument)
            known = [c for c in self.calls if self.merge and c.field == name and c.argument == argument]
            call = known[0] if known else Call(f"F{len(self.calls) + 1}", name, argument)
            if not known:
                self.calls.append(call)
            return Form({call.slope: Fraction(1)})

        return evaluate


def as_form(x: Any) -> Form:
    return x if isinstance(x, Form) else Form({}) + x


def record(rule: Callable[..., Any], fields: Sequence[str], states: Sequence[str], merge: bool = True) -> Program:
    """The program of rule(*fields, *states), a function that returns the next state or a tuple of them."""
    recorder = Recorder(merge)
    outputs = rule(*map(recorder.field, fields), *(Form({name: Fraction(1)}) for name in states))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return Program(tuple(states), tuple(recorder.calls), tuple(map(as_form, outputs)))


def trace(scheme: Scheme, h: Any = 1) -> Program:
    """The scheme's step as a program; a call for every stage, also where two stages agree."""
    s = scheme.stages
    return record(lambda *x: step(scheme, x[:s], x[s:], h), scheme.fields, scheme.states, merge=False)


def read_back(program: Program, name: str, parameters: Sequence[Parameter] = (), **about: Any) -> Scheme:
    """The table of a program whose slopes are h f(Y): the inverse of `trace`."""
    slopes = [call.slope for call in program.calls]
    return Scheme(
        name,
        A=tuple(call.argument.row(slopes) for call in program.calls),
        U=tuple(call.argument.row(program.inputs) for call in program.calls),
        B=tuple(form.row(slopes) for form in program.outputs),
        V=tuple(form.row(program.inputs) for form in program.outputs),
        states=program.inputs,
        fields=tuple(call.field for call in program.calls),
        parameters=tuple(parameters),
        **about,
    )
