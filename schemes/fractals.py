"""FractalNet as published: columns of layers that meet in joins, with or without drop-path."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from schemes.arguments import at_least
from schemes.builders import formula
from schemes.errors import SchemeError
from schemes.joins import DropPath
from schemes.parameters import Parameter
from schemes.scheme import Scheme
from schemes.symbols import symbol

SOURCE = "Larsson, Maire, Shakhnarovich 2017"


def fractalnet_joined(columns: int) -> Scheme:
    """f_1 = layer, f_{C+1} = mean of a layer and f_C∘f_C, means that meet merged into one: 2^C - 1 layers.

    Column c = 1 … C is 2^(c-1) layers one after the other; those that end at a place are averaged there, and go on
    from the mean. A layer is an Euler step u + h f(u), each with a field of its own: column c holds those from
    f<2^(c-1)> to f<2^c - 1>. Every field has the weight 1/C. Raises SchemeError for columns < 1 and above 6.
    Source: Larsson, Maire, Shakhnarovich 2017, section 3, (1) and figure 1.
    """
    check("fractalnet_joined", columns)
    weights = {place: [Fraction(1, len(met))] * len(met) for place, met in places(columns).items()}
    return written(f"fractalnet_joined{columns}", columns, weights, source=f"{SOURCE}, (1) and figure 1")


def fractalnet_drop_path(columns: int, p: Any = "3/20", share: Any = "1/2") -> Scheme:
    """`fractalnet_joined` with drop-path: the weights of a join are random, of mean 1/inputs, drawn a batch.

    p       probability that a join drops an input, local drop-path
    share   of batches with global drop-path: one column alone in the whole network
    The weights at place i are called a<i>, b<i>, … by column; the first is 1 minus the others.
    Raises SchemeError as `fractalnet_joined` does, and for a single column, which has no join.
    Source: Larsson, Maire, Shakhnarovich 2017, section 3.1.
    """
    check("fractalnet_drop_path", columns, least=2)
    met = {place: columns_met for place, columns_met in places(columns).items() if len(columns_met) > 1}
    names = {place: [f"{'abcdef'[c - 1]}{place}" for c in there] for place, there in met.items()}
    laws = tuple(
        Parameter(name, "random", DropPath(names[place][0], c, len(there), columns, p, share), "batch")
        for place, there in met.items()
        for name, c in zip(names[place], there, strict=True)
    )
    weights: dict[int, list[Any]] = {place: [Fraction(1)] for place in places(columns)}
    for place, own in names.items():
        others = [symbol(name) for name in own[1:]]
        weights[place] = [1 - sum(others, Fraction(0)), *others]
    source = f"{SOURCE}, section 3.1"
    return written(f"fractalnet_drop_path{columns}", columns, weights, parameters=laws, source=source)


def places(columns: int) -> dict[int, list[int]]:
    """{place: columns whose layer ends there}; a layer of column c is 2^(columns - c) places long."""
    return {
        place: [c for c in range(1, columns + 1) if place % 2 ** (columns - c) == 0]
        for place in range(1, 2 ** (columns - 1) + 1)
    }


def written(name: str, columns: int, weights: dict[int, list[Any]], **about: Any) -> Scheme:
    """The scheme of columns whose layers are averaged with these weights where they end."""
    met = places(columns)
    begins = {place: met[place - 1] if place > 1 else met[len(met)] for place in met}

    def rule(*arguments: Any) -> Any:
        *f, z = arguments
        ends: dict[int, Any] = {}
        for place in met:
            for c in begins[place]:  # f_i at i = 2^(c-1), the number of a column's first layer, and on
                ends[c] = z + f[2 ** (c - 1) + (place - 1) // 2 ** (columns - c) - 1](z)
            z = joined(weights[place], [ends[c] for c in met[place]])
        return z

    fields = tuple(f"f{i}" for i in range(1, 2**columns))
    return formula(name, rule, fields=fields, **about)


def joined(weights: Sequence[Any], ends: Sequence[Any]) -> Any:
    first, *others = (w * x for w, x in zip(weights, ends, strict=True))
    return sum(others, first)


def check(family: str, columns: int, least: int = 1) -> None:
    at_least(least, family, columns=columns)
    if columns > 6:
        raise SchemeError(f"{family}: columns = {columns} are {2**columns - 1} layers, take at most 6, which are 63")
