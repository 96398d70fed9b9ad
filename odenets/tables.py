"""The table that each step of a network wires: the scheme, with what the spec asks of start, step size and shape."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from odenets.blocks import BLOCKS
from odenets.errors import OdenetsError
from odenets.spec import Spec
from odenets.values import parse
from schemes import Parameter, Scheme, get, starter, symbol, unroll
from schemes.algebra import stretched
from schemes.consistency import consistent
from schemes.equivalence import merged
from schemes.maps import factor, map_form, projected
from schemes.rewriting import without_idle
from schemes.scheme import lag, letter
from schemes.starting import components, repeated

if TYPE_CHECKING:
    from odenets.equilibrium import Solver

AFTER = "after"  # the field of the map behind the sum


def scheme_of(spec: Spec, stage: int, step: int) -> Scheme:
    """The scheme of a step as it is when its history is full, with the spec's weights and start."""
    scheme = spec.scheme_at(stage, step)
    if spec.unroll and not scheme.explicit:
        scheme = unroll(scheme, spec.unroll)
    if spec.consistent:
        scheme = consistent(scheme)
    if spec.start and spec.start != "repeat" and scheme.history:
        scheme = replace(scheme, start=first_steps(spec.start, scheme))
    return scheme


def first_steps(start: str, scheme: Scheme) -> Scheme | None:
    if start == "euler":
        return None
    if start == "runge_kutta":
        from odenets.advice import runge_kutta_start

        return runge_kutta_start(scheme)
    first = get(start)
    if first.history:
        raise OdenetsError(f"{start} needs a history itself and cannot start {scheme.name}: take a one-step scheme")
    return first


def filling(spec: Spec, scheme: Scheme, known: int) -> Scheme:
    """The table of a step that knows `known` steps of its own before it.

    The first one reads one value a component: its history repeats it, and velocities and slopes are 0.
    """
    table = scheme if spec.start == "repeat" else starter(scheme, known)
    first = table if known else repeated(table)
    if (first.U, first.V) == (table.U, table.V):
        return table
    return merged(first) if spec.share == "field" else first  # stages that are equal now need one evaluation


def wired(spec: Spec, table: Scheme, stage: int) -> Scheme:
    """The table in the form that blocks take part in: step size, maps for increments, the map behind the sum.

    Raises OdenetsError for an implicit stage whose field has no resolvent.
    """
    values = next_values(table)
    table = without_idle(sized(table, spec.h, spec.steps[stage]))
    if maps := mapped_fields(spec, table):
        given, table = table, map_form(table, maps)
        if given.role("random") and table.mean().table != map_form(given.mean(), maps).table:  # E[ξ²] is not E[ξ]²
            raise OdenetsError(
                f"{given.name} with maps for blocks has no network of evaluation, as products of random coefficients "
                "stand in its table: take increments (residual = True)"
            )
    if not table.stages:
        raise OdenetsError(f"{table.name} evaluates no block, its weights are 0: take other values of its parameters")
    if not table.explicit and not spec.solver:
        resolvents = ", ".join(name for name, b in BLOCKS.items() if b.resolvent)
        raise OdenetsError(
            f"{table.name} is implicit and cannot be wired: solve it (solver = 'anderson'), unroll it (unroll = 3), or "
            f"give its implicit field a resolvent for a block ({resolvents})"
        )
    return projected(table, values, AFTER) if spec.placement == "post" and spec.residual else table


def solver(spec: Spec) -> Solver | None:
    """What solves the implicit stages of a network. Raises OdenetsError as `Solver.named` does."""
    if not spec.solver:
        return None
    from odenets.equilibrium import Solver

    return Solver.named(spec.solver, **spec.solving)


def sized(table: Scheme, h: str, steps: int) -> Scheme:
    """The table with its slopes times h."""
    if h == "1/N":
        return stretched(table, Fraction(1, steps))
    size = parse("h", h)
    if isinstance(size, Parameter):
        return stretched(table, symbol("h")).at(h=size)
    return table if size == 1 else stretched(table, Fraction(size))


def mapped_fields(spec: Spec, table: Scheme) -> list[str]:
    """The fields whose blocks are maps: all of a network without residuals, else those with resolvents."""
    if not spec.residual:
        return sorted(set(table.fields) - {"one"})
    return sorted(field for field in set(table.fields) if resolvent(spec, field))


def resolvent(spec: Spec, field: str) -> bool:
    name = block_name(spec, field)
    return name is not None and BLOCKS[name].resolvent


def resolvent_factors(spec: Spec, table: Scheme, stage: int) -> dict[str, Fraction]:
    """The a of the resolvents (1 - a h f)⁻¹ that a table's stages ask of the blocks of each field, before map form.

    Raises OdenetsError where a stage is explicit, which no resolvent evaluates.
    """
    fields = [field for field in dict.fromkeys(table.fields) if resolvent(spec, field)]
    if not fields:
        return {}
    table = without_idle(sized(table, spec.h, spec.steps[stage]))
    found = {field: factor(table, field) for field in fields if field in table.fields}
    if odd := [field for field, a in found.items() if a == 0]:
        raise OdenetsError(
            f"{table.name} evaluates {odd[0]} explicitly, and {block_name(spec, odd[0])} is a resolvent: take a scheme "
            "that is implicit in it from its first step on, such as imex_euler or start = 'repeat'"
        )
    return found


def block_name(spec: Spec, field: str) -> str | None:
    """The kind of block of a field; None for the constant, and for the map behind the sum."""
    if field in ("one", AFTER):
        return None
    if isinstance(spec.block, str):
        return spec.block
    if field not in spec.block:
        raise OdenetsError(f"the field {field!r} has no block: name one in block = {dict(spec.block)}")
    return spec.block[field]


def evaluated(table: Scheme) -> list[str]:
    """The field of each block that a step evaluates: neither the constant nor the map behind the sum."""
    return [field for field in table.fields if field not in ("one", AFTER)]


def next_values(scheme: Scheme) -> list[str]:
    """The states that hold a value of now, u[n] or x[n] and y[n]: no history, velocity or slope."""
    values = components(scheme)
    return [s for s in scheme.states if letter(s) in values and not lag(s) and not s.startswith("h")]
