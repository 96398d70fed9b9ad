"""Stochastic twins: drift and diffusion as the table has them, moments against exact ones and against the network."""

from dataclasses import replace
from fractions import Fraction
from math import exp, sqrt

import pytest
import torch

import schemes
from odenets import Field, OdenetsError, build
from odenets.continuous import sde
from schemes import Bernoulli, Normal, dropped, formula, random

VECTORS = {"block": "mlp", "layers": (3,), "widths": (4,), "channels": 3, "classes": 2}
SAMPLES = schemes.get("stochastic_depth", p="1/2").at(eta=random(Bernoulli("1/2"), per="sample"))
A, B = schemes.symbol("a"), schemes.symbol("b")
TWO = formula(
    "two",
    lambda f, g, u: u + A * f(u) + B * g(u),
    fields=("f", "g"),
    parameters=(replace(random(Bernoulli("1/2")), name="a"), replace(random(Normal(1, 2)), name="b")),
)
ETA = replace(random(Bernoulli("1/2"), per="element"), name="eta")
BOTH = formula(
    "both",
    lambda f, g, x, y: (x + schemes.symbol("eta") * f(y), y + schemes.symbol("eta") * g(x)),
    fields=("f", "g"),
    states=("x[n]", "y[n]"),
    parameters=(ETA,),
)


def made(**options):
    torch.manual_seed(0)
    return build(**{**VECTORS, **options}).double()


