"""A network obeys its modified equation: rates of all kinds of schemes, of what varies in depth; refusals."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from analysis.errors import AnalysisError
from odenets.errors import OdenetsError
from odenets.figures_obeys import obedience
from odenets.network import Network, build
from odenets.obeys.curves import Curve, pieces, varying
from odenets.obeys.flows import Theory
from odenets.obeys.measures import Obedience, measure
from odenets.obeys.stages import piece
from odenets.obeys.systems import coefficients, system
from schemes import general_linear, get

IMAGES = torch.linspace(-1, 1, 3 * 2 * 2).reshape(1, 3, 2, 2)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def gentle(scheme: str = "euler", weight: float = 0.4, **options: Any) -> Network:
    """A network of smooth blocks whose increments are small: a step of 1 is inside the series."""
    known = {"depth": 18, "widths": (4, 4), "activation": "tanh", "depth_shared": True, **options}
    net = build(scheme=scheme, **known)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                module.weight *= weight
            elif isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1)
    return net


def rates(found: Obedience) -> list[float]:
    return [row[-1] for row in found.slopes.values()]


# ---- the theorem ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "values", "expected"),
    [
        ("euler", {}, [1, 2]),
        ("lm2", {"k": "-1/5"}, [1, 2, 3]),
        ("lm2", {"k": "1/10"}, [1, 2]),
        ("heun2", {}, [2, 2]),
        ("ab2", {}, [2, 2]),
        ("momentum", {"gamma": "1/4"}, [1, 2]),
        ("revnet", {}, [1, 2]),
    ],
)
def test_each_term_of_the_modified_field_adds_an_order_of_accuracy(
    scheme: str, values: dict[str, Any], expected: list[int]
) -> None:
    found = measure(gentle(scheme, values=values), 0, IMAGES, order=len(expected))
    assert list(found.expected.values()) == expected
    assert rates(found) == pytest.approx(expected, abs=0.25)


def test_the_layers_of_a_one_step_network_come_nearer_the_flow_with_every_term() -> None:
    layers = measure(gentle(), 1, IMAGES, halvings=0).layers
    assert all(row[0] == 0 for row in layers.values())
    assert layers[1][-1] > 5 * layers[2][-1] > 25 * layers[3][-1] > 0


def test_the_parasite_of_a_network_with_history_decays_by_k_a_layer() -> None:
    net = gentle("lm2", 0.15, values={"k": "-1/2"}, depth=2 + 4 * 7)
    row = measure(net, 0, IMAGES, order=2, halvings=0).layers[2][:4]
    assert [b / a for a, b in pairwise(row)] == pytest.approx([0.5] * 3, abs=0.06)


def test_the_theorem_holds_for_blocks_that_normalise_each_image() -> None:
    found = measure(gentle(norm="group", weight=0.02), 0, IMAGES, order=1, halvings=2)
    assert rates(found) == pytest.approx([1], abs=0.3)


def test_a_relu_network_has_the_rate_one_and_says_that_no_more_is_promised() -> None:
    found = measure(gentle(activation="relu"), 0, IMAGES, order=2)
    assert found.kinked and not measure(gentle(), 0, IMAGES, order=1, halvings=0).kinked
    assert found.slopes[1][-1] == pytest.approx(1, abs=0.3)


# ---- what varies in depth -------------------------------------------------------------------------------------------


def test_a_learned_k_needs_the_terms_with_its_derivative() -> None:
    net = gentle("lm2", values={"k": "0"}, depth=2 + 4 * 6)
    drifting = gentle("lm2", depth=2 + 4 * 6)
    with torch.no_grad():
        for _, j, _, k in drifting.coefficients():
            k.fill_(-0.4 + 0.15 * j)
    found = measure(drifting, 0, IMAGES, order=2)
    assert found.drifting == ("k",) and found.shared
    assert rates(found) == pytest.approx([1, 2], abs=0.25)
    assert measure(net, 0, IMAGES, order=1, halvings=0).drifting == ()


def smoothly_varying(scheme: str = "euler", **options: Any) -> Network:
    """Weights that turn slowly from one block to another."""
    net = gentle(scheme, depth_shared=False, depth=2 + 4 * 6, weight=0.3, **options)
    steps = [step for i, _, step in net.steps() if i == 0]
    first, last = ([p.detach().clone() for p in steps[i].parameters()] for i in (1, -1))
    with torch.no_grad():
        for n, step in enumerate(steps):
            for p, a, b in zip(step.f.parameters(), first[-6:], last[-6:], strict=True):
                p.copy_(a + math.sin(n / 4) * (b - a))
    return net


@pytest.mark.parametrize(("scheme", "values"), [("euler", {}), ("lm2", {"k": "-1/5"}), ("lm2", {})])
def test_weights_on_a_smooth_curve_obey_the_equation_with_depth_in_the_state(scheme: str, values: Any) -> None:
    found = measure(smoothly_varying(scheme, values=values), 0, IMAGES, order=2, halvings=3, curve="spline")
    assert not found.shared and found.drifting == (() if values or scheme == "euler" else ("k",))
    assert rates(found) == pytest.approx([1, 2], abs=0.3)


def test_a_curve_meets_its_values_and_has_the_derivative_of_the_polynomial() -> None:
    values = np.random.default_rng(0).normal(size=(5, 3))
    for kind in ("linear", "spline"):
        polynomial = pieces(values, kind)
        curve = Curve(polynomial)
        for t in (0.0, 1.0, 1.7, 3.2, 4.0):
            time = torch.tensor(t, dtype=torch.float64)
            value, slope = torch.func.jvp(curve, (time,), (torch.ones_like(time),))
            np.testing.assert_allclose(value, polynomial(t), atol=1e-13)
            np.testing.assert_allclose(slope, polynomial(t, 1), atol=1e-12)


def test_a_block_on_a_curve_is_the_block_of_the_step_at_that_depth() -> None:
    modules = [step.f.double().eval() for i, j, step in smoothly_varying().steps() if i == 0]
    u = torch.randn(2, 4, 3, 3, dtype=torch.float64)
    f = varying(modules, "spline")
    for n, module in enumerate(modules):
        torch.testing.assert_close(f(u, torch.tensor(float(n), dtype=torch.float64)), module(u), rtol=1e-12, atol=1e-12)


# ---- the parts ------------------------------------------------------------------------------------------------------


def test_the_field_of_the_paper_by_hand() -> None:
    """u' = f/(1+k) - h (1-k)/(2 (1+k)³) f'f; S(y) = (y, y - h f/(1+k) + …): numerics of the source paper's scheme."""
    k, y, h = Fraction(-1, 3), torch.tensor([0.3, -0.8], dtype=torch.float64), 0.1
    theory = Theory(get("lm2", k=k), {"f": torch.sin}, 2)
    c = float(1 + k)
    f, df = torch.sin(y), torch.cos(y)
    by_hand = f / c - h * float(1 - k) / (2 * c**3) * df * f
    torch.testing.assert_close(theory.field(0, (y,), h), (by_hand,))
    torch.testing.assert_close(theory.manifold(0, (y,), h)[0], y)
    start = (y + h * f, y)  # Euler's first step: the smooth solution begins at u_0 + k h f/(1+k)², one step on
    smooth = y + float(k) * h * f / c**2 + h * f / c
    assert float((theory.smooth(0, start, h)[0] - smooth).abs().max()) < h**2


