"""Neural ODEs of networks: what they are of, and that a scheme's steps of them are the network again."""

from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from torch.nn import functional as F

import schemes
from odenets import OdenetsError, build
from odenets.continuous import ode
from odenets.conversion import convert
from odenets.depth import chain_field, span
from odenets.depth.chains import schedule
from tests.strategies import runge_kuttas

VECTORS = {"block": "mlp", "layers": (4,), "widths": (6,), "channels": 3, "classes": 2}
SPLIT = {"block": {"f": "mlp", "g": "mlp"}}
HALF = Fraction(-1, 2)


def made(**options):
    torch.manual_seed(0)
    return build(**{**VECTORS, **options}).double()


def rows(count=5):
    return torch.randn(count, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


OWN = {
    "euler": {},
    "heun2": {"h": "1/N"},
    "rk4_classic": {"h": "3/10", "depth_shared": True},
    "ab3": {},
    "leapfrog": {"h": "1/4"},
    "dimsim2": {},
    "momentum": {"values": {"gamma": "9/10"}},
    "lm2": {"values": {"k": "-1/2"}},
    "strang": SPLIT,
    "revnet": SPLIT,
    "stormer_verlet": {**SPLIT, "h": "1/3"},
}


@pytest.mark.parametrize("name", OWN)
def test_the_networks_own_scheme_is_the_network(name):
    net = made(scheme=name, **OWN[name])
    solver = schemes.get(name, **{k: Fraction(v) for k, v in OWN[name].get("values", {}).items()})
    assert torch.equal(ode(net, solver)(rows()), net(rows()))


@settings(max_examples=15)
@given(runge_kuttas())
def test_so_it_is_for_any_runge_kutta_scheme(scheme):
    if not schemes.reduce(scheme).stages or sum(scheme.B[0]) == 0:
        return
    net = made(scheme=scheme, layers=(2,))
    assert torch.equal(ode(net, scheme)(rows()), net(rows()))


@pytest.mark.parametrize("options", [{"history": "project"}, {"across": "layer"}, {"scheme": "leapfrog"}, {}], ids=str)
def test_crossings_are_left_as_they_are(options):
    options = {"scheme": "revnet", "transition": "conv", "norm": "group", **options}
    torch.manual_seed(0)
    net = build(widths=(4, 8), layers=(3, 3), **options).double().eval()
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    assert torch.equal(ode(net, options["scheme"])(images), net(images))


def test_the_depth_is_the_time():
    assert ode(made(scheme="euler")).times == [4]
    assert ode(made(scheme="rk4_classic", h="1/N")).times == [1]
    assert ode(made(scheme="lm2", values={"k": "-1/2"})).times == [8]  # 1 / (1 + k) a step
    assert ode(made(scheme="lm2", values={"k": "-1/2"}, consistent=True)).times == [4]
    assert ode(made(scheme="heavy_ball", values={"gamma": "9/10"})).times == [40]  # 1 / (1 - γ)
    assert ode(made(scheme="stochastic_depth")).times == [2]  # the mean of η
    learned = ode(made(scheme="lm2"))
    for shift in (0.0, 1.0):  # read at each call
        with torch.no_grad():
            learned.network.coefficients()[0][-1].add_(shift)
        spans = [1 / (1 + Fraction(k.item())) for *_, k in learned.network.values()]
        assert learned.times == [spans[0] + sum(spans)]  # Euler's step at the start is carried on by the next one


TIMES = {
    "lm2 of learned k": {"scheme": "lm2"},
    "lm2 of k a channel": {"scheme": "lm2", "values": {"k": "learned(-0.3..0.3, channel)"}},
    "lm2 that learns h": {"scheme": "lm2", "h": "learned(1/3)"},
    "lm2 that repeats its start": {"scheme": "lm2", "start": "repeat"},
    "lm2 over depth": {"scheme": "lm2", "weights": "linear:3 h=1/2"},
    "momentum": {"scheme": "momentum"},
    "ab3": {"scheme": "ab3", "h": "1/N"},
    "heavy_ball": {"scheme": "heavy_ball", "values": {"gamma": "learned(1/2)"}},
    "revnet": {"scheme": "revnet", **SPLIT},
    "rounded": {"scheme": "ssprk43"},
}


@pytest.mark.parametrize("options", TIMES.values(), ids=TIMES)
def test_its_time_is_that_of_the_depth_of_a_conversion_and_of_the_fields_of_a_chain(options):
    net = made(**options)
    with torch.no_grad():
        for n, (*_, raw) in enumerate(net.coefficients()):
            raw.add_(0.1 * n)
    (stage,) = net.stages
    assert ode(net).times == [span(stage)] == [schedule(stage).time]
    assert [solver.time for solver in ode(net, "heun2").solvers] == [span(stage)]
    assert chain_field(stage, stage.behind()[-1].scheme.fields[0]).time == float(span(stage))
    other, report = convert(net)
    assert report.stages[0].time == span(stage) and abs(span(other.stages[0]) - span(stage)) < 1e-12


def test_shared_blocks_take_any_number_of_steps():
    net = made(scheme="euler", depth_shared=True)
    assert ode(net, "euler", steps=6).evaluations == 6
    with pytest.raises(OdenetsError, match="multiple of 4"):
        ode(made(scheme="euler"), "euler", steps=6)


def test_both_train_the_same_weights():
    net = made(scheme="euler")
    twin = ode(net, "rk4_classic")
    assert {id(p) for p in twin.parameters()} == {id(p) for p in net.parameters()}
    before = net(rows())
    F.cross_entropy(twin(rows()), torch.zeros(5, dtype=torch.long)).backward()
    torch.optim.SGD(net.parameters(), 1.0).step()
    assert not torch.equal(net(rows()), before)
    assert torch.equal(ode(net, "euler")(rows()), net(rows()))


def test_a_field_is_the_sum_of_what_its_stages_evaluate():
    """share = "stage": Heun's two blocks, each with half the weight; Lie's two fields; RevNet's, crosswise."""
    u = torch.randn(3, 6, dtype=torch.float64)
    for options, slope in (
        ({"scheme": "heun2", "share": "stage"}, lambda s, u: (s.f1(u) + s.f2(u)) / 2),
        ({"scheme": "lie", **SPLIT}, lambda s, u: s.f(u) + s.g(u)),
        ({"scheme": "revnet", **SPLIT}, lambda s, u: torch.cat([s.f(u[:, 3:]), s.g(u[:, :3])], -1)),
        ({"scheme": "lm2", "values": {"k": "1/3"}}, lambda s, u: s.f(u)),
    ):
        twin = ode(made(**options), "euler")
        step = twin.network.stages[0].steps[-1]
        torch.testing.assert_close(twin.solvers[0].legs[-1].interval.slope(u), slope(step, u), rtol=0, atol=1e-15)


def test_evaluations_are_those_of_the_field():
    runs = {"dopri5": {}, "rk4": {}, "midpoint": {"steps": 8, "adjoint": True}, "heun2": {}, "ab3": {"steps": 12}}
    known = {"rk4": 16, "midpoint": 16, "heun2": 8, "ab3": 12}
    for solver, options in runs.items():
        net = made(scheme="euler", depth_shared=True)
        calls = []
        net.stages[0].steps[0].f.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        twin = ode(net, solver, **options)
        twin(rows())
        assert twin.evaluations == len(calls) == known.get(solver, len(calls)) > 0


def test_batch_norm_is_told_and_the_adjoint_leaves_its_statistics():
    net = build(scheme="euler", widths=(4,), layers=(2,))
    with pytest.warns(UserWarning, match="norm over the batch"):
        twin = ode(net, "rk4", adjoint=True)
    twin(torch.randn(2, 3, 4, 4)).sum().backward()
    counted = [b for name, b in net.stages.named_buffers() if name.endswith("num_batches_tracked")]
    assert twin.evaluations == 8 and {int(b) for b in counted} == {4}


REFUSED = {
    "relu": ({"block": "basic", "placement": "post", "widths": (4,), "depth": None}, "relu"),
    "maps": ({"residual": False}, "maps"),
    "a slope's field": ({"scheme": "polynet_poly2"}, "slope instead of a state"),
    "a double root": ({"scheme": "leapfrog_second_order"}, "1 is no simple eigenvalue"),
    "no friction": ({"scheme": "heavy_ball", "values": {"gamma": "1"}}, "1 is no simple eigenvalue"),
    "nothing": ({"scheme": schemes.runge_kutta("still", [[], [1]], [1, -1])}, "u' = 0"),
    "resolvents": (
        {"scheme": "imex_euler", "block": {"f": "symmetric", "g": "diffusion"}, "widths": (4,)},
        "resolvents",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", REFUSED)
def test_networks_that_follow_no_equation_are_refused(name):
    options, said = REFUSED[name]
    with pytest.raises((OdenetsError, schemes.SchemeError), match=said):
        ode(build(**{"scheme": "euler", **VECTORS, **options}))


WRONG = {
    "unknown": ({"solver": "rk5"}, "no scheme|rk5"),
    "implicit": ({"solver": "backward_euler"}, "implicit"),
    "learned": ({"solver": "lm2"}, "fix k"),
    "breaks": ({"solver": "euler", "steps": 6}, "multiple of 4"),
    "no steps": ({"solver": "rk4", "steps": 0}, "multiple of 4"),
    "breaks of rk4": ({"solver": "rk4", "steps": 6}, "multiple of 4"),
    "adaptive": ({"solver": "adaptive_heun", "steps": 4}, "own steps"),
    "adjoint": ({"solver": "kutta3", "adjoint": True}, "no method of torchdiffeq"),
    "fields": ({"solver": "revnet"}, "one field"),
    "stages": ({"steps": (4, 4)}, "2 stages"),
    "how": ({"how": "cubic"}, "how = 'cubic'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_solvers_that_do_not_fit_are_refused(name):
    options, said = WRONG[name]
    with pytest.raises((OdenetsError, schemes.SchemeError), match=said):
        ode(made(scheme="euler"), **options)
    with pytest.raises(OdenetsError, match="a twin is of a network"):
        ode(torch.nn.Linear(3, 3))


def test_a_history_asks_for_equal_steps():
    net = made(scheme="lm2")
    with pytest.raises(OdenetsError, match="keeps a history"):
        ode(net, "ab2")(rows())
    assert ode(made(scheme="lm2", values={"k": "1/3"}), "ab2")(rows()).isfinite().all()


def test_a_solver_that_gives_up_says_where():
    net = made(scheme="euler")
    with pytest.raises(OdenetsError, match=r"dopri5 gave up in interval 1 of stage 1 \(max_num_steps"):
        ode(net, rtol=1e-10, options={"max_num_steps": 2})(rows())
    with pytest.raises(OdenetsError, match=r"gave up|not finite"):
        ode(net)(rows() * float("nan"))
    with pytest.raises(OdenetsError, match="not finite behind interval 1 of stage 1"):
        ode(net, "rk4")(rows() * float("nan"))
    with pytest.raises(OdenetsError, match="not finite behind stage 1"):
        ode(net, "rk4_classic")(rows() * float("nan"))


def test_a_history_that_goes_on_is_that_of_the_network():
    options = {"scheme": "leapfrog", "history": "project", "transition": "conv", "norm": "group"}
    net = build(widths=(4, 8), layers=(3, 3), **options).double().eval()
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    assert torch.equal(ode(net, "leapfrog")(images), net(images))
    with pytest.raises(OdenetsError, match="hands its history on"):
        ode(net)


@pytest.mark.parametrize("options", [{"solver": "fixed-point"}, {"unroll": 3}], ids=str)
def test_implicit_networks_follow_the_same_equation(options):
    """Backward Euler's steps tend to the ODE that Euler's tend to."""
    net = made(scheme="backward_euler", **options)
    other = made(scheme="euler")
    other.load_state_dict(net.state_dict())
    torch.testing.assert_close(ode(net, "rk4_classic")(rows()), ode(other, "rk4_classic")(rows()), rtol=0, atol=1e-12)


def test_a_field_on_several_components_is_no_split_scheme():
    """One block on both halves: a scheme of one field on the whole state, or none."""
    both = schemes.formula("both", lambda f, x, y: (x + f(y), y + f(x)), states=("x[n]", "y[n]"))
    net = made(scheme=both)
    assert ode(net, "heun2")(rows()).isfinite().all()
    with pytest.raises(OdenetsError, match="one field"):
        ode(net, both)
