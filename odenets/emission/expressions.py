"""Expressions that construct modules, and the classes that they call.

Modules of one class have the same text but for some numbers. Those that are the same in all of them stand in the class;
the others are its arguments, one for all places that always agree: Basic(16, 32, 2).
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

RUN = 3  # so many equal arguments are written as a comprehension


@dataclass(frozen=True)
class Slot:
    """A place for a number in a text: what stands before it, and the value at which both can be left out."""

    name: str
    lead: str = ""
    default: str = ""

    def text(self, value: str) -> str:
        return "" if self.default and value == self.default else self.lead + value


@dataclass(frozen=True)
class Gap:
    """A slot with the value that it has in one module."""

    slot: Slot
    value: str


@dataclass(frozen=True)
class Form:
    """A class to write: what is the same in all its modules.

    arguments  the modules that its constructor takes, with a narrower annotation where one is needed; the last may be
               "*steps"
    lines      of the class in front of its methods; init: of its constructor, with slots
    """

    name: str
    base: str
    doc: str
    arguments: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    init: tuple[tuple[str | Slot, ...], ...] = ()
    methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Node:
    """A module of such a class: its values in the order of the slots, and the modules that it is given."""

    form: Form
    values: tuple[str, ...]
    children: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Shared:
    """A module that may stand in several places: then it has a name where it is constructed, at the first."""

    key: int
    name: str
    content: Expression


Piece = str | Gap | Node | Shared
Expression = tuple[Piece, ...]


def plain(expression: Expression) -> bool:
    """Whether no class of the file is called, so that it may stand in a constructor of one."""
    return not any(isinstance(piece, Node | Shared) for piece in expression)


def joined(parts: Iterable[Expression]) -> Expression:
    """The parts as arguments of a call."""
    pieces: list[Piece] = []
    for part in parts:
        pieces += [", ", *part] if pieces else part
    return tuple(pieces)


@dataclass
class Classes:
    """The classes of a file, with all their modules; `number` first, then texts and calls are written."""

    taken: set[str]
    found: dict[Form, list[tuple[str, ...]]] = field(default_factory=dict)
    names: dict[Form, str] = field(default_factory=dict)
    arguments: dict[Form, dict[tuple[str, ...], str]] = field(default_factory=dict)
    shared: dict[int, str] = field(default_factory=dict)
    uses: Counter[int] = field(default_factory=Counter)

    def node(self, form: Form, values: Sequence[str] = (), children: Sequence[Expression] = ()) -> Node:
        self.found.setdefault(form, []).append(tuple(values))
        return Node(form, tuple(values), tuple(children))

    def number(self) -> None:
        """Give each class its name and its arguments."""
        for form, rows in self.found.items():
            self.names[form] = unused(form.name, self.taken)
            slots = [piece for line in form.init for piece in line if isinstance(piece, Slot)]
            self.arguments[form] = arguments(form, slots, list(zip(*rows, strict=True)))

    def call(self, expression: Expression) -> str:
        """The expression as source."""
        return "".join(map(self.piece, expression)).replace("(, ", "(")

    def piece(self, piece: Piece) -> str:
        match piece:
            case Gap(slot, value):
                return slot.text(value)
            case Shared(key, _, content) if self.uses[key] < 2:
                return self.call(content)
            case Shared(key, name, content):
                if key in self.shared:
                    return self.shared[key]
                self.shared[key] = unused(name, self.taken)
                return f"{self.shared[key]} := {self.call(content)}"
            case Node(form, values, children):
                columns = list(zip(*self.found[form], strict=True))
                own = dict(zip(columns, values, strict=True))
                given = [*map(self.call, children), *(own[column] for column in self.arguments[form])]
                return f"{self.names[form]}({', '.join(runs(given))})"
        return piece

    def text(self, form: Form) -> str:
        """The class as source."""
        known = self.arguments[form]
        columns = iter(zip(*self.found[form], strict=True))
        body = []
        for line in form.init:
            pieces = [self.filled(piece, next(columns), known) if isinstance(piece, Slot) else piece for piece in line]
            body.append("".join(pieces).replace("(, ", "("))
        taken = [name if ":" in name else f"{name}: nn.Module" for name in form.arguments]
        taken += [f"{name}: {kind(column)}" for column, name in known.items()]
        head = f"def __init__({', '.join(['self', *taken])}) -> None:\n"
        init = [] if body == ["super().__init__()"] else [head + "".join(f"    {line}\n" for line in body)]
        parts = ["".join(f"{line}\n" for line in form.lines), *init, *form.methods]
        inner = "\n".join(part for part in [docstring(form.doc), *parts] if part)
        return f"class {self.names[form]}({form.base}):\n" + indented(inner)

    @staticmethod
    def filled(slot: Slot, column: tuple[str, ...], known: dict[tuple[str, ...], str]) -> str:
        return slot.lead + known[column] if column in known else slot.text(column[0])


def arguments(form: Form, slots: Sequence[Slot], columns: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """The columns of values that differ between modules, each by the name of its argument."""
    varying = {column: [s for s, c in zip(slots, columns, strict=True) if c == column] for column in columns}
    varying = {column: own for column, own in varying.items() if len(set(column)) > 1}
    sizes = [s for s in slots if s.name in ("cin", "cout")]
    taken = {"self", *form.arguments}
    named = {}
    for column, own in varying.items():
        names = {s.name for s in own}
        ends = any(s is sizes[0] for s in own) if sizes else False, any(s is sizes[-1] for s in own) if sizes else False
        usual = {(True, True): "channels", (True, False): "cin", (False, True): "cout"}.get(ends, "width")
        named[column] = unused(usual if names & {"cin", "cout"} else own[0].name, taken)
    return named


def unused(name: str, taken: set[str]) -> str:
    """The name, numbered where it is taken; it is taken from now on."""
    found, count = name, 1
    while found in taken:
        count += 1
        found = f"{name}{count}"
    taken.add(found)
    return found


def runs(texts: Sequence[str]) -> list[str]:
    """Arguments of a call, equal ones as a comprehension."""
    found = []
    for text, group in groupby(texts):
        count = len(list(group))
        found += [f"*({text} for _ in range({count}))"] if count >= RUN and "(" in text else [text] * count
    return found


def kind(column: Iterable[str]) -> str:
    """The annotation of an argument that takes these values."""
    try:
        kinds = {type(ast.literal_eval(value)).__name__ for value in column}
    except ValueError:
        return "Tensor"
    return "tuple[int, ...]" if kinds == {"tuple"} else kinds.pop() if len(kinds) == 1 else "float"


def docstring(text: str) -> str:
    if not text:
        return ""
    quoted = text.replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{quoted}\n"""\n' if "\n" in text else f'"""{quoted}"""\n'


def indented(text: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in text.splitlines(keepends=True))
