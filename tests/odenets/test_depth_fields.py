"""A stage as a field over its depth: its time, what is refused, and what others see of it."""

import copy
from fractions import Fraction as Q

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from odenets.depth import Basis, chain_field, span
from odenets.depth.chains import schedule
from odenets.errors import OdenetsError
from schemes import SchemeError, get, initial, starter
from schemes.consistency import principal, weight
from schemes.interpreter import step as interpreted
from tests.odenets.small import images, made, vectors

# ---- fields of a chain ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"weights": "linear:3"}, {"weights": "constant:2", "norm": "batch"}])
def test_euler_over_the_field_of_a_chain_is_the_chain(options):
    net = made(scheme="euler", h="1/2", **options)
    for stage in net.stages:
        field, n = chain_field(stage), len(stage.chain())
        u = v = torch.randn(2, 4 * (1 + stage.number), 8, 8, dtype=torch.float64)
        for i in range(n):
            v = v + field(torch.tensor(i / 2), v) / 2
        for step in stage.chain():
            u = step(u)
        torch.testing.assert_close(v, u, rtol=1e-12, atol=1e-12)
        assert span(stage) == Q(n, 2)


def test_time_counts_effective_steps():
    net = made(scheme="lm2", values={"k": "-1/2"}, across="layer", h="1/3")
    assert span(net.stages[0]) == Q(1, 3) * 3 * 2  # 1/(1 + k) each, of Euler's first step as well
    assert schedule(net.stages[0]).starts == [0, Q(1, 3), Q(2, 3)]
    assert span(made(scheme="lm2", values={"k": "learned(-1/2)"}).stages[0]) == 6
    assert span(made(scheme="euler", h="learned(1/2)").stages[0]) == Q(3, 2)
    assert span(made(scheme="momentum", values={"gamma": "9/10"}).stages[0]) == 3
    assert span(made(scheme="heavy_ball", values={"gamma": "9/10"}).stages[0]) == 30  # the velocity is 0 at first


def test_learned_coefficients_count_as_they_are():
    stage = made(scheme="lm2", h="learned(1/2)").stages[0]
    first, *behind = stage.behind()
    with torch.no_grad():
        first.h.fill_(0.25)
        for step, k in zip(behind, (-0.5, 0.25), strict=True):
            step.k.fill_(k)
    assert span(stage) == Q(1, 4) * 2 + Q(1, 2) * 2 + Q(1, 2) * Q(4, 5)  # h of its own, ψ of the step behind


@given(st.fractions(-Q(1, 2), Q(1, 2)))
@settings(max_examples=5, deadline=None)
def test_what_a_first_step_adds_is_carried_on_for_the_time_that_it_takes(k):
    """f of the first step alone moves the slow component of LM-ResNet, and in the end u itself, by ψ = 1/(1 + k)."""
    scheme = get("lm2", k=k)
    _, w = principal(scheme, [0, 1])
    states = initial(scheme, Q(0))
    for n in range(60):
        states = interpreted(starter(scheme, n), lambda u, n=n: Q(n == 0), states)
        assert sum(a * u for a, u in zip(w, states, strict=True)) == 1 / (1 + k)
    assert abs(states[0] - weight(scheme)) < Q(1, 10**9)
    net = vectors("lm2", 3, values={"k": str(k)}, weights="linear:3")
    assert [s for ((s, _),) in schedule(net.stages[0]).depths] == [0, Q(1, 3), Q(2, 3)]


def test_linear_between_the_steps():
    net = made(scheme="euler", norm="group")
    stage = net.stages[0]
    field, u = chain_field(stage, how="linear"), torch.randn(2, 4, 8, 8, dtype=torch.float64)
    assert torch.equal(field(1.0, u), stage.steps[1].f(u))
    middle = copy.deepcopy(stage.steps[1].f)
    with torch.no_grad():
        for p, q in zip(middle.parameters(), stage.steps[2].f.parameters(), strict=True):
            p.copy_((p + q) / 2)
    torch.testing.assert_close(field(1.5, u), middle(u))


def test_two_fields():
    net = made(scheme="revnet", block={"f": "basic", "g": "basic"})
    x, y = torch.randn(2, 2, 2, 8, 8, dtype=torch.float64)
    step = net.stages[0].steps[0]
    f, g = (chain_field(net.stages[0], name) for name in "fg")
    new = x + f(0.0, y)
    for a, b in zip(step(x, y), (new, y + g(0.0, new)), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scheme": "rk4_classic", "share": "stage"}, "several blocks for f"),
        ({"scheme": "euler", "residual": False}, "maps, not increments"),
        ({"scheme": "euler", "layers": (3, 1)}, "no step behind its crossing"),
    ],
)
def test_what_is_no_field_of_depth(options, said):
    with pytest.raises(OdenetsError, match=said):
        chain_field(made(**options).stages[1])


def test_a_field_that_is_not_there():
    with pytest.raises(OdenetsError, match="evaluates no field 'g': it has 'f'"):
        chain_field(made(scheme="euler").stages[0], "g")


# ---- refused -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"weights": "linear:2", "depth_shared": True}, OdenetsError, "depth_shared says weights = 'constant:1'"),
        ({"weights": "linear:2", "share": "stage"}, OdenetsError, "share = 'stage'"),
        ({"weights": "linear:2; linear:3; linear:2"}, OdenetsError, "one for each"),
        ({"weights": "linear:2 h=0"}, OdenetsError, "h = 0"),
        ({"weights": "linear:2", "scheme": "polynet_poly2"}, SchemeError, "at no time"),
        ({"weights": "linear:2", "scheme": "leapfrog_second_order"}, SchemeError, "no effective step"),
    ],
)
def test_combinations_that_make_no_sense(options, error, said):
    with pytest.raises(error, match=said):
        made(**{"scheme": "euler", **options})


def test_weights_and_step_size_of_each_stage():
    net = made(scheme="euler", weights="linear:3 h=1/2; cosine:2")
    assert [len(stage.knots["f"]) for stage in net.stages] == [3, 2]
    assert [span(stage) for stage in net.stages] == [Q(3, 2), 2]
    assert "1/2 *" in net.stages[0].steps[0].code
    assert Basis("linear", (0, 1)).weights(Q(1, 4)) == {0: 0.75, 1: 0.25}


# ---- what others see of it -----------------------------------------------------------------------------------------


def test_it_is_exported_whole():
    net, x = made(scheme="heun2", weights="linear:3"), images()
    assert torch.equal(torch.export.export(net, (x,)).module()(x), net(x))


def test_its_picture_names_the_block_and_says_that_weights_follow_depth():
    from matplotlib.text import Text

    from odenets.figures_network import network_picture

    drawn = network_picture(made(scheme="euler", weights="linear:3"), "", 8).findobj(Text)
    words = " ".join(" ".join(text.get_text() for text in drawn).split())
    assert "weights over depth" in words
    assert "= Basic: 3×3 conv, 4" in words
    assert "blend" not in words


def test_a_modified_equation_sees_the_blocks_at_their_places():
    from odenets.obeys.stages import piece

    net, x = made(scheme="euler", weights="linear:2", norm="group"), images()
    found = piece(net, 0, x)
    for blocks, (u,), (v,) in zip(found.blocks, found.states, found.states[1:], strict=False):
        torch.testing.assert_close(u + blocks["f"](u), v)
    assert not found.shared
