"""Conversion: a trained network with another scheme or number of steps, and what theory says of the two."""

import copy
from fractions import Fraction as Q

import pytest
import torch

from odenets.conversion import convert
from odenets.conversion.comparing import compare, distances
from odenets.conversion.designs import known_steps
from odenets.conversion.refining import caps, refine
from odenets.conversion.transfer import projection
from odenets.depth import span
from odenets.depth.basis import read
from odenets.errors import OdenetsError
from odenets.network import build
from schemes import SchemeError, get
from tests.odenets.small import SMALL, images

TWO = {"scheme": "revnet", "block": {"f": "basic", "g": "basic"}}
SMOOTH = {"norm": "group", "activation": "gelu", "layers": (4, 4), "widths": (4, 8)}


def trained(**options):
    """A network that is not as it began: statistics of other images, moved coefficients and scales."""
    torch.manual_seed(0)
    net = build(**{**SMALL, **options}).double()
    for _ in range(2):
        net(2 * images() + 1)
    with torch.no_grad():
        for n, (*_, raw) in enumerate(net.coefficients()):
            raw.add_(0.1 + 0.05 * n)
        for p in net.parameters():
            p.add_(0.02 * torch.randn_like(p))
    return net.eval()


# ---- what stays ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"scheme": "euler"},
        {"scheme": "rk4_classic", "norm": "group"},
        {"scheme": "lm2"},
        {"scheme": "lm2", "values": {"k": "learned(0, in -1..1)"}, "weights": "legendre:2"},
        {"scheme": "lm2", "history": "project", "transition": "conv"},
        {"scheme": "lm2", "values": {"k": "learned(-0.2..0, channel)"}},
        {"scheme": "euler", "h": "learned(1)"},
        {"scheme": "heun2", "h": "1/N"},
        {"scheme": "momentum", "values": {"gamma": "1/2"}},
        {"scheme": "euler", "depth_shared": True, "norm": "group"},
        {"scheme": "ab2", "weights": "linear:3", "h": "1/2", "placement": "post"},
        {"scheme": "heun2", "across": "layer"},
        TWO,
    ],
)
def test_to_itself_it_is_the_same_function_bit_for_bit(options):
    net, x = trained(**options), images()
    state = copy.deepcopy(net.state_dict())
    other, _ = convert(net)
    assert torch.equal(net(x), other(x))
    again, _ = convert(other)
    assert torch.equal(net(x), again(x))
    assert all(torch.equal(state[k], v) for k, v in net.state_dict().items())


@pytest.mark.parametrize(("scheme", "steps"), [("rk4_classic", 5), ("ab3", (4, 7)), ("lm2", 2), ("midpoint", 1)])
def test_the_time_of_each_stage_is_kept(scheme, steps):
    net = trained(scheme="lm2", values={"k": "-1/2"})
    other, change = convert(net, scheme, steps)
    for old, new, row in zip(net.stages, other.stages, change.stages, strict=True):
        assert span(old) == row.time
        assert abs(span(new) - span(old)) < Q(1, 10**12)
        assert len(new.chain()) == row.after
    assert other.spec.label == scheme


def test_halved_steps_are_each_block_twice():
    net, x = trained(scheme="euler", norm="group"), images()
    other, _ = convert(net, steps=(6, 4))
    u = net.stem(x)
    for stage in net.stages:
        for step in stage.steps:
            if step in stage.chain():
                u = u + step.f(u) / 2
                u = u + step.f(u) / 2
            else:
                u = step(u)[0]
    torch.testing.assert_close(other(x), net.head(u), rtol=1e-12, atol=1e-12)


def test_steps_between_stages_keep_their_size():
    net = trained(scheme="euler", h="1/N", norm="group")
    crossing = convert(net, steps=7)[0].stages[1].steps[0]
    u = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    assert torch.equal(crossing(u)[0], net.stages[1].steps[0](u)[0])
    with pytest.raises(OdenetsError, match="gives the steps between stages the sizes 1/2, 1/3, 1/4"):
        convert(trained(scheme="euler", h="1/N", widths=(4, 8, 8, 16), layers=(2, 3, 2, 4)))


