"""The picture of a network: what it shows is the network, and nothing in it covers anything else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from analysis.crossbar import marked
from analysis.plots.wiring_layout import Layout, layout
from odenets.equilibrium import Solver
from odenets.figures_network import network_picture
from odenets.figures_network_first import is_first_of
from odenets.figures_network_layout import Box
from odenets.figures_network_plan import MOST, Table, drawn, parts, plan, runs, shortened, table
from odenets.figures_network_rows import FACTOR
from odenets.figures_network_solved import opened
from odenets.figures_network_step import wiring
from odenets.figures_network_words import number
from odenets.network import build
from odenets.stages import Crossing
from odenets.wiring import wire
from schemes import Scheme, step, trace
from tests.analysis.figures import assert_texts_are_clear
from tests.odenets.network_pictures import ALL, LOOKED_AT, implicit_schemes, network, page, planned
from tests.strategies import schemes

# ---- every step is in a run, once ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_the_runs_of_a_stage_are_its_steps_and_each_step_is_in_the_table_of_its_run(name: str) -> None:
    found = planned(name)
    assert [sum(run.steps for run in stage) for stage in found.stages] == list(network(name).spec.steps)
    placed = {place: n for n, own in found.tables.items() for place in own.places}
    for i, stage in enumerate(found.stages):
        assert [run.first for run in stage] == [sum(r.steps for r in stage[:k]) for k in range(len(stage))]
        for run in stage:
            for j, n in enumerate(run.cycle * run.times, run.first):
                assert placed.get((i, j)) == (n if n in found.tables else None)
            assert not run.drawn or set(run.cycle) <= set(found.tables)


@pytest.mark.parametrize("name", ALL)
def test_the_boxes_count_the_steps_and_name_every_table(name: str) -> None:
    """Of the drawing itself: the letters in boxes and panels, and the steps that the boxes stand for."""
    found, boxes = planned(name), page(name).boxes
    letters = {own.letter for own in found.tables.values()}
    assert {box.letter for box in boxes if box.kind == "panel"} == letters
    assert {box.letter for box in boxes if box.kind in ("step", "crossing") and box.letter} == letters
    assert len([box for box in boxes if box.kind == "panel"]) == len(letters)
    times = {box.times for box in boxes if box.letter}
    assert times - {1} == {r.times for stage in found.stages for r in stage if len(r.cycle) == 1} - {1}


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_runs_and_their_shortening_lose_no_step(sequence: list[int]) -> None:
    found = list(runs(sequence))
    assert [n for run in found for n in run.cycle * run.times] == sequence
    short = shortened(found)
    assert [n for run in short for n in run.cycle * run.times] == sequence and len(short) <= MOST
    assert all(run.drawn for run in short) == (len(found) <= MOST)


def test_runs_are_as_long_as_can_be() -> None:
    assert [(r.cycle, r.times) for r in runs([5, 1, 2, 1, 2, 1, 2, 3, 3, 3])] == [((5,), 1), ((1, 2), 3), ((3,), 3)]
    assert [(r.first, r.times) for r in planned("lm2, 110").stages[1]] == [(0, 1), (1, 17)]


def test_growing_histories_are_counted_and_not_all_drawn() -> None:
    first = planned("full_history").stages[0]
    assert [run.steps for run in first if not run.drawn] == [5]
    texts = {label.text for label in page("full_history").labels}
    assert {"steps 4–8", "5 tables"} <= texts


# ---- a drawn table is the step --------------------------------------------------------------------------------------


def edges(own: Table) -> dict[tuple[str, str], Any]:
    program, states = trace(opened(own.scheme)), own.scheme.states
    targets = [*((c.slope, c.argument) for c in program.calls)]
    targets += [(f"next {state}", form) for state, form in zip(states, program.outputs, strict=False)]
    return {(source, target): c for target, form in targets for source, c in form.terms.items()}


@pytest.mark.parametrize("name", ALL)
def test_each_nonzero_coefficient_has_its_mark_and_label_or_is_handed_on(name: str) -> None:
    for own in planned(name).tables.values():
        found, kept = wiring(own)
        wanted = edges(own)
        marks = {(tap.source, tap.target): tap.label for tap in found.taps}
        assert marks == {edge: marked(wanted[edge])[0] for edge in marks}
        moved = [edge for edge in wanted if edge not in marks]
        assert len(kept) == len(moved) and all(wanted[edge] == 1 for edge in moved)
        assert f"next {own.scheme.states[0]}" in {column.name for column in found.columns}


def rooms(found: Layout) -> dict[str, float]:
    """Inches from each column to what follows it."""
    places = [*(column.x for column in found.columns), found.right]
    return {c.name: round(b - a, 9) for c, a, b in zip(found.columns, places, places[1:], strict=False)}


@settings(max_examples=25)
@given(schemes() | implicit_schemes())
def test_random_tables_are_drawn_with_all_their_coefficients(scheme: Scheme) -> None:
    module = wire(scheme, nn.Identity, solver=Solver())
    own = table("A", [(0, 0, module, drawn(module))])
    found, kept = wiring(own)
    marks = {(tap.source, tap.target) for tap in found.taps}
    moved = {edge for edge in edges(own) if edge not in marks}
    assert len(moved) == len(kept) and marks <= set(edges(own))
    whole = rooms(layout(opened(own.scheme)))
    assert rooms(found) == {name: whole[name] for name in rooms(found)}
    heights = [part.y for part in (*found.lanes, *(c for c in found.columns if not c.field))]
    assert len(set(heights)) == len(heights) and len({column.x for column in found.columns}) == len(found.columns)


@pytest.mark.parametrize(
    "changes",
    [
        {"scheme": "lm2"},
        {"scheme": "ab3"},
        {"scheme": "full_history", "depth": 32},
        {"scheme": "revnet"},
        {"scheme": "rk4_classic"},
        {"scheme": "lm2", "placement": "post"},
        {"scheme": "euler", "transition": "shared"},
        {"scheme": "lm2", "history": "project", "transition": "conv"},
        {"scheme": "revnet", "history": "project", "transition": "conv"},
        {"scheme": "fractalnet", "residual": False, "transition": "max-pool", "placement": "post", "layers": (1, 1, 1)},
    ],
    ids=str,
)
def test_the_drawn_crossing_run_with_the_modules_of_its_boxes_is_the_crossing(changes: dict[str, Any]) -> None:
    """P and what is shared are fields of the drawn table: the interpreter gives the states that the module gives."""
    torch.manual_seed(0)
    crossing = build(widths=(4, 8, 8), **changes).double().eval().stages[1].steps[0]  # type: ignore[union-attr, index]
    assert isinstance(crossing, Crossing)
    scheme, modules = drawn(crossing), parts(crossing)
    held = {p.name: getattr(crossing.step, p.name) for p in scheme.coefficients}
    parted = changes["scheme"] == "revnet" and crossing.start is None
    states = torch.randn(len(scheme.states), 3, 2 if parted else 4, 6, 6, dtype=torch.float64).unbind()
    given_ = states[:1] if crossing.start else states
    with torch.no_grad():
        held = {name: x if isinstance(x, torch.Tensor) else x(states[0]) for name, x in held.items()}
        got = step(scheme.at(**held), [modules[name] for name in scheme.fields], states, 1)
        wanted = crossing(*(x.clone() for x in given_))
    got = got if isinstance(got, tuple) else (got,)
    if crossing.start and not crossing.restarts:
        got = crossing.start(*got)
    assert len(got) == len(wanted)
    for ours, theirs in zip(got, wanted, strict=True):
        assert torch.allclose(torch.as_tensor(ours, dtype=torch.float64).expand_as(theirs), theirs, atol=1e-12)


def test_steps_that_differ_in_numbers_alone_are_one_table_with_their_first_and_last_value() -> None:
    own = next(t for t in planned("varying").tables.values() if t.varying)
    k = [Fraction(-1, 10) - Fraction(2, 5) * Fraction(5 * i + j, 14) for i, j in own.places]
    assert own.varying == {"c1": tuple(1 - x for x in k), "c2": tuple(k)}
    texts = [label.text for label in page("varying").labels]
    assert f"$c_{{2}}$ = {number(k[0])} … {number(k[-1])}" in texts and "$c_{2}$" in texts
    assert "$\\eta$: random, one a batch, Bernoulli(1) … Bernoulli(1/2)" in {x.text for x in page("random").labels}


def test_schemes_of_one_pattern_and_two_names_are_two_tables() -> None:
    assert {own.steps[0].scheme.name for own in planned("mixed").tables.values()} >= {"heun2", "ralston2"}


@pytest.mark.parametrize(
    ("changes", "tables"),
    [
        ({"scheme": "zerosnet"}, 2),
        ({"scheme": "zerosnet", "start": "runge_kutta"}, 2),
        ({"scheme": "zerosnet", "start": "runge_kutta", "layers": (3, 3), "widths": (8, 16)}, 3),
        ({"scheme": "zerosnet", "start": "runge_kutta", "layers": (3, 2), "widths": (8, 16)}, 3),
        ({"scheme": "zerosnet", "history": "project", "transition": "conv", "layers": (4, 4), "widths": (8, 16)}, 3),
        ({"scheme": "ab3"}, 2),
        ({"scheme": "zerosnet", "residual": False}, 2),
        ({"scheme": "leapfrog"}, 2),
        ({"scheme": "leapfrog", "start": "repeat"}, 2),
        ({"scheme": "lm2", "start": "repeat"}, 2),
    ],
    ids=str,
)
def test_first_steps_that_are_drawn_alike_are_one_table(changes: dict[str, Any], tables: int) -> None:
    """What they hand on is called alike too, as at a start u[n-1] is u[n]; other values and slopes part them."""
    with torch.device("meta"):
        found = plan(build(**{"layers": (6,), "widths": (8,)} | changes))
    panels = [wiring(own)[0] for own in found.tables.values()]
    assert len(panels) == tables and all(a != b for a, b in combinations(panels, 2))


@pytest.mark.parametrize(
    ("V", "B", "same"),
    [
        (((1, 0), (0, 1)), ((2,), (0,)), True),
        (((1, 0), (0, 1)), ((2,), (1,)), False),
        (((0, 1), (1, 0)), ((0,), (1,)), False),
        (((1, 0), (0, 2)), ((2,), (0,)), False),
    ],
)
def test_a_first_step_is_a_later_one_where_it_hands_on_copies_alone(V: Any, B: Any, same: bool) -> None:
    """The later one's u[n-1] is u[n] at a start; a next value, a sum with slopes and a multiple are drawn."""
    later = Scheme("own", ((0,),), ((1, 0),), B, V, ("u[n]", "u[n-1]"), ("f",))
    first = replace(later, V=((1, 0), (1, 0)))
    assert is_first_of(first, later, [(0, 1.0), (0, 1.0)]) == same
    assert not is_first_of(first, replace(later, name="other"), [(0, 1.0), (0, 1.0)])


