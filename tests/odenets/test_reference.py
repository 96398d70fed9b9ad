"""The same equation by torchsde: on one Brownian path to rounding or to the strong order, and what it cannot take."""

import warnings
from math import exp, log2, sqrt

import pytest
import torch

import schemes
from analysis.stochastic.limits import sde_limit
from odenets import OdenetsError
from odenets.continuous.by_torchsde import Equation, GridWarning, brownian, missing, solved, units
from odenets.noise import Dynamics, areas, increments, paths, reference
from odenets.noise.timed import Timed
from schemes import Bernoulli, Normal, random

FIELDS = {"f": torch.sin, "g": lambda u: 2 / 5 * torch.cos(u)}
EULER, MILSTEIN = schemes.get("euler_maruyama"), schemes.get("milstein")


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def ones(count, d=1):
    return torch.ones(count, d, dtype=torch.float64)


# ---- path by path --------------------------------------------------------------------------------------------------

TWINS = {
    "euler_maruyama": "euler",
    "euler_heun": "euler_heun",
    "heun_stratonovich": "heun",
    "midpoint_stratonovich": "midpoint",
}


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("steps", [8, 30])
def test_the_same_method_on_the_same_brownian_path_is_the_same_to_rounding(name, steps):
    scheme, u0 = schemes.get(name), ones(40)
    motion = brownian(40, 1, 120, like=u0)
    ours = paths(scheme, FIELDS, u0, h=f"1/{steps}", steps=steps, given={"xi": increments(motion, steps)})
    theirs = reference(scheme, FIELDS, u0, time=1.0, steps=steps, method=TWINS[name], motion=motion)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_milstein_without_derivatives_has_the_strong_order_of_milstein():
    """RMS distances at T = 1 to a fine solution, and of both methods to each other, of order 1; Euler's is 1/2."""
    fields, u0, counts = {"f": torch.sin, "g": torch.cos}, ones(400), (16, 32, 64, 128)
    motion = brownian(400, 1, 512, areas=True, like=u0)
    fine = reference(MILSTEIN, fields, u0, time=1.0, steps=512, method="srk", motion=motion)
    errors = {"ours": [], "theirs": [], "apart": [], "euler": []}
    for steps in counts:
        xi = {"xi": increments(motion, steps)}
        ours, euler = (paths(scheme, fields, u0, h=f"1/{steps}", steps=steps, given=xi) for scheme in (MILSTEIN, EULER))
        theirs = reference(MILSTEIN, fields, u0, time=1.0, steps=steps, method="milstein", motion=motion)
        for name, gap in zip(errors, (ours - fine, theirs - fine, ours - theirs, euler - fine), strict=True):
            errors[name].append(gap.square().mean().sqrt().item())
    order = {name: log2(row[0] / row[-1]) / 3 for name, row in errors.items()}
    assert all(abs(order[name] - 1) < 0.15 for name in ("ours", "theirs", "apart")), order
    assert order["euler"] < 0.75


def test_platen_and_roessler_have_strong_order_three_halves_on_one_path():
    """platen15 with ∫ B dt of torchsde's Brownian motion, against a fine solution and torchsde's srk."""
    fields, u0, counts = {"f": torch.sin, "g": torch.cos}, ones(200), (16, 64)
    motion = brownian(200, 1, 512, areas=True, like=u0)
    scheme, errors = schemes.get("platen15"), []
    fine = reference(scheme, fields, u0, time=1.0, steps=512, method="srk", motion=motion)
    for steps in counts:
        given = {"xi": increments(motion, steps), "zeta": areas(motion, steps)}
        ours = paths(scheme, fields, u0, h=f"1/{steps}", steps=steps, given=given)
        errors.append((ours - fine).square().mean().sqrt().item())
    assert abs(log2(errors[0] / errors[1]) / 2 - 1.5) < 0.15
    xi, zeta = increments(motion, 512).flatten(), areas(motion, 512).flatten()
    assert abs(zeta.var() - 1 / 12) < 0.002 and abs((xi * zeta).mean()) < 5 * sqrt(1 / 12 / len(xi))
    with pytest.raises(OdenetsError, match="areas=True"):
        areas(brownian(1, 1, 8), 4)


def test_both_forms_of_an_equation_have_the_same_solution():
    """Itô's srk and Stratonovich's heun on one path: the drift differs by g'g/2, a Jacobian times a vector."""
    u0 = ones(50)
    motion = brownian(50, 1, 60, areas=True, like=u0)
    ends = []
    for name in ("milstein", "heun_stratonovich"):
        for method in ("srk", "heun"):
            fields = {"f": torch.sin, "g": torch.cos}
            ends.append(reference(schemes.get(name), fields, u0, time=1.0, steps=60, method=method, motion=motion))
    apart = [[(a - b).square().mean().sqrt().item() for a in ends] for b in ends]
    assert max(apart[0][1], apart[2][3]) < 0.02 < 0.1 < apart[0][2]
    ito = Dynamics(schemes.get("heun_stratonovich"), FIELDS, form="ito")
    u = torch.linspace(-2, 2, 9, dtype=torch.float64)[:, None]
    drift, (noise,) = ito.both(u)
    torch.testing.assert_close(drift, torch.sin(u) - 4 / 25 / 2 * torch.sin(u) * torch.cos(u))
    torch.testing.assert_close(noise, FIELDS["g"](u))


