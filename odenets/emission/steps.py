"""Steps as classes: their straight-line source with types, their coefficients as they start, and their draws."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING

from torch import nn

from odenets.coefficients import Bounded, Draw, known
from odenets.emission.expressions import Expression, Gap, Slot
from odenets.emission.modules import Line, called
from odenets.errors import OdenetsError
from odenets.laws import bernoulli, normal, of_points, student, uniform
from odenets.skipping import kept
from odenets.spreads import spread
from odenets.wiring import Step
from schemes import (
    Bernoulli,
    Distribution,
    Normal,
    Parameter,
    StudentT,
    Uniform,
    formula_lines,
)
from schemes.writing import identifier

if TYPE_CHECKING:
    from odenets.emission.modules import Modules

ENDS = "self.low", "self.high"


def step(modules: Modules, module: Step) -> Expression:
    """A step: the blocks are given from outside, the learned coefficients are its own.

    Raises OdenetsError for one that is solved.
    """
    check_written_out(module)
    init: list[Line] = [("super().__init__()",)]
    arguments: dict[str, Expression] = {}
    declared = {p.name: p for p in module.scheme.parameters}
    for name, parameter in module._parameters.items():
        if parameter is not None:
            init.append((f"self.{name} = nn.Parameter(", *start(declared[name], parameter.shape), ")"))
    for name, child in module._modules.items():
        if isinstance(child, Bounded):
            modules.definitions.need(Bounded)
            ends = [Gap(Slot(f"{name}_{end}", ", "), repr(getattr(child, end))) for end in ("low", "high")]
            init.append((f"self.{name} = Bounded(", *start(declared[name], child.raw.shape), *ends, ")"))
        elif child is not None:
            given = f"{name}_" if name in ("nn", "torch") else name  # which the constructor reads
            arguments[given] = modules.make(child, name)
            init.append((f"self.{name} = {given}",))
    init += [(line,) for line in ties(module)]
    if "kept(" in module.code:
        modules.definitions.need(kept)
    arguments = {name: arguments[name] for name in sorted(arguments, key=made_at(module))}
    doc = "\n    ".join([f"{module.scheme.name}:\n", *formula_lines(module.scheme)])
    return called(modules, class_name(module), nn.Module, doc, init, arguments, (), [typed(module)])


def made_at(module: Step) -> Callable[[str], int]:
    """When a block was made: all of one field, then those of the next, however stages take turns."""
    fields = list(dict.fromkeys(module.scheme.fields))
    places = dict(zip(module.block_names, map(fields.index, module.scheme.fields), strict=True))
    return lambda argument: places.get(argument.rstrip("_"), -1)


def check_written_out(module: Step) -> None:
    """Raise OdenetsError for a step whose stages are solved."""
    if not module.scheme.explicit:
        raise OdenetsError(
            f"{module.scheme.name} is implicit, and no straight line writes how its steps are solved: emit it with "
            "unroll = 3, three sweeps, or another number of them"
        )


def class_name(module: Step) -> str:
    words = re.sub(r"\W|_", " ", module.scheme.name).split()
    return "".join(word[0].upper() + word[1:] for word in words if word.isascii()).lstrip("0123456789") + "Step"


def start(parameter: Parameter, shape: tuple[int, ...]) -> Line:
    """Where training starts a coefficient, drawn from its law or a number."""
    name, law = parameter.name, parameter.value
    channels: Line = (
        ("(", Gap(Slot("channels"), str(shape[0])), f"{', 1' * (len(shape) - 1) or ','})") if shape else ("()",)
    )

    def number(x: object, what: str) -> Gap:
        return Gap(Slot(f"{name}_{what}", ", "), repr(float(x)))  # type: ignore[arg-type]

    match law:
        case Bernoulli():
            return ("torch.empty(", *channels, ").bernoulli_(", number(law.p, "p"), ")")
        case Uniform():
            return ("torch.empty(", *channels, ").uniform_(", number(law.low, "from"), number(law.high, "to"), ")")
        case Normal():
            scale, mean = (Gap(Slot(f"{name}_{k}", lead), repr(float(x)))
                           for k, lead, x in (("sigma", " * ", law.sigma), ("mu", " + ", law.mu)))  # fmt: skip
            return ("torch.randn(", *channels, ")", scale, mean)
        case Distribution():
            raise OdenetsError(f"{name} starts from {law}, which has no source: start it from a number or Uniform")
    return ("torch.full(", *channels, number(law, "start"), ")")


def draw(modules: Modules, module: Draw) -> Expression:
    """A random coefficient: its mean at evaluation, a draw of its law in training."""
    law, batch = module.law, module.per == "batch"

    def number(name: str, x: object) -> Line:
        return (f"self.{name} = ", Gap(Slot(name), repr(float(x))))  # type: ignore[arg-type]

    def calling(function: Callable[..., object], *given: str) -> str:
        modules.definitions.need(function)
        return f"{function.__name__}({', '.join(given)})"

    where = ("()", "u.dtype", '"cpu"') if batch else (
        calling(spread, f'"{module.per}"', "u", str(module.dims)), "u.dtype", "u.device")  # fmt: skip
    own: list[Line] = []
    match law:
        case Bernoulli():
            own = [("self.p = Fraction(", Gap(Slot("p"), repr(str(law.p))), ")")]
            drawn = calling(bernoulli, "self.p", *where)
        case Uniform():
            own, drawn = [number("low", law.low), number("high", law.high)], calling(uniform, *ENDS, *where)
        case Normal():
            own = [number("mu", law.mu), number("sigma", law.sigma)]
            drawn = calling(normal, "self.mu", "self.sigma", *where)
        case StudentT():
            own, drawn = [number("nu", law.nu)], calling(student, "self.nu", *where)
        case _ if law.points:
            own, drawn = [(f"self.chances = {law.points!r}",)], calling(of_points, "self.chances", *where)
        case _:
            raise OdenetsError(f"the law {law} of a random coefficient has no source: schemes has Bernoulli and others")
    forward = f"""\
def forward(self, u: Tensor) -> Tensor | float:
    if not self.training:
        return self.mean
    return {calling(known, drawn, "u") if batch else drawn}
"""
    doc = f"A random coefficient, one a {module.per}: drawn anew at each call in training, its mean at evaluation."
    init: list[Line] = [("super().__init__()",), number("mean", module.mean), *own]
    return called(modules, type(law).__name__, nn.Module, doc, init, {}, (), [forward])


def ties(module: Step) -> list[str]:
    """Lines that give a block the parameters of another one, where both have the same."""
    names = [
        (f"{block}.{name}", p) for block, child in module.named_children() for name, p in child._parameters.items()
    ]
    return [f"self.{b} = self.{a}" for (a, p), (b, q) in combinations(names, 2) if p is q and p is not None]


def typed(module: Step) -> str:
    """The step's source with types. One state's next value is assigned first: mypy takes u + self.f(u) for Any."""
    _, *lines = module.code.splitlines()
    names = [identifier(state) for state in module.scheme.states]
    value = f"tuple[{', '.join(['Tensor'] * len(names))}]" if len(names) > 1 else "Tensor"
    head = f"def forward(self, {', '.join(f'{name}: Tensor' for name in names)}) -> {value}:"
    if len(names) == 1:
        lines = [re.sub(r"^( +)return (.*\W.*)$", rf"\1{names[0]} = \2\n\1return {names[0]}", line) for line in lines]
    return "\n".join([head, *lines, ""])