def test_statistics_are_those_of_the_piece_or_between_the_steps():
    net = trained(scheme="euler")
    first, second = (net.stages[0].steps[i].f[0].running_mean for i in (0, 1))
    constant, linear = (convert(net, steps=6, weights=kind)[0] for kind in ("constant", "linear"))
    own = [[step.f.statistics()["0.running_mean"] for step in other.stages[0].steps] for other in (constant, linear)]
    assert torch.equal(own[0][0], first) and torch.equal(own[0][1], first) and torch.equal(own[0][2], second)
    assert torch.equal(own[1][0], first) and torch.equal(own[1][2], second)
    torch.testing.assert_close(own[1][1], (first + second) / 2)


def test_mode_type_and_the_stream_of_random_numbers_stay():
    net = build(scheme="euler", **SMALL)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    other, _ = convert(net, "heun2", 3)
    assert torch.equal(torch.rand(3), expected)
    assert other.training
    assert next(other.parameters()).dtype == torch.float32


def test_another_scheme_starts_its_coefficients_and_the_same_one_keeps_them():
    net = trained(scheme="lm2")
    had = [value.item() for *_, value in net.values()]
    assert [value.item() for *_, value in convert(net)[0].values()] == had
    finer = [value.item() for i, _, _, value in convert(net, steps=6)[0].values() if i == 0]
    assert set(finer) == set(had[:2])  # of the step at its depth
    assert finer == sorted(finer)
    other, _ = convert(net, get("lm2", k=Q(-1, 2)), 3)
    assert not other.coefficients()


@pytest.mark.parametrize("options", [{}, {"history": "project", "transition": "conv"}, {"across": "layer"}])
@pytest.mark.parametrize("scheme", ["euler", "lm2", "ab3", "heun2"])
def test_a_network_that_is_not_built_knows_as_much(scheme, options):
    net = build(scheme=scheme, **SMALL, **options)
    assert [known_steps(net.spec, stage) for stage in net.stages] == [stage.known for stage in net.stages]


# ---- functions of depth --------------------------------------------------------------------------------------------


