"""The drawn tables of implicit steps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import given, settings

from odenets.equilibrium import Solver
from odenets.equilibrium.order import recorded
from odenets.figures_network_plan import drawn, parts
from odenets.figures_network_solved import closed, opened, solved_groups
from odenets.network import build
from odenets.wiring import wire
from schemes import Scheme, get, step
from schemes.linear import solve
from schemes.rewriting import only
from tests.odenets.network_pictures import implicit_schemes


@settings(max_examples=50)
@given(implicit_schemes())
def test_an_opened_table_is_explicit_and_closes_to_the_same(scheme: Scheme) -> None:
    table = opened(scheme)
    assert table.explicit and closed(table, len(scheme.states)) == only(replace(scheme, start=None), evaluated(scheme))
    groups = solved_groups(scheme)
    solved = [f"solved{i + 1}[n]" for group in groups for i in group]
    assert list(table.states) == [*scheme.states, *solved]


def evaluated(scheme: Scheme) -> list[int]:
    """The stages in the order in which they are evaluated."""
    return list(recorded(scheme)[1]) if not scheme.explicit else list(range(scheme.stages))


def test_a_solved_increment_is_a_fixed_point_of_the_opened_table() -> None:
    """f = (z): the stages of Gauss's scheme solve a linear system, whose solution the opened step gives back."""
    gauss = get("gauss")
    z, table = Fraction(1, 2), opened(gauss)
    F = solve([[(i == j) - z * a for j, a in enumerate(row)] for i, row in enumerate(gauss.A)], [[z], [z]])
    assert F is not None
    (u, *increments) = step(table, lambda y: z * y, (Fraction(1), *(x for (x,) in F)), 1)
    assert increments == [x for (x,) in F]
    assert abs(u - (1 + z / 2 + z**2 / 12) / (1 - z / 2 + z**2 / 12)) < Fraction(1, 10**50)


@pytest.mark.parametrize(
    "changes",
    [
        {"scheme": "bdf", "transition": "conv"},
        {"scheme": "gauss", "transition": "shared"},
        {"scheme": "ars222", "transition": "conv", "block": {"f": "basic", "g": "basic"}},
    ],
    ids=str,
)
def test_the_drawn_crossing_that_is_solved_is_the_crossing(changes: dict[str, Any]) -> None:
    torch.manual_seed(0)
    solving = {"tolerance": 1e-12, "iterations": 500}
    network = build(
        widths=(4, 8, 8), history="project", solver="newton", solving=solving, h="1/N", norm="group", **changes
    )
    crossing = network.double().eval().stages[1].steps[0]  # type: ignore[union-attr, index]
    again = wire(drawn(crossing), parts(crossing), solver=Solver("newton", **solving)).double()
    states = torch.randn(len(again.scheme.states), 3, 4, 6, 6, dtype=torch.float64).unbind()
    with torch.no_grad():
        got, wanted = again(*states), crossing(*(x.clone() for x in states))
    got = got if isinstance(got, tuple) else (got,)
    assert len(got) == len(wanted)
    for ours, theirs in zip(got, wanted, strict=True):
        assert torch.allclose(ours, theirs, atol=1e-9)