def test_the_system_of_a_stage_is_the_network_itself() -> None:
    for net in (gentle("lm2"), smoothly_varying("lm2")):
        found = system(piece(net, 0, IMAGES), 1)
        path = found.run(found.start, 1.0, found.steps)
        for y, states in zip(path, found.piece.states, strict=False):
            torch.testing.assert_close(found.seen(y), states[0].flatten(), rtol=1e-10, atol=1e-10)


def test_a_piece_leaves_out_the_crossing_and_the_filling_of_the_history() -> None:
    firsts = {(s, i): piece(gentle(s), i, IMAGES).first for s in ("euler", "lm2") for i in (0, 1)}
    assert firsts == {("euler", 0): 0, ("euler", 1): 1, ("lm2", 0): 1, ("lm2", 1): 1}


def test_the_smooth_part_of_a_start_solves_its_equation_where_the_steps_are_large() -> None:
    f = system(piece(gentle("momentum", values={"gamma": "9/10"}, depth=30), 0, IMAGES), 3)
    y = f.theory.smooth(0.0, f.start, 1.0)
    x, v = (a - b for a, b in zip(f.start, f.theory.manifold(0.0, y, 1.0), strict=True))
    assert float((x + 9 * v).abs().max()) < 1e-8  # (1, γ/(1-γ)) is the left eigenvector of V = ((1, γ), (0, γ))


