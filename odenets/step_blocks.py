"""The blocks of one step: a module or a factory for each field, as the spec shares them and as the shapes ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from inspect import signature
from typing import Any

from torch import nn

from odenets.blocks import BLOCKS
from odenets.errors import OdenetsError
from odenets.spec import Spec
from odenets.tables import AFTER, block_name
from schemes import Scheme


@dataclass(frozen=True)
class Size:
    """What a block is made for; opened: its first norm and activation are done already."""

    cin: int
    cout: int
    stride: int = 1
    opened: bool = False


def blocks_of(
    spec: Spec,
    table: Scheme,
    sizes: Sequence[Size],
    factors: Mapping[str, Fraction],
    held: dict[str, list[nn.Module]] | None = None,
) -> Any:
    """What `wire` takes: for each field a module that its stages share, or a factory of one module after another.

    sizes   one a stage of the table
    held    blocks by field that are used before new ones are made, which join them (one block many times)
    """
    given: dict[str, Any] = {}
    for field in dict.fromkeys(table.fields):
        own = [size for size, name in zip(sizes, table.fields, strict=True) if name == field]
        if field == AFTER:
            given[field] = nn.ReLU(inplace=True)
        elif (kind := block_name(spec, field)) is not None and field not in given:
            fields = [name for name in dict.fromkeys(table.fields) if block_name(spec, name) == kind]
            if BLOCKS[kind].tied:
                given |= tied(spec, kind, fields, own[0], held)
                continue
            make = partial(block, spec, kind, factors.get(field))
            known = (held or {}).get(field, [])
            if any(getattr(m, "a", None) != float(factors[field]) for m in known if field in factors):
                raise OdenetsError(
                    f"the steps of a stage ask {field} for different resolvents, and one block cannot be all of them: "
                    "leave depth_shared out"
                )
            if spec.share == "field":
                modules = dict(zip(own, known, strict=False))
                modules |= {size: make(size) for size in dict.fromkeys(own) if size not in modules}
                known = list(modules.values())
                row = [modules[size] for size in own]
            else:
                row = [*known, *map(make, own[len(known) :])]
                known = row
            if held is not None:
                held[field] = known
            given[field] = row[0] if len(set(row)) == 1 else partial(next, iter(row))
    return given


def block(spec: Spec, kind: str, a: Fraction | None, size: Size) -> nn.Module:
    """The block of a field for one shape, with those of the spec's options that its kind takes."""
    made = BLOCKS[kind]
    options = arguments(spec, kind)
    if a is not None:
        options["a"] = float(a)
    if size.opened:
        options["opened"] = True
    return made(size.cin, size.cout, size.stride, **options)


def tied(spec: Spec, kind: str, fields: Sequence[str], size: Size, held: dict[str, Any] | None) -> dict[str, nn.Module]:
    """The blocks of two fields that share their weights."""
    if len(fields) != 2 or spec.share != "field":
        raise OdenetsError(
            f"block {kind!r} is a pair for two fields, each with one block: it got {', '.join(fields)} with share = "
            f"{spec.share!r}: take a scheme of two fields, such as stormer_verlet, share = 'field' and across = 'layer'"
        )
    known = (held or {}).get(kind)
    pair = known or list(BLOCKS[kind].pair(size.cin, size.cout, size.stride, **arguments(spec, kind)))
    if held is not None:
        held[kind] = pair
    return dict(zip(sorted(fields), pair, strict=True))  # whichever stage comes first


def arguments(spec: Spec, kind: str) -> dict[str, Any]:
    """What the spec says of activation, norm and placement, and those of its options that a kind of block takes.

    In a mixture an option may be for one kind alone. Raises OdenetsError for one that is for none.
    """
    takes = {name: set(signature(BLOCKS[name]).parameters) for name in spec.block_names}
    if odd := [option for option in spec.options if not any(option in names for names in takes.values())]:
        raise OdenetsError(
            f"block {spec.block!r} does not take options {dict(spec.options)}: {odd[0]} is none of its own"
        )
    given = {k: v for k, v in spec.options.items() if k in takes[kind]}
    usual = {"activation": spec.activation, "norm": spec.norm, "placement": spec.placement}
    return {k: v for k, v in usual.items() if v} | given