def test_a_field_of_time_sees_the_time_of_its_step():
    fields = {"f": Timed(lambda t, u: torch.sin(3 * t + u)), "g": Timed(lambda t, u: torch.cos(t + u))}
    u0 = ones(10)
    motion = brownian(10, 1, 12, like=u0)
    ours = paths(EULER, fields, u0, h="1/6", steps=12, given={"xi": increments(motion, 12)})
    theirs = reference(EULER, fields, u0, time=2.0, steps=12, motion=motion)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


# ---- drift and noises ----------------------------------------------------------------------------------------------


def test_drift_and_noises_are_those_of_the_paper():
    """Lu et al. 2018, section 3."""
    u = torch.linspace(-1, 1, 5, dtype=torch.float64)[:, None]
    f, g = torch.sin, torch.cos
    cases = {
        "stochastic_depth": (f, {"p": "4/5"}, 0.8 * f(u), [0.4 * f(u)]),
        "shake_shake": ({"f1": f, "f2": g}, {}, (f(u) + g(u)) / 2, [(f(u) - g(u)) / sqrt(12)]),
        "gaussian_noise": (f, {"sigma": "1/3"}, f(u), [torch.full_like(u, 1 / 3)]),
        "lm2_stochastic_depth": (f, {"k": "1/4", "p": "1/2"}, 0.4 * f(u), [0.4 * f(u)]),
    }
    for name, (fields, values, drift, noises) in cases.items():
        found, own = Dynamics(schemes.get(name, **values), fields).both(u)
        torch.testing.assert_close(found, drift)
        for ours, expected in zip(own, noises, strict=True):
            torch.testing.assert_close(ours, expected)


def test_a_limit_may_be_given_in_place_of_its_scheme():
    u0 = ones(5)
    motion = brownian(5, 1, 4, like=u0)
    found = [reference(x, FIELDS, u0, time=1, steps=4, motion=motion) for x in (EULER, sde_limit(EULER))]
    assert torch.equal(*found)


def test_diagonals_and_blocks_of_a_derivative():
    """Noise per element that a stage reads drifts by diag(g') g; a field that mixes elements tells it from g'g."""
    mix = torch.tensor([[1.0, 2.0], [-3.0, 0.5]], dtype=torch.float64)
    per_element = schemes.get("euler_heun").at(xi=random(Normal(0, 1), per="element"))
    u = torch.randn(4, 2, dtype=torch.float64)
    fields = {"f": torch.zeros_like, "g": lambda u: u @ mix}
    drift, _ = Dynamics(per_element, fields, form="ito").both(u)
    torch.testing.assert_close(drift, (u @ mix) * mix.diagonal() / 2)
    drift, _ = Dynamics(schemes.get("euler_heun"), fields, form="ito").both(u)
    torch.testing.assert_close(drift, u @ mix @ mix / 2)


SPREAD = {
    ("sample",): "scalar", ("element",): "diagonal", ("sample", "sample"): "general", ("sample", "element"): "general",
    ("channel",): "general", ("batch",): "scalar", (): "scalar",
}  # fmt: skip


@pytest.mark.parametrize("spreads", SPREAD, ids=str)
def test_noise_is_shared_as_it_is_drawn(spreads):
    """Over one unit of noise alone the covariance of two numbers is 1 where they share a draw, in each spread."""
    shape = torch.Size((2000, 3, 2))
    u = torch.zeros(shape, dtype=torch.float64)
    equation = Equation(lambda z: (torch.zeros_like(z), [torch.ones_like(z)] * len(spreads)), spreads, shape, 1.0)
    assert equation.noise_type == SPREAD[spreads]
    end = solved(equation, u, 1, 1, "euler").reshape(2000, 6)
    if spreads in ((), ("batch",)):
        assert (end == end[0, 0]).all()
        return
    one, same = torch.eye(6), torch.ones(6, 6)
    blocks = torch.kron(torch.eye(3), torch.ones(2, 2))
    parts = {"sample": same, "channel": blocks, "element": one}
    expected = sum(parts[per] for per in spreads).double()
    assert (torch.cov(end.T) - expected).abs().max() < 5 * expected.max() * sqrt(2 / 2000)