@pytest.mark.parametrize("name", ["lm2, 20", "lm2, post", "lm2, 110", "bottlenecks"])
def test_the_arrows_between_steps_have_the_factors_of_the_next_value(name: str) -> None:
    found = page(name)
    assert [x.text for x in found.labels if x.size == FACTOR] == ["$\\left(1 - k\\right)$", "$k$"] * 3
    assert [wire_.late for wire_ in found.wires if wire_.arrow].count(True) == 3


# ---- nothing covers anything ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_boxes_are_disjoint_and_all_is_on_the_page(name: str) -> None:
    found = page(name)
    solid = [box for box in found.boxes if box.kind != "frame"]
    assert not [(a, b) for a, b in combinations(solid, 2) if overlap(a, b)]
    for frame in (box for box in found.boxes if box.kind == "frame"):
        assert all(inside(box, frame) or not overlap(box, frame) for box in solid)
    for box in found.boxes:
        assert box.left > 0 and box.right < found.width and found.bottom < box.bottom and box.top < 0
    for label in found.labels:
        assert label.left > 0 and label.left + label.width < found.width and found.bottom < label.y < 0.1
    for wire_ in found.wires:
        assert all(0 < x < found.width and found.bottom < y < 0 for x, y in wire_.points)


def overlap(a: Box, b: Box) -> bool:
    return a.left < b.right and b.left < a.right and a.bottom < b.top and b.bottom < a.top


def inside(a: Box, b: Box) -> bool:
    return b.left < a.left and a.right < b.right and b.bottom < a.bottom and a.top < b.top


@pytest.mark.parametrize("name", ALL)
def test_arrows_end_at_a_box_and_the_steps_stay_in_their_panels(name: str) -> None:
    found = page(name)
    for wire_ in found.wires:
        x, y = wire_.points[-1]
        ends = [b for b in found.boxes if b.kind != "frame" and abs(b.left - x) < 1e-9 and b.bottom < y < b.top]
        assert len(ends) == wire_.arrow
    panels = {box.letter: box for box in found.boxes if box.kind == "panel"}
    for panel in found.panels:
        box = panels[panel.table.letter]
        assert box.left < panel.x and panel.x + panel.layout.width < box.right
        assert box.bottom < panel.y - 0.16 and panel.y + panel.layout.height + 0.3 < box.top


@pytest.mark.parametrize("name", LOOKED_AT)
def test_no_text_covers_another_or_is_cut(name: str) -> None:
    assert_texts_are_clear(lambda: network_picture(network(name), name, 64))