def state():
    return torch.randn(5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


FORMULAS = {
    "stochastic_depth": ({"values": {"p": "4/5"}}, lambda s, u: 0.8 * s.f(u), lambda s, u: [0.4 * s.f(u)]),
    "shake_shake": (
        {"block": {"f1": "mlp", "f2": "mlp"}},
        lambda s, u: (s.f1(u) + s.f2(u)) / 2,
        lambda s, u: [(s.f1(u) - s.f2(u)) / sqrt(12)],
    ),
    "gaussian_noise": ({"values": {"sigma": "1/3"}}, lambda s, u: s.f(u), lambda s, u: [torch.full_like(u, 1 / 3)]),
    "lm2_stochastic_depth": (
        {"values": {"k": "1/4", "p": "1/2"}},
        lambda s, u: 0.4 * s.f(u),
        lambda s, u: [0.4 * s.f(u)],
    ),
    "two": (
        {"scheme": TWO, "block": {"f": "mlp", "g": "mlp"}},
        lambda s, u: s.f(u) / 2 + s.g(u),
        lambda s, u: [s.f(u) / 2, 2 * s.g(u)],
    ),
    "euler_maruyama": (
        {"block": {"f": "mlp", "g": "mlp"}},
        lambda s, u: s.f(u),
        lambda s, u: [s.g(u)],
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_drift_and_diffusion_are_those_of_the_paper(name):
    """Lu et al. 2018, section 3; the slow motion of lm2 divides both by 1 + k. The network scales both by h a step."""
    options, drift, diffusion = FORMULAS[name]
    for h, scaling, size, time in ((1, "limit", 1, 1), ("1/4", "network", 0.25, 1), ("1/4", "limit", 1, 0.25)):
        twin = sde(made(**{"scheme": name, "h": h, **options}), scaling=scaling)
        for leg, step in zip(twin.solvers[0].legs, twin.network.stages[0].steps, strict=True):
            torch.testing.assert_close(leg.both(state())[0], size * drift(step, state()), rtol=0, atol=1e-15)
            for found, expected in zip(leg.both(state())[1], diffusion(step, state()), strict=True):
                torch.testing.assert_close(found, size * expected, rtol=0, atol=1e-15)
        assert twin.times == [3 * Fraction(time)]


def test_weights_that_are_drawn_together_have_the_noise_of_their_covariance():
    """Drop-path without global draws, Var w = p (2 - p)/4; ShakeDrop, part of whose weight is drawn for a batch."""
    net = made(scheme="fractalnet_drop_path", values={"columns": "2", "share": "0", "p": "1/2"})
    (leg, *_), step = sde(net, scaling="limit").solvers[0].legs, net.stages[0].steps[0]
    f1, f2, f3 = (getattr(step, name)(state()) for name in step.block_names)
    torch.testing.assert_close(leg.both(state())[0], (f1 + f2 + f3) / 2, rtol=0, atol=1e-15)
    (noise,) = leg.both(state())[1]
    torch.testing.assert_close(noise, sqrt(3 / 16) * (f1 - f2 - f3), rtol=0, atol=1e-15)

    shake = sde(made(scheme="shake_drop", values={"p": "1/4"})).solvers[0].legs[0]
    batch, sample = shake.both(state())[1]
    assert shake.spreads == ["batch", "sample"]
    # 1 with probability p, else uniform on [-1, 1]: p (1 - p) is shared, (1 - p)/3 is of each sample
    ratios = {"batch": batch / shake.both(state())[0], "sample": sample / shake.both(state())[0]}
    for per, size in {"batch": 4 * sqrt(3 / 16), "sample": 2.0}.items():
        torch.testing.assert_close(ratios[per], torch.full_like(batch, size), rtol=1e-12, atol=0)


def linear(count, h, a=1.0):
    """A network of u' = u + η h a u, whose samples draw for themselves."""
    net = made(scheme=SAMPLES, layers=(count,), h=h, channels=1)
    for step in net.stages[0].steps:
        step.f = Field(lambda u: a * u)
    return net


def paths(twin, count):
    """Samples of the state at the end, from 1."""
    (solver,) = twin.solvers
    return solver((torch.ones(count, 1, dtype=torch.float64),))[0].flatten()


def moments(step, second, steps):
    """E X and E X² of so many steps that multiply both by these factors."""
    return step**steps, second**steps


EULER = (1 + 1 / 40) ** 2 + 1 / 80
KNOWN = {
    "euler": (0.05, moments(1 + 1 / 40, EULER, 40)),  # X' = X (1 + dt/2 + ΔB/2)
    "milstein": (0.05, moments(1 + 1 / 40, EULER + 2 * 0.05**2 / 64, 40)),  # and X (ΔB² - dt)/8
    "srk": (0.25, (exp(1), exp(2.5))),  # of weak order 1.5: the equation itself
}


@pytest.mark.parametrize("method", KNOWN)
@torch.no_grad()
def test_moments_are_those_of_the_equation(method):
    """dX = X/2 dt + X/2 dB over T = 2: E X = e^(T/2), E X² = e^((1 + 1/4) T), and those of the solver's steps."""
    dt, expected = KNOWN[method]
    twin = sde(linear(2, 1), method, dt).train()
    torch.manual_seed(1)
    x = paths(twin, 20_000)
    for found, moment in zip((x, x * x), expected, strict=True):
        assert abs(found.mean() - moment) < 4 * found.std() / sqrt(20_000)


@torch.no_grad()
def test_moments_are_those_of_the_network():
    """Ten steps of h = 1/20: mean and variance are the same to O(h), within the error of sampling."""
    net, count = linear(10, "1/20"), 20_000
    torch.manual_seed(1)
    x = paths(sde(net, "euler", 0.5).train(), count)
    u = torch.ones(count, 1, dtype=torch.float64)
    for step in net.train().stages[0].steps:
        u = step(u)
    assert abs(x.mean() - u.mean()) < 4 * sqrt((x.var() + u.var()) / count) + 1 / 400
    assert abs(x.var() / u.var() - 1) < 4 * sqrt(4 / count) + 1 / 20
    assert x.var() < 0.02 < paths(sde(net, "euler", 0.5 / 20, scaling="limit").train(), count).var()


def test_in_evaluation_it_is_the_mean():
    """One Euler step a step is the network, bit for bit."""
    for name in ("stochastic_depth", "shake_shake", "gaussian_noise"):
        options = {"block": {"f1": "mlp", "f2": "mlp"}} if name == "shake_shake" else {}
        net = made(scheme=name, **options).eval()
        x = torch.randn(5, 3, dtype=torch.float64)
        torch.testing.assert_close(sde(net, "euler", 1.0).eval()(x), net(x), rtol=0, atol=1e-15)


def test_noise_is_drawn_as_the_coefficient_is():
    x = torch.ones(4, 3, dtype=torch.float64)
    for per in ("batch", "sample"):
        scheme = schemes.get("stochastic_depth", p="1/2").at(eta=random(Bernoulli("1/2"), per=per))
        twin = sde(made(scheme=scheme)).train()
        torch.manual_seed(5)
        first = twin(x)
        assert torch.allclose(first[0], first[1], rtol=0, atol=1e-12) == (per == "batch")
        torch.manual_seed(5)
        assert torch.equal(twin(x), first)
    twin = sde(made(scheme="gaussian_noise", values={"sigma": "1"}))
    (noise,) = twin.solvers[0].legs[0].both(state())[1]
    assert twin.solvers[0].legs[0].spreads == ["element"] and noise.shape == state().shape


@pytest.mark.parametrize("scheme", [SAMPLES, "euler_maruyama"], ids=["f f dB", "f g dB"])
def test_the_adjoint_has_the_same_gradient(scheme):
    """Also that of blocks that are in the diffusion alone."""
    block = "mlp" if scheme is SAMPLES else {"f": "mlp", "g": "mlp"}
    found = []
    for adjoint in (False, True):
        twin = sde(made(scheme=scheme, layers=(1,), block=block), "milstein", 1 / 200, adjoint=adjoint).train()
        torch.manual_seed(0)
        twin(torch.ones(3, 3, dtype=torch.float64)).square().sum().backward()
        found.append([p.grad for p in twin.network.stages.parameters()])
    for direct, other in zip(*found, strict=True):
        assert (direct - other).norm() < 0.05 * direct.norm() > 0


REFUSED = {
    "no noise": ({"scheme": "euler"}, {}, "draws no coefficient"),
    "drop-path": ({"scheme": "fractalnet_drop_path", "block": "mlp"}, {}, "share = 0"),
    "components": ({"scheme": BOTH, "block": {"f": "mlp", "g": "mlp"}}, {}, "several components"),
    "stages": ({"scheme": "heun_stratonovich", "block": {"f": "mlp", "g": "mlp"}}, {}, "read the noise"),
    "methods": ({"scheme": TWO, "block": {"f": "mlp", "g": "mlp"}}, {"method": "srk"}, "take euler"),
    "method": ({"scheme": "shake_shake"}, {"method": "heun"}, "Itô"),
    "scaling": ({"scheme": "shake_shake"}, {"scaling": "half"}, "scaling"),
    "dt": ({"scheme": "shake_shake"}, {"dt": 0}, "positive"),
    "h": ({"scheme": "shake_shake", "h": "learned(1)"}, {"scaling": "limit"}, "h is learned"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_such_equation_is_refused(name):
    options, given, said = REFUSED[name]
    with pytest.raises(OdenetsError, match=said):
        sde(made(**options), **given)


@pytest.mark.parametrize("weights", ["", "linear:2", "constant:2 h=1/2"])
def test_in_evaluation_each_step_is_of_its_own_blocks(weights):
    """Also where they are blends of knots at the depth of the step, which has an h of its own."""
    net = made(scheme="stochastic_depth", weights=weights).eval()
    x = torch.randn(5, 3, dtype=torch.float64)
    torch.testing.assert_close(sde(net, dt=1).eval()(x), net(x))
    times = sde(net, scaling="limit").times
    assert times == [Fraction(3, 2) if "h" in weights else 3]


def test_noise_in_a_mode_that_stays_is_refused():
    """Leapfrog keeps noise in its root -1: f = 1, p = 1/2, 64 steps have the variance 32.5, the slow equation 16."""
    with pytest.raises(OdenetsError, match="leapfrog_dropped has a mode of size 1 beside the slow ones"):
        sde(made(scheme=dropped(schemes.get("leapfrog"))))
    sde(made(scheme=dropped(schemes.get("ab2"))))
