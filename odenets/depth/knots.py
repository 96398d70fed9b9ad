"""The blocks of the steps of a stage whose weights are functions of depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any, cast

from torch import nn

from odenets.depth.blends import Blend, unlisted
from odenets.depth.courses import Course
from odenets.depth.times import begun
from odenets.errors import OdenetsError
from odenets.spec import Spec
from odenets.step_blocks import Size, blocks_of
from odenets.tables import AFTER, resolvent_factors, wired
from schemes import Scheme
from schemes.rewriting import without_idle

AT = "_at_"  # between a field's name and the number of its stage, while a table changes its form


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


class KnotBlocks:
    """The tables of the steps behind a crossing, and their blocks from the knots of the stage."""

    def __init__(self, spec: Spec, stage: int, lows: Sequence[Scheme], width: int) -> None:
        course = Course.of(spec, stage)
        self.basis = course.basis
        own = course.spec(spec)
        lows = [without_idle(low) for low in lows]
        self.depths = begun(own, stage, lows).depths
        made = {low: (*in_order(own, low, stage), resolvent_factors(own, low, stage)) for low in dict.fromkeys(lows)}
        self.tables, self.orders, factors = map(list, zip(*(made[low] for low in lows), strict=True))
        self.knots = knots_of(own, self.tables, factors, width, len(self.basis.places))

    def blocks(self, step: int) -> dict[str, Any]:
        """What `wire` takes for a step: evaluations of the same weights are one module, unless they keep statistics."""
        table, order = self.tables[step], self.orders[step]
        given: dict[str, Any] = {}
        for field in dict.fromkeys(table.fields):
            if field == AFTER:
                given[field] = nn.ReLU(inplace=True)
            elif field != "one":
                at = [self.depths[step][i] for i, name in zip(order, table.fields, strict=True) if name == field]
                weights = [self.basis.weights(s, end) for s, end in at]
                knots = list(cast(nn.ModuleList, self.knots[field]))
                kept = any(True for _ in knots[0].buffers())
                keys = [(tuple(own.items()), i if kept else 0) for i, own in enumerate(weights)]
                made = {key: Blend(knots, own) for key, own in zip(keys, weights, strict=True)}
                row = [made[key] for key in keys]
                given[field] = row[0] if len(made) == 1 else partial(next, iter(row))
        return given
