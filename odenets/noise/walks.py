"""The steps of a scheme in √h scaling as one module, with random coefficients that are drawn, or given."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any, cast

from torch import Tensor, nn

from odenets.blocks import Field
from odenets.coefficients import draws
from odenets.errors import OdenetsError
from odenets.noise.timed import clock
from odenets.wiring import Step, wire
from schemes import Scheme, components
from schemes.algebra import stretched
from schemes.diffusion import ROOT, diffusive
from schemes.exact import parameter_value, square_root
from schemes.scheme import letter
from schemes.starting import initial, starter

if TYPE_CHECKING:
    from odenets.equilibrium import Solver

Fields = Callable[[Tensor], Tensor] | Mapping[str, Callable[[Tensor], Tensor]]
States = tuple[Tensor, ...]


class Walk(nn.Module):
    """Steps of size h of a stochastic scheme: walk(u0, steps) gives the states behind them.

    u' = V u + h B f(Y) with the table `schemes.diffusion.diffusive(scheme)`, whose noise has the size √h. In training
    mode, as a walk is made, coefficients are drawn; in evaluation they are their means. Fields keep the mode they have.
    fields  f(u), a callable or module, or {field: callable or module}; learned coefficients are parameters of the walk
    dims    axes of a state behind its channels
    solver  of implicit stages
    Raises OdenetsError for a step that is not positive, and as `wire` does, SchemeError as `diffusive` does.
    """

    def __init__(
        self,
        scheme: Scheme,
        fields: Fields,
        h: Any,
        *,
        noise: Collection[str] | None = None,
        dims: int = 0,
        solver: Solver | None = None,
    ) -> None:
        super().__init__()
        found = tables(scheme, h, noise)
        blocks = {
            name: f if isinstance(f, nn.Module) else Field(f)
            for name, f in by_field(scheme.name, scheme.fields, fields).items()
        }
        self.steps = nn.ModuleList(
            wire(table, {name: f for name, f in blocks.items() if name in table.fields}, dims=dims, solver=solver)
            for table in found
        )
        self.scheme, self.h = found[-1], parameter_value(h)
        self.clock = clock(blocks.values())
        self.ends = [[letter(state) for state in scheme.states].index(x) for x in components(scheme)]

    def forward(self, u0: Tensor | States, steps: int, given: Mapping[str, Tensor] | None = None) -> Any:
        """The states behind so many steps: a tensor, or a tuple where u0 is one, one state a component."""
        states: States = ()
        for states in self.along(u0, steps, given):  # noqa: B007  # the last one
            pass
        return states if isinstance(u0, tuple) else states[0]

    def along(self, u0: Tensor | States, steps: int, given: Mapping[str, Tensor] | None = None) -> Iterator[States]:
        """The states behind each step, one a component.

        given   random coefficients that are not drawn: {name: (steps, …)}, one row a step
        """
        if not isinstance(steps, int) or steps < 1:
            raise OdenetsError(f"steps = {steps}: take a whole number from 1 on")
        states = initial(self.scheme, *(u0 if isinstance(u0, tuple) else (u0,)))
        known = told(self.scheme, given or {}, steps)
        own, h = cast(list[Step], list(self.steps)), float(self.h)
        for n in range(steps):
            self.clock(n * h)
            step = own[min(n, len(own) - 1)]
            found = step(*states) if not known else with_given(step, {k: x[n] for k, x in known.items()}, states)
            states = found if isinstance(found, tuple) else (found,)
            yield tuple(states[i] for i in self.ends)


def tables(scheme: Scheme, h: Any, noise: Collection[str] | None = None) -> list[Scheme]:
    """The tables of the first steps and of all others, of size h, whose paths are independent."""
    size = parameter_value(h)
    if not isinstance(size, Fraction) or size <= 0:
        raise OdenetsError(f"h = {h} is the size of a step: take a positive number, such as 1/100")
    made = diffusive(apart(scheme), noise).at(**{ROOT: root(size)})
    return [stretched(starter(made, n), size) for n in range(made.history + 1)]


def apart(scheme: Scheme) -> Scheme:
    """The scheme each of whose paths draws for itself what is drawn once a batch."""
    shared = [p for p in scheme.parameters if p.kind == "random" and p.per == "batch"]
    return scheme.at(**{p.name: replace(p, per="sample") for p in shared})


def root(x: Fraction) -> Fraction:
    """√x, exact where it is rational."""
    return Fraction(sqrt(x)) if (found := square_root(x)) is None else found


def by_field(name: str, evaluated: Iterable[str], fields: Fields) -> dict[str, Callable[[Tensor], Tensor]]:
    """The function of each field. Raises OdenetsError where one function is given for several fields."""
    if isinstance(fields, Mapping | nn.ModuleDict):
        return dict(fields.items())
    own = [field for field in dict.fromkeys(evaluated) if field != "one"]
    if len(own) > 1:
        raise OdenetsError(f"{name} evaluates the fields {', '.join(own)}: give {{field: function}}")
    return dict.fromkeys(own, fields)


# ---- coefficients that are given -----------------------------------------------------------------------------------


class Given(nn.Module):
    """A random coefficient whose value is known."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def forward(self, u: Tensor) -> Any:
        return self.value


def told(scheme: Scheme, given: Mapping[str, Tensor], steps: int) -> Mapping[str, Tensor]:
    """What is given. Raises OdenetsError for what a step does not draw by itself, and for too few rows."""
    alone = [names[0] for attribute, names in draws(scheme).items() if names == (attribute,)]
    for name, xi in given.items():
        if name not in alone:
            raise OdenetsError(f"{scheme.name} draws no {name!r} alone: it draws {', '.join(alone) or 'nothing'}")
        if len(xi) < steps:
            raise OdenetsError(f"{name} is given for {len(xi)} steps of {steps}: give one row a step")
    return given


def with_given(step: Step, values: Mapping[str, Tensor], states: States) -> Any:
    """A step with some of its random coefficients given."""
    own = {name: getattr(step, name) for name in values if hasattr(step, name)}
    try:
        for name in own:
            setattr(step, name, Given(values[name]))
        return step(*states)
    finally:
        for name, draw in own.items():
            setattr(step, name, draw)
