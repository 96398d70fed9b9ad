"""Elementary differentials F(t)(y) of a given field, F([t_1 … t_m]) = f^(m)(y)(F(t_1)(y), …, F(t_m)(y)).

A jet is all that a series needs of a field: jet(y, v_1, …, v_m) = f^(m)(y)(v_1, …, v_m), jet(y) = f(y). The field may
be a callable on arrays of any library with a Jacobian-vector product, or sympy expressions.
Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, III.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from analysis.structure import Structure
from analysis.trees import Tree, children, colour

Jet = Callable[..., Any]
Jvp = Callable[[Callable[[Any], Any], tuple[Any, ...], tuple[Any, ...]], tuple[Any, Any]]


def numeric_jet(f: Callable[[Any], Any], jvp: Jvp) -> Jet:
    """The jet of a callable; jvp(g, (y,), (v,)) = (g(y), g'(y) v) as torch.func.jvp and jax.jvp have it, nested."""

    def jet(y: Any, *directions: Any) -> Any:
        if not directions:
            return f(y)
        *inner, last = directions
        return jvp(lambda x: jet(x, *inner), (y,), (last,))[1]

    return jet


def symbolic_jet(expressions: Sequence[Any], variables: Sequence[Any]) -> Jet:
    """The jet of a vector of sympy expressions at a symbolic point: y is not looked at, vectors are tuples."""
    known: dict[tuple[int, ...], tuple[Any, ...]] = {(): tuple(expressions)}

    def partial(indices: tuple[int, ...]) -> tuple[Any, ...]:
        if indices not in known:
            known[indices] = tuple(e.diff(variables[indices[-1]]) for e in partial(indices[:-1]))
        return known[indices]

    def contracted(indices: tuple[int, ...], directions: tuple[Any, ...]) -> tuple[Any, ...]:
        row = partial(tuple(sorted(indices)))
        if not directions or not any(row):
            return row
        total = (0,) * len(row)
        for i, v in enumerate(directions[0]):
            if v != 0:
                inner = contracted((*indices, i), directions[1:])
                total = tuple(x + v * d for x, d in zip(total, inner, strict=True))
        return total

    return lambda _, *directions: contracted((), directions)


def elementary_differentials(
    structure: Structure, jets: Mapping[str, Jet], y: Sequence[Any], trees: Iterable[Tree]
) -> dict[Tree, Any]:
    """{t: F(t)(y)} for some trees and all their subtrees; jets by field name, y one value a component."""
    found: dict[Tree, Any] = {}

    def differential(t: Tree) -> Any:
        if t not in found:
            node = structure.colours[colour(t)]
            found[t] = jets[node.field](y[node.reads], *map(differential, children(t)))
        return found[t]

    for t in trees:
        differential(t)
    return found


def expression(x: Any) -> Any:
    """A coefficient for sympy."""
    from sympy import Rational, Symbol

    return x(**{s: Symbol(s) for s in x.symbols}) if hasattr(x, "symbols") else Rational(*x.as_integer_ratio())