def test_coarsening_gives_back_what_refinement_made():
    net, x = trained(scheme="heun2", weights="linear:3", norm="group"), images()
    fine, _ = convert(net, weights="linear:5")
    back, _ = convert(fine, weights="linear:3")
    torch.testing.assert_close(fine(x), net(x), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(back(x), net(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("fine", "coarse"), [("linear:7", "linear:3"), ("constant:6", "constant:2"), ("constant:5", "legendre:3")]
)
def test_fewer_knots_are_the_nearest_function(fine, coarse):
    """The error is orthogonal to every function of the coarse basis; of pieces that is the mean."""
    fine, coarse = read(fine), read(coarse)
    matrix = projection(fine, coarse)
    nodes = [(i + 0.5) / 6000 for i in range(6000)]  # the midpoint rule

    def rows(basis):
        found = torch.zeros(len(nodes), len(basis.places), dtype=torch.float64)
        for i, s in enumerate(nodes):
            for m, w in basis.weights(s).items():
                found[i, m] = w
        return found

    error = rows(fine) - rows(coarse) @ torch.tensor(matrix)
    assert (rows(coarse).T @ error).abs().max() < 1e-3
    torch.testing.assert_close(torch.tensor(matrix.sum(1)), torch.ones(len(coarse.places), dtype=torch.float64))


# ---- accuracy ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "weights", "order", "steps"),
    [("rk4_classic", "linear", 4, 8), ("heun2", "constant", 2, 4), ("euler", "cosine:3", 1, 8)],
)
def test_with_ever_more_steps_it_is_the_flow_at_the_order_of_theory(scheme, weights, order, steps):
    torch.manual_seed(0)
    net = build(scheme="euler", h="1/4", block="mlp", widths=(4,), layers=(4,), channels=3).double()
    x = torch.randn(8, 3, dtype=torch.float64)
    found = refine(net, convert(net, scheme, steps, weights)[0], x, 2 if order == 1 else 1)
    assert found.order == found.promised == order
    assert abs(found.slopes[-1] - order) < 0.35, found
    assert found.original[-1] > max(found.rows[-1])
    assert max(found.accuracy) < 0.1 * max(found.rows[-1])


def reasons(net, scheme, steps, weights=""):
    found, _ = convert(net, scheme, steps, weights)
    return caps(found, found)


def test_reasons_for_less_than_the_order():
    smooth, rough = trained(scheme="euler", **SMOOTH), trained(scheme="euler", norm="batch")
    measured = trained(scheme="euler", **{**SMOOTH, "norm": "batch"})
    assert reasons(smooth, "rk4_classic", (4, 3)) == reasons(smooth, "rk4_classic", 5, "cosine:3") == {}
    assert list(reasons(smooth, "rk4_classic", 5, "linear").values()) == [2]
    for wanted, cap, found in [
        ("jumps", 1, reasons(smooth, "heun2", 5)),
        ("relu", 1, reasons(rough, "heun2", (3, 2))),
        ("statistics", 2, reasons(measured, "kutta3", (4, 3), "cosine:2")),
        ("first steps", 2, reasons(smooth, "ab3", (4, 3))),
    ]:
        assert any(wanted in reason and x == cap for reason, x in found.items()), found


def test_two_fields_are_followed_by_their_own_kind():
    net = trained(**TWO, **SMOOTH, h="1/4", across="layer")
    found = refine(net, convert(net, "stormer_verlet", 4)[0], images(), 1)
    assert found.reference == "forest_ruth"
    assert abs(found.slopes[-1] - 2) < 0.3


def test_comparison_counts_errors_and_agreement():
    net, x = trained(scheme="euler"), images()
    labels = net(x).argmax(1)
    wrong = (labels + 1) % 10
    other, _ = convert(net)
    found = compare(net, other, [(x, labels), (x, wrong)])
    assert (found.images, found.error, found.agreement) == (8, (50.0, 50.0), 100.0)
    assert found.distances == (0.0, 0.0, 0.0)
    assert distances([torch.ones(4)], [torch.zeros(4)]) == (1.0,)


# ---- what comes of it ----------------------------------------------------------------------------------------------


def test_the_result_trains_and_is_described_by_its_spec():
    net, x = trained(scheme="euler"), images()
    other, _ = convert(net, "heun2", 4, "linear:2")
    twin = build(type(other.spec).from_dict(other.spec.as_dict())).double()
    twin.load_state_dict(dict(other.state_dict()))  # plain, as a checkpoint gives it
    assert torch.equal(twin.eval()(x), other(x))
    other.train()(x).square().sum().backward()
    assert all(p.grad is not None for p in other.parameters())


@pytest.mark.parametrize(
    ("options", "asked", "error", "said"),
    [
        ({"scheme": "euler"}, {"scheme": "shake_shake"}, OdenetsError, "those of f, the new scheme evaluates f1, f2"),
        (TWO, {"scheme": "euler"}, OdenetsError, "no scheme of the network evaluates"),
        ({"scheme": "euler"}, {"scheme": "backward_euler"}, OdenetsError, "implicit and cannot be wired"),
        ({"scheme": "euler"}, {"scheme": "polynet_poly2"}, SchemeError, "at no time"),
        ({"scheme": "polynet_poly2"}, {"scheme": "euler"}, SchemeError, "at no time"),
        ({"scheme": "euler"}, {"scheme": "leapfrog_second_order"}, SchemeError, "no effective step"),
        ({"scheme": "euler"}, {"steps": 0}, OdenetsError, "steps = 0: give one number, at least 1"),
        ({"scheme": "euler"}, {"steps": (1, 2, 3)}, OdenetsError, "one for each of the 2 stages"),
        ({"scheme": "euler"}, {"steps": 1.5}, OdenetsError, "steps = 1.5"),
        ({"scheme": "euler"}, {"weights": "spline"}, OdenetsError, "write a kind"),
        ({"scheme": "euler", "residual": False}, {}, OdenetsError, "maps, not increments"),
        ({"scheme": "rk4_classic", "share": "stage"}, {}, OdenetsError, "several blocks for f"),
        ({"scheme": "lm2", "history": "project", "transition": "conv"}, {"scheme": "rk4_classic"}, OdenetsError,
         "the crossing to stage 2 has other weights"),
    ],
)  # fmt: skip
def test_what_cannot_be_converted(options, asked, error, said):
    with pytest.raises(error, match=said):
        convert(trained(**options), **asked)


def test_what_is_no_network():
    with pytest.raises(OdenetsError, match="takes a network or a run's id"):
        convert(torch.nn.Identity())


def test_an_implicit_scheme_is_unrolled_or_solved():
    net, x = trained(scheme="euler", **SMOOTH, h="1/4"), images()
    fine = convert(net, "rk4_classic", (16, 12))[0](x)
    unrolled = convert(net, "implicit_midpoint", (8, 6), unroll=3)[0](x)
    assert (unrolled - fine).norm() < 0.05 * (net(x) - fine).norm()