# ---- grids ---------------------------------------------------------------------------------------------------------


def test_a_grid_that_misses_its_end_is_told():
    """0.01 added up a hundred times is 0.99999934 in single precision: torch.arange counts, torchsde adds."""
    total = torch.zeros(())
    for _ in range(100):
        total = total + 0.01
    assert missing(1.0, 0.01, torch.float32) == pytest.approx(1 - total.item())
    with pytest.warns(GridWarning, match="miss 1.0 by 6.6e-07"):
        assert units(1.0, 0.01) == 100
    with pytest.warns(GridWarning, match=r"no whole number of steps of 0\.3: taken are 4 of 0\.25"):
        assert units(1.0, 0.3) == 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert units(1.0, 1 / 64) == 64 and units(0.5, 0.125) == 4
        reference(EULER, FIELDS, ones(2), time=1.0, dt=1 / 8)


@pytest.mark.parametrize("steps", [10, 100])
def test_a_solution_takes_as_many_steps_as_it_is_told(steps):
    """Three evaluations check shapes: torchsde's own grid of T = 1 and N = 100 would take one step more."""
    calls = []
    fields = {**FIELDS, "f": lambda u: calls.append(1) or torch.sin(u)}
    reference(EULER, fields, torch.ones(3, 1), time=1.0, steps=steps)
    assert len(calls) == steps + 3


def test_moments_are_those_of_the_equation():
    """dX = X/2 dt + 2/5 X dB: E X = e^(T/2), E X² = e^((1 + 4/25) T)."""
    x = reference(
        EULER, {"f": lambda u: u / 2, "g": lambda u: 2 * u / 5}, ones(20_000), time=1.0, steps=20, method="srk"
    )
    for n, moment in ((1, exp(0.5)), (2, exp(1.16))):
        assert abs((x**n).mean() - moment) < 4 * (x**n).std() / sqrt(len(x))


# ---- what is refused -----------------------------------------------------------------------------------------------

MIXED = torch.ones(3, 3, dtype=torch.float64)
TWO = schemes.formula(
    "two",
    lambda f, g, u: u + schemes.symbol("a") * f(u) + schemes.symbol("b") * g(u),
    fields=("f", "g"),
    parameters=(
        schemes.Parameter("a", "random", Bernoulli("1/2"), "sample"),
        schemes.Parameter("b", "random", Normal(1, 2), "sample"),
    ),
)
PER_ELEMENT = EULER.at(xi=random(Normal(0, 1), per="element"))
REFUSED = {
    "method": ({"method": "rk4"}, "euler_heun, heun, midpoint of torchsde"),
    "grids": ({"dt": 0.1}, "give one of them"),
    "no grid": ({"steps": None}, "give one of them"),
    "dt": ({"steps": None, "dt": -1.0}, "positive"),
    "two motions": ({"limit": TWO, "method": "milstein"}, "the equation has 2: take euler"),
    "two motions, srk": ({"limit": TWO, "method": "srk"}, "the equation has 2: take euler"),
    "mixing": (
        {"limit": PER_ELEMENT, "method": "srk", "fields": {"f": torch.sin, "g": lambda u: u @ MIXED}},
        "mixes numbers: take euler",
    ),
    "motion": ({"steps": 3, "motion": brownian(4, 1, 8, like=MIXED)}, "divisor of 8"),
    "field": ({"fields": {"f": torch.sin}}, "field 'g'"),
    "symbol": ({"limit": schemes.get("stochastic_depth", p="p"), "fields": torch.sin}, "depends on p"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_torchsde_cannot_take_is_refused(case):
    change, said = REFUSED[case]
    options = {"limit": EULER, "fields": FIELDS, "u0": ones(4, 3), "time": 1.0, "steps": 4, **change}
    with pytest.raises(OdenetsError, match=said):
        reference(options.pop("limit"), options.pop("fields"), options.pop("u0"), **options)


def test_a_noise_of_each_number_that_mixes_none_is_taken():
    u0 = ones(4, 3)
    for method in ("milstein", "srk"):
        found = reference(PER_ELEMENT, FIELDS, u0, time=1.0, steps=4, method=method)
        assert found.shape == u0.shape and len(found.unique()) == 12


def test_noise_of_a_batch_and_of_samples_is_refused_together():
    with pytest.raises(OdenetsError, match="draw all of it per sample"):
        Equation(lambda z: (z, [z, z]), ("batch", "sample"), torch.Size((2, 2)), 1.0)
    with pytest.raises(OdenetsError, match="none of the Itô form"):
        solved(Equation(lambda z: (z, [z]), ("sample",), torch.Size((2, 2)), 1.0), ones(2, 2), 1, 1, "heun")
    with pytest.raises(OdenetsError, match="3 steps over 8 units"):
        increments(brownian(1, 1, 8), 3)
