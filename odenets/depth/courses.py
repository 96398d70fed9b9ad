"""Weights over the depth of a stage: its knots, and what each step's evaluations see of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, cast

from torch import nn

from odenets.depth.basis import Basis, read
from odenets.depth.blends import Blend, unlisted
from odenets.errors import OdenetsError
from odenets.spec import Spec
from odenets.step_blocks import Size, blocks_of
from odenets.tables import AFTER, resolvent_factors, wired
from schemes import Scheme
from schemes.consistency import weight
from schemes.rewriting import without_idle
from schemes.timing import abscissae

AT = "_at_"  # between a field's name and the number of its stage, while a table changes its form


@dataclass(frozen=True)
class Course:
    """How the weights of one stage follow its depth: their basis, and the size of its steps where it is its own."""

    basis: Basis
    h: str = ""

    @staticmethod
    def of(spec: Spec, stage: int) -> Course:
        """That of a stage: weights = "linear:4" for all of them, or "linear:4; linear:3 h=1/2" for each its own.

        Raises OdenetsError for other text, and where the spec shares blocks in another way.
        """
        if spec.depth_shared or spec.share == "stage":
            said = "depth_shared says weights = 'constant:1'" if spec.depth_shared else "share = 'stage' is no field"
            raise OdenetsError(f"weights = {spec.weights!r} are functions of depth, and {said}: leave one of them out")
        texts = spec.weights.split(";")
        if len(texts) not in (1, len(spec.widths)):
            raise OdenetsError(f"weights = {spec.weights!r}: give one for all stages, or one for each, between ;")
        text, _, h = texts[stage % len(texts)].partition(" h=")
        return Course(read(text), h.strip())

    def spec(self, spec: Spec) -> Spec:
        """The spec of the steps behind the crossing."""
        return replace(spec, h=self.h) if self.h else spec

    def __str__(self) -> str:
        return f"{self.basis} h={self.h}" if self.h else str(self.basis)


def at_starts(scheme: Scheme) -> Scheme:
    """The scheme with its learned coefficients at the numbers, or means, where training starts them."""
    starts = {p.name: p.mean for p in scheme.parameters if p.kind == "learned" and p.mean is not None}
    return scheme.at(**starts) if starts else scheme


def advances(tables: Sequence[Scheme], sizes: Sequence[Any] = ()) -> tuple[list[Any], list[Any]]:
    """Where each step begins in [0, 1], and how long it is, by the effective steps of their tables and their sizes.

    Raises SchemeError as `schemes.consistency.weight` does.
    """
    own = {table: weight(table) for table in set(tables)}
    steps = [h * own[table] for h, table in zip(sizes or [1] * len(tables), tables, strict=True)]
    total = sum(steps, Fraction(0))
    return [sum(steps[:n], Fraction(0)) / total for n in range(len(steps))], [step / total for step in steps]


def depths(tables: Sequence[Scheme], sizes: Sequence[Any] = ()) -> list[list[tuple[Any, bool]]]:
    """(s, whether it ends the step) of every stage of every step, s its place in [0, 1]."""
    starts, lengths = advances(tables, sizes)
    own = {table: abscissae(table) for table in set(tables)}
    return [
        [(start + c * length, c > 1 - 1e-9) for c in own[table]]
        for table, start, length in zip(tables, starts, lengths, strict=True)
    ]


def in_order(spec: Spec, low: Scheme, stage: int) -> tuple[Scheme, list[int]]:
    """`wired`, and which stage of the table before each of its stages is; -1 for the map behind the sum."""
    tags = [field if field == "one" else f"{field}{AT}{i}" for i, field in enumerate(low.fields)]
    block = spec.block
    if not isinstance(block, str):
        block = {tag: block[field] for tag, field in zip(tags, low.fields, strict=True) if field in block}
    table = wired(replace(spec, block=block or spec.block, options={}), replace(low, fields=tuple(tags)), stage)
    pairs = [field.partition(AT) for field in table.fields]
    return replace(table, fields=tuple(name for name, *_ in pairs)), [int(i) if i else -1 for *_, i in pairs]


def knots_of(spec: Spec, tables: Sequence[Scheme], factors: Sequence[Mapping[str, Fraction]], width: int,
             count: int) -> nn.ModuleDict:  # fmt: skip
    """The weights at each place, {field: blocks}: what one step would have, once a place.

    Raises OdenetsError where the steps ask a field for different resolvents.
    """
    if any(own != factors[0] for own in factors):
        raise OdenetsError("the steps of a stage ask for different resolvents, which no function of depth is: take one "
                           "scheme that is implicit from its first step on, or start = 'repeat'")  # fmt: skip
    found: dict[str, nn.ModuleList] = {}
    for table in tables:
        if set(table.fields) <= {*found, AFTER, "one"}:
            continue
        sizes = [Size(width, width)] * table.stages
        made = [blocks_of(spec, table, sizes, factors[0]) for _ in range(count)]
        new = [field for field in made[0] if field not in (*found, AFTER)]
        found |= {field: nn.ModuleList(unlisted(own[field]) for own in made) for field in new}
    return nn.ModuleDict(found)


class Chain:
    """The tables of the steps behind a crossing and their blocks, from knots."""

    def __init__(self, spec: Spec, stage: int, lows: Sequence[Scheme], width: int) -> None:
        course = Course.of(spec, stage)
        self.basis = course.basis
        own = course.spec(spec)
        lows = [without_idle(low) for low in lows]
        self.depths = depths([at_starts(low) for low in lows])
        made = {low: (*in_order(own, low, stage), resolvent_factors(own, low, stage)) for low in dict.fromkeys(lows)}
        self.tables, self.orders, factors = map(list, zip(*(made[low] for low in lows), strict=True))
        self.knots = knots_of(own, self.tables, factors, width, len(self.basis.places))

    def blocks(self, step: int) -> dict[str, Any]:
        """What `wire` takes for a step: evaluations of a field with the same weights are one module."""
        table, order = self.tables[step], self.orders[step]
        given: dict[str, Any] = {}
        for field in dict.fromkeys(table.fields):
            if field == AFTER:
                given[field] = nn.ReLU(inplace=True)
            elif field != "one":
                at = [self.depths[step][i] for i, name in zip(order, table.fields, strict=True) if name == field]
                weights = [self.basis.weights(s, end) for s, end in at]
                knots = list(cast(nn.ModuleList, self.knots[field]))
                made = {tuple(own.items()): Blend(knots, own) for own in weights}
                row = [made[tuple(own.items())] for own in weights]
                given[field] = row[0] if len(made) == 1 else partial(next, iter(row))
        return given