def test_where_no_smooth_part_is_found_the_halvings_begin_at_the_start_and_a_sentence_says_so(monkeypatch: Any) -> None:
    monkeypatch.setattr("odenets.obeys.flows.WORK", 20)
    found = measure(gentle("lm2", 4.0, values={"k": "-1/2"}), 0, IMAGES, order=2, halvings=1)
    assert found.layers == {} and found.parasitic and len(found.halvings[2]) == 2
    assert found.unsmooth.startswith("no smooth state belongs to the network's start at h = 1: ")
    figure = obedience(found, "network")
    left = figure.axes[0] if figure.axes else figure.subfigs[-1].axes[0]
    assert [t.get_text() for t in left.texts] == ["no smooth state belongs\nto the network's start"]


def test_a_flow_has_a_bound_on_its_evaluations() -> None:
    theory = Theory(get("euler"), {"f": lambda y: torch.sin(1e4 * y)}, 1)
    with pytest.raises(OdenetsError, match="takes more than 4000 evaluations at h = 1: take fewer terms"):
        theory.flow((torch.linspace(0, 1, 9, dtype=torch.float64),), [0.0, 1.0, 2.0], 1.0)


@pytest.mark.parametrize("shared", [True, False])
def test_a_constant_field_has_no_weights_that_could_differ(shared: bool) -> None:
    net = gentle("gaussian_noise") if shared else smoothly_varying("gaussian_noise")
    found = measure(net, 0, IMAGES, order=2, halvings=3)
    assert found.shared == shared
    assert rates(found) == pytest.approx([1, 2], abs=0.3)


def test_a_drifting_coefficient_has_as_many_derivatives_as_the_order_asks_for() -> None:
    values = coefficients(piece(gentle("lm2", depth=2 + 4 * 6), 0, IMAGES), "spline", 6)
    assert set(values(1.0)) == {"k", "k_t", "k_tt", "k_ttt", "k_tttt", "k_ttttt"}


def test_a_state_that_nothing_keeps_is_zero_on_the_manifold() -> None:
    lonely = general_linear("lonely", A=[[0]], U=[[1, 0]], B=[[1], [0]], V=[[1, 0], [0, 0]], states=("u[n]", "hf[n-1]"))
    y = torch.ones(2, dtype=torch.float64)
    first, second = Theory(lonely, {"f": torch.sin}, 2).manifold(0.0, (y,), 0.1)
    torch.testing.assert_close(first, y)
    torch.testing.assert_close(second, 0 * y)


def test_a_rounded_table_counts_as_the_one_that_meets_its_order_conditions() -> None:
    theory = Theory(get("ssprk53"), {"f": torch.sin}, 1)
    assert theory.exponent(1) == 3  # SSPRK(5,3), Spiteri and Ruuth 2002: order 3, coefficients to 15 digits


# ---- refusals -------------------------------------------------------------------------------------------------------


def refused(make: Any, stage: int = 0, images: Tensor = IMAGES, **options: Any) -> str:
    with pytest.raises((OdenetsError, AnalysisError)) as error:
        measure(make, stage, images, **options)
    return str(error.value)


def test_what_shows_no_flow_is_refused_with_the_reason() -> None:
    assert "stage 3 is not there: the network has stages 1 to 2" in refused(gentle(), 2)
    assert "it takes 2 to see a flow: take a deeper network" in refused(gentle("lm2", depth=10))
    assert "order = 0 must be at least 1" in refused(gentle(), order=0)
    assert "one number per channel" in refused(gentle("lm2", values={"k": "learned(-0.1, channel)"}))
    assert "linear or spline" in refused(gentle(depth_shared=False), curve="cubic")
    assert "--depth-shared" in refused(gentle("rk4_classic", depth_shared=False))
    assert "--depth-shared" in refused(gentle("revnet", depth_shared=False))
    polynet = refused(gentle("polynet_poly2"))
    assert "no B-series" in polynet and "`odenets modified polynet_poly2`" in polynet
