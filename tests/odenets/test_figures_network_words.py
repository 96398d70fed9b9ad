"""What the picture of a network says of its layers, steps and coefficients, its caption, and its file."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from analysis import plots
from odenets.blocks import Field
from odenets.figures_network import network_picture
from odenets.figures_network_caption import page_caption
from odenets.figures_network_layout import Page, page_of
from odenets.figures_network_notes import title
from odenets.figures_network_plan import plan
from odenets.figures_network_rows import stage_parts
from odenets.figures_network_words import blocks, described, number, ranges
from odenets.network import build
from schemes import multistep
from tests.odenets.network_pictures import network, page, planned

# ---- what is said --------------------------------------------------------------------------------------------------


def test_widths_sizes_blocks_and_folds_are_said() -> None:
    texts = [label.text for label in page("lm2, 110").labels]
    for text in ("32 channels, 32 × 32", "18 steps, 330,001 parameters", "× 17", "steps 2–18", "$\\left(1 - k\\right)$",
                 "$P$ = norm – relu – 1×1 conv, 64, stride 2"):  # fmt: skip
        assert text in texts, text
    plain = {label.text for label in page_of(network("lm2, 20")).labels}
    assert "32 channels" in plain and not any("×" in text and "channels" in text for text in plain)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("unrolled", "trapezoid in 2 sweeps"),
        ("gauss", "solved by anderson: $F_{1}$, $F_{2}$ together"),
        ("two fields", "solved by newton: $F_{2}$, then $F_{4}$"),
        ("adams_moulton", "solved by newton: $F_{1}$"),
    ],
)
def test_what_is_solved_for_is_said(name: str, text: str) -> None:
    assert text in [label.text for label in page(name).labels]


@pytest.mark.parametrize(
    ("name", "sentence", "met"),
    [
        ("lm2, 20", "A dashed arrow brings a value of an earlier step", True),
        ("rk4_classic", "A dashed arrow", False),
        ("gauss", "at the left is an unknown that an implicit step solves for", True),
        ("rk4_classic", "is an unknown", False),
        ("full_history", "A dotted box counts steps", True),
        ("lm2, 20", "A dotted box", False),
        ("mixed", "A dashed frame", True),
        ("resnet50", "σ is what comes behind a sum", True),
        ("lm_resnet50_pre", "S is what comes before both block and projection", True),
        ("fractalnet20", "S is what comes before the blocks there", True),
        ("lm2, 20", "stacked boxes with × 2 are 2 such steps", True),
        ("lm2, 110", "stacked boxes with × 17 are 17 such steps", True),
        ("fractalnet20", "stacked", False),
        ("fractalnet20", "Each step has weights", False),
        ("fractalnet20", "with which it enters", False),
        ("lm2, 20", "with which it enters", True),
        ("revnet", "Values that a step only hands on", False),
        ("lm2, 20", "Values that a step only hands on", True),
        ("resnet50", "the number beside the mark", False),
        ("lm2, 20", "the number beside the mark", True),
        ("fractalnet20", "Lines that cross", True),
        ("lm2, 20", "velocities", False),
        ("momentum_resnet20", "begins, velocities are 0.", True),
        ("ab3", "begins, increments are 0.", True),
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


def texts_of(**spec: Any) -> list[str]:
    return [label.text for label in changed_page(**spec).labels]


def changed_page(name: str | None = None, **spec: Any) -> Page:
    with torch.device("meta"):
        return page_of(build(name, **spec) if name else build(**spec), 32)


@pytest.mark.parametrize("values", [{}, {"k": "learned(0, in -1..1)"}], ids=["free", "bounded"])
def test_weights_that_steps_share_are_told(values: dict[str, Any]) -> None:
    """Of 5 steps a stage: all of the first one, and of the others all but the crossing."""
    found = [
        changed_page(scheme="lm2", depth=32, norm="group", values=values, depth_shared=shared)
        for shared in (True, False)
    ]
    texts = [[label.text for label in made.labels] for made in found]
    assert [own.count("shared weights") for own in texts] == [4, 0]
    assert ["with “shared weights”" in page_caption(made) for made in found] == [True, False]
    assert ["Each step has weights of its own" in page_caption(made) for made in found] == [False, True]


def test_steps_of_different_tables_can_share_their_weights() -> None:
    texts = texts_of(scheme="zerosnet", depth=20, norm="group", depth_shared=True)
    assert [texts[i + 1] for i, text in enumerate(texts) if text == "step 3"] == ["shared weights"] * 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lm2, 20", "$f$ = Basic: 3×3 conv, 32, stride 2 in step 1 – 3×3 conv, 32"),
        ("resnet50", "$f$ = Bottleneck: 1×1 conv, 128 – 3×3 conv, 128, stride 2 in step 1 – 1×1 conv, 512"),
        ("revnet", "$f$ of step 1 = Basic: 3×3 conv, 32, stride 2 – 3×3 conv, 32"),
        ("revnet", "$f$, $g$ = Basic: 3×3 conv, 16 – 3×3 conv, 16"),
        ("revnet38", "$f$ = Basic: 3×3 conv, 32, stride 2 in step 1 – 3×3 conv, 32"),
        ("revnet38", "$P_{1}$, $P_{2}$ = every 2nd pixel, 16 zero channels more"),
        ("imexnet", "$f$ = Symmetric: 3×3 conv K, 16"),
        ("imexnet", "$g$ = Diffusion: 3×3 conv L in each channel"),
        ("midpoint_net", "$f$ = Antisymmetric: 3×3 conv W, 64"),
        ("resnet50", "$\\sigma$ = relu"),
    ],
)
def test_blocks_say_what_they_do_and_where_their_stride_is(name: str, text: str) -> None:
    assert text in " ".join(label.text for label in page(name).labels)


def test_the_stride_of_a_block_is_in_the_module() -> None:
    """Of all convolutions of a block of the crossing step, those with a stride are those that say so."""
    for name in ("lm2, 20", "resnet50", "lm_resnet50_pre", "bottlenecks", "macaron_vit"):
        said = " ".join(label.text for label in page(name).labels).count("stride 2 in step 1")
        convs = [m for stage in network(name).stages for m in stage.steps[0].modules()]  # type: ignore[union-attr, index]
        strided = [m for m in convs if isinstance(m, nn.Conv2d) and m.stride[0] > 1 and m.kernel_size[0] == 3]
        assert said == len(strided)


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("lm_resnet20", ["lm2: first step, by euler", "lm2", "lm2: first step, by euler, across to another shape"]),
        ("resnet50", ["euler, relu behind the sum, across to another shape", "euler, relu behind the sum"]),
        ("zerosnet20", ["zerosnet: an early step, by euler", "zerosnet",
                        "zerosnet: first step, by euler, across to another shape"]),
        ("imexnet", ["imex_euler, blocks as maps"]),
        ("fractalnet20", ["fractalnet_drop_path, blocks as maps",
                          "fractalnet_drop_path, blocks as maps, across to another shape"]),
    ],
)  # fmt: skip
def test_the_names_of_tables_are_in_words(name: str, titles: list[str]) -> None:
    assert [title(table) for table in planned(name).tables.values()] == titles
    assert set(titles) <= {label.text for label in page(name).labels}


def test_a_scheme_of_a_users_own_keeps_its_name() -> None:
    """Its name may end as a transformation's suffix does; a table that is none of them is not called so."""
    for name in ("mine_across", "mine_projected"):
        own = multistep(name, alpha=["1/2", "-3/2", 1], beta=["-1/3", 1, 0])
        assert {name, f"{name}: first step, by euler"} <= set(texts_of(scheme=own, depth=20))
    assert "lm2 with consistent weights" in texts_of(scheme="lm2", depth=20, consistent=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "$k$: learned, one a step, start drawn from Uniform(−1/10, 0)"),
        ("learned(0)", "$k$: learned, one a step, starts at 0"),
        ("learned(-1/4, channel, in -1..1/2)", "$k$: learned, one a channel, kept in (−1, 1/2), starts at −1/4"),
        ("learned(-0.1..0, in -1..1)", "$k$: learned, one a step, kept in (−1, 1), start drawn from Uniform(−1/10, 0)"),
    ],
)
def test_learned_coefficients_say_their_start_and_interval(value: str | None, text: str) -> None:
    assert text in texts_of(scheme="lm2", depth=20, values={"k": value} if value else {})


def test_the_weights_of_joins_are_told_in_words() -> None:
    texts = texts_of(name="fractalnet20")
    names = "$c_{2}$, $b_{4}$, $c_{4}$: random, one a batch"
    assert texts.count(f"{names}, drop-path with p = 3/20, half of the draws one column alone") == 2
    firsts = "$\\left(1 - c_{2}\\right)$, $\\left(1 - b_{4} - c_{4}\\right)$"
    assert texts.count(f"{firsts}: what is left for the first column of a join") == 2
    assert not any("DropPath" in text for text in texts)
    local = texts_of(name="fractalnet20", values={"share": 0})
    assert f"{names}, drop-path with p = 3/20" in local


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
