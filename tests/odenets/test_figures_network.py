"""The picture of a network: what it shows is the network, and nothing in it covers anything else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from analysis import plots
from analysis.plots.wiring_layout import Layout, layout, marked
from odenets.blocks import Field
from odenets.figures_network import network_picture, page_caption
from odenets.figures_network_layout import Box, Page, page_of
from odenets.figures_network_plan import MOST, Plan, Table, drawn, parts, plan, runs, shortened, table
from odenets.figures_network_rows import FACTOR, stage_parts
from odenets.figures_network_step import wiring
from odenets.figures_network_words import blocks, described, number, ranges
from odenets.network import Network, build
from odenets.stages import Crossing
from odenets.wiring import wire
from schemes import Scheme, multistep, step, trace
from tests.analysis.figures import assert_texts_are_clear
from tests.strategies import schemes

MIXED = (("polynet_poly2", "polynet_2way"), ("heun2", "ralston2", "ralston2"), "rk4_classic")
SPECS: dict[str, dict[str, Any]] = {
    "lm2, 20": {"scheme": "lm2", "depth": 20},
    "lm2, 110": {"scheme": "lm2", "depth": 110},
    "lm2, post": {"scheme": "lm2", "placement": "post"},
    "rk4_classic": {"scheme": "rk4_classic", "depth": 20, "share": "stage"},
    "revnet": {"scheme": "revnet", "depth": 38},
    "full_history": {"scheme": "full_history", "layers": (9, 9), "widths": (16, 32)},
    "bottlenecks": {"scheme": "lm2", "depth": 29, "block": "bottleneck"},
    "mixed": {"scheme": MIXED, "layers": (6, 7, 4)},
    "varying": {"scheme": "lm2", "depth": 32, "values": {"k": "-1/10:-1/2"}},
    "random": {"scheme": "stochastic_depth", "depth": 32, "values": {"p": "1:0.5"}},
    "layers between": {"scheme": "ab3", "layers": (4, 4, 4), "across": "layer"},
    "projected": {"scheme": "lm2", "depth": 20, "history": "project", "transition": "conv"},
    "projected halves": {"scheme": "revnet", "depth": 20, "history": "project", "transition": "conv"},
}
MODELS = ("resnet50", "lm_resnet50_pre", "fractalnet20", "macaron_vit", "polynet", "imexnet", "verlet_net", "mlp_rk2")
ALL = [*SPECS, *MODELS]
LOOKED_AT = ("full_history", "mixed", "varying", "resnet50")


@cache
def network(name: str) -> Network:
    with torch.device("meta"):  # pictures need no weights
        return build(**SPECS[name]) if name in SPECS else build(name)


@cache
def planned(name: str) -> Plan:
    return plan(network(name))


@cache
def page(name: str) -> Page:
    return page_of(network(name), 64)


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
    program = trace(own.scheme)
    targets = [*((c.slope, c.argument) for c in program.calls)]
    targets += [(f"next {state}", form) for state, form in zip(program.inputs, program.outputs, strict=True)]
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
@given(schemes())
def test_random_tables_are_drawn_with_all_their_coefficients(scheme: Scheme) -> None:
    module = wire(scheme, nn.Identity)
    own = table("A", [(0, 0, module, drawn(module))])
    found, kept = wiring(own)
    marks = {(tap.source, tap.target) for tap in found.taps}
    moved = {edge for edge in edges(own) if edge not in marks}
    assert len(moved) == len(kept) and marks <= set(edges(own))
    whole = rooms(layout(own.scheme))
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


# ---- what is said --------------------------------------------------------------------------------------------------


def test_widths_sizes_blocks_and_folds_are_said() -> None:
    texts = [label.text for label in page("lm2, 110").labels]
    for text in ("32 channels, 32 × 32", "18 steps, 330,001 parameters", "× 17", "steps 2–18", "$\\left(1 - k\\right)$",
                 "$P$ = norm – relu – 1×1 conv, 64, stride 2", "$f$ = Basic: 3×3 conv, 64 – 3×3 conv, 64"):  # fmt: skip
        assert text in texts, text
    plain = {label.text for label in page_of(network("lm2, 20")).labels}
    assert "32 channels" in plain and not any("×" in text and "channels" in text for text in plain)


@pytest.mark.parametrize(
    ("name", "sentence", "met"),
    [
        ("lm2, 20", "A dashed arrow brings a value of an earlier step", True),
        ("rk4_classic", "A dashed arrow", False),
        ("full_history", "A dotted box counts steps", True),
        ("lm2, 20", "A dotted box", False),
        ("mixed", "A dashed frame", True),
        ("resnet50", "σ is what comes behind a sum", True),
        ("lm_resnet50_pre", "S is what comes before both block and projection", True),
        ("lm2, 20", "P is what states go through", True),
        ("fractalnet20", "P is what states go through", False),
        ("macaron_vit", "narrows to the right", False),
        ("lm2, 20", "Where a stage begins, values of earlier steps", True),
        ("projected", "Where the network begins, values of earlier steps", True),
        ("revnet", "values of earlier steps", False),
        ("varying", "Coefficients $c_{1}$, $c_{2}$ differ", True),
    ],
)
def test_the_caption_says_what_the_picture_has(name: str, sentence: str, met: bool) -> None:
    assert (sentence in page_caption(page(name))) == met


def test_layers_are_called_by_what_they_are() -> None:
    assert described(network("resnet50").stem) == "7×7 conv, 64, stride 2 – norm – relu – max pool, stride 2"
    assert described(network("macaron_vit").head) == "norm – mean – linear, 10"
    assert described(nn.Identity()) == "" and described(Field(torch.sin)) == "field"
    with torch.device("meta"):
        groups = build("resnext50").stages[0]
    assert "3×3 conv, 128 in 32 groups" in " ".join(blocks(stage_parts(groups)))  # type: ignore[arg-type]


def test_the_channels_of_all_components_are_counted() -> None:
    for name in ("revnet", "projected halves"):
        texts = [label.text for label in page(name).labels]
        assert [f"{c} channels, {n} × {n}" in texts for c, n in ((16, 64), (32, 32), (64, 16))] == [True] * 3
        assert texts.count("$x$, $y$ share the channels") == 3


def test_weights_that_steps_share_are_told() -> None:
    spec: dict[str, Any] = {"scheme": "lm2", "depth": 32, "norm": "group"}
    texts = [{x.text for x in page_of(build(**spec, depth_shared=shared)).labels} for shared in (True, False)]
    assert ["shared weights" in found for found in texts] == [True, False]


def test_numbers_are_short() -> None:
    assert [ranges(x) for x in ([1], [1, 2, 3, 7], [2, 4])] == ["step 1", "steps 1–3, 7", "steps 2, 4"]
    assert number(Fraction(-4, 3)) == "−4/3" and number(Fraction(12345, 67891)) == "0.1818"
    last = list(planned("full_history").tables.values())[3]
    assert number(last.scheme.V[0][0]) == "(1 − k1 − …)"


# ---- the file ------------------------------------------------------------------------------------------------------


def svg(draw: Callable[[], Any], folder: Path) -> str:
    return plots.save(draw(), folder / "network.svg").read_text()


def test_the_svg_is_xml_with_its_texts_as_texts_and_every_id_once(tmp_path: Path) -> None:
    text = svg(lambda: network_picture(network("lm2, 110"), "A & B <C>", 32), tmp_path)
    root = ET.fromstring(text)
    said = ["".join(node.itertext()).strip() for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"stage 2", "× 17", "A & B <C>", "32 channels, 16 × 16"} <= set(said)
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))
    assert "B u[n-1] -> B next u[n]" in " ".join(map(str, ids)) and "<dc:date>" not in text


def test_equal_networks_give_equal_bytes_whatever_their_weights(tmp_path: Path) -> None:
    one, two = (svg(lambda: network_picture(build(scheme="lm2", depth=8), "lm2", 32), tmp_path) for _ in range(2))
    assert one == two


def test_a_multistep_table_of_a_users_own_is_drawn() -> None:
    own = multistep("mine", alpha=["1/2", "-3/2", 1], beta=["-1/3", 1, 0])
    with torch.device("meta"):
        found = plan(build(scheme=own, depth=20))
    assert len(found.tables) == 3
