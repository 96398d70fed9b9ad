"""Paths: steps are those of the table, moments exact ones, gradients those of a loop; memory does not grow."""

import weakref
from fractions import Fraction
from math import comb, cos, exp, sin, sqrt

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import schemes
from odenets import OdenetsError, noise
from odenets.noise import Walk, paths
from odenets.noise.timed import Timed
from odenets.noise.walks import root, tables
from schemes import Bernoulli, Normal, SchemeError, random
from schemes.diffusion import diffusive
from schemes.laws import ThreePoint, TwoPoint

EULER = schemes.get("euler_maruyama")
LINEAR = {"f": lambda u: u / 2, "g": lambda u: 2 * u / 5}
ROUNDING = {"rtol": 1e-13, "atol": 1e-13}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def ones(count, d=1):
    return torch.ones(count, d, dtype=torch.float64)


def entries():
    """All of the registry with random coefficients that are drawn alone, at numbers, and an h."""
    for name in schemes.names(explicit=True):
        scheme = schemes.get(name)
        scheme = scheme.at(**dict.fromkeys((*scheme.role("chosen"), *scheme.role("learned")), "1/3"))
        laws = [p.value for p in scheme.parameters if p.kind == "random"]
        if laws and all(law.together is None for law in laws) and not scheme.history:
            yield pytest.param(scheme, "1/10" if name == "milstein" else "1/16", id=name)


FUNCTIONS = {"f": sin, "g": cos, "f1": sin, "f2": cos, "one": lambda u: 1.0}
TENSORS = {"f": torch.sin, "g": torch.cos, "f1": torch.sin, "f2": torch.cos}


@pytest.mark.parametrize(("scheme", "h"), entries())
def test_a_path_is_the_interpreters(scheme, h):
    """The four matrices at given numbers, path by path, in the interpreter of schemes."""
    steps, x = 2, Fraction(h)
    names = [p.name for p in scheme.coefficients if p.kind == "random"]
    drawn = {name: [[Fraction(n + i - 1, i + 2) for i in range(2)] for n in range(steps)] for name in names}
    given = {
        name: torch.tensor([[float(xi) for xi in row] for row in rows], dtype=torch.float64)[..., None]
        for name, rows in drawn.items()
    }
    fields = {field: TENSORS[field] for field in scheme.fields if field != "one"}
    found = paths(scheme, fields, ones(2), h=h, steps=steps, given=given)
    for i in range(2):
        states = schemes.initial(scheme, 1.0)
        for n in range(steps):
            table = diffusive(scheme).at(root_h=Fraction(sqrt(x)), **{name: xi[n][i] for name, xi in drawn.items()})
            states = schemes.step(table, FUNCTIONS, states, float(x))
        assert found[i].item() == pytest.approx(states[0], rel=1e-12)


def test_a_history_begins_with_the_start_scheme():
    scheme = schemes.get("lm2_stochastic_depth", k="1/3", p="1/2")
    eta = torch.tensor([1.0, 0.0, 1.0], dtype=torch.float64).reshape(3, 1, 1).expand(3, 4, 1)
    found = paths(scheme, torch.sin, ones(4), h="1/4", steps=3, given={"eta": eta})
    u, before = ones(4), None
    for e in (1, 0, 1):
        move = (1 / 8 + (e - 1 / 2) / 2) * torch.sin(u)  # h E[w] + √h (w - E w), of the start scheme as well
        u, before = (u if before is None else 2 / 3 * u + 1 / 3 * before) + move, u
    torch.testing.assert_close(found, u, **ROUNDING)


@settings(max_examples=30, deadline=None)
@given(st.fractions("1/1000", 10, max_denominator=1000))
def test_a_root_is_exact_or_rounded(x):
    assert root(x * x) == x
    assert abs(root(x) ** 2 / x - 1) < 1e-15


def test_each_path_draws_for_itself_what_a_batch_would_share():
    scheme = schemes.get("stochastic_depth", p="1/2").at(eta=random(Bernoulli("1/2"), per="batch"))
    assert len(paths(scheme, torch.ones_like, ones(64, 3), h=1, steps=3).unique(dim=0)) > 3
    ends = paths(scheme, torch.ones_like, ones(64, 3), h=1, steps=3)
    assert (ends == ends[:, :1]).all()  # one draw for all numbers of a path
    noisy = paths(schemes.get("gaussian_noise", sigma=1), torch.zeros_like, ones(64, 3), h=1, steps=1)
    assert len(noisy.unique()) == noisy.numel()


LAWS = {"normal": Normal(0, 1), "two": TwoPoint(), "three": ThreePoint()}


@pytest.mark.parametrize("law", LAWS)
def test_moments_of_a_linear_equation_are_exact(law):
    """E u^n of u' = u (1 + a h + b √h ξ) is the product of those of the factor, E of which the laws know."""
    h, steps, count = Fraction(1, 16), 16, 100_000
    scheme = EULER.at(xi=random(LAWS[law], per="sample"))
    found = paths(
        scheme, LINEAR, torch.ones(1, dtype=torch.float64).expand(count, 1), h=h, steps=steps, moments=(1, 2, 3, 4)
    )
    drift, size = 1 + h / 2, Fraction(2, 5) / 4

    def factor(n):
        return sum((comb(n, j) * drift ** (n - j) * size**j * LAWS[law].moment(j) for j in range(n + 1)), Fraction(0))

    for n, mean, error in zip(found.orders, found.values[0].flatten(), found.errors[0].flatten(), strict=True):
        assert abs(float(mean) - float(factor(n)) ** steps) < 4 * float(error)
        variance = float(factor(2 * n)) ** steps - float(factor(n)) ** (2 * steps)
        assert float(error) == pytest.approx(sqrt(variance / count), rel=0.2)


def test_moments_on_the_way_are_those_of_shorter_paths():
    low = paths(EULER, LINEAR, ones(50), h="1/8", steps=8, moments=(1, 2), every=2)
    assert low.steps == (2, 4, 6, 8) and low.values.shape == (4, 2, 1) and low.paths == 50
    torch.manual_seed(0)
    (short,) = [paths(EULER, LINEAR, ones(50), h="1/8", steps=4)]
    torch.manual_seed(0)
    low = paths(EULER, LINEAR, ones(50), h="1/8", steps=8, moments=(1, 2), every=2)
    torch.testing.assert_close(low.values[1, :, 0], torch.stack([short.mean(), short.square().mean()]), **ROUNDING)
    low, high = low.interval(2.0)
    assert (low < high).all()


def test_pieces_change_nothing_but_the_draws(monkeypatch):
    given = {"xi": torch.randn(4, 33, 1, dtype=torch.float64)}
    whole = paths(EULER, LINEAR, ones(33, 2), h="1/4", steps=4, given=given)
    sums = paths(EULER, LINEAR, ones(33, 2), h="1/4", steps=4, given=given, moments=(1, 3))
    monkeypatch.setattr("odenets.noise.running.PIECE", 10)
    assert torch.equal(paths(EULER, LINEAR, ones(33, 2), h="1/4", steps=4, given=given), whole)
    parts = paths(EULER, LINEAR, ones(33, 2), h="1/4", steps=4, given=given, moments=(1, 3))
    torch.testing.assert_close(parts.values, sums.values, **ROUNDING)
    torch.testing.assert_close(parts.errors, sums.errors, **ROUNDING)


def test_several_components_are_a_tuple():
    scheme = schemes.formula(
        "oscillator",
        lambda f, g, one, x, y: (x + f(y), y + g(x) + schemes.symbol("xi") * one(x)),
        states=("x[n]", "y[n]"), fields=("f", "g", "one"),
        parameters=(schemes.Parameter("xi", "random", Normal(0, 1), "sample"),),
    )  # fmt: skip
    xi = torch.randn(2, 5, 1, dtype=torch.float64)
    x, y = paths(scheme, {"f": torch.sin, "g": torch.cos}, (ones(5), ones(5)), h="1/4", steps=2, given={"xi": xi})
    a, b = ones(5), ones(5)
    for n in range(2):
        a, b = a + torch.sin(b) / 4, b + torch.cos(a) / 4 + xi[n] / 2
    torch.testing.assert_close(torch.cat([x, y]), torch.cat([a, b]), **ROUNDING)


class Slope(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a, dtype=torch.float64))

    def forward(self, u):
        return self.a * torch.sin(u)


def test_gradients_are_those_of_a_loop_by_hand():
    f, g, xi = Slope(0.5), Slope(0.3), torch.randn(9, 20, 1, dtype=torch.float64)
    u0 = ones(20).requires_grad_()
    found = paths(EULER, {"f": f, "g": g}, u0, h="1/9", steps=9, given={"xi": xi})
    u = u0
    for n in range(9):
        u = u + f(u) / 9 + xi[n] / 3 * g(u)
    for ours, own in zip(*(torch.autograd.grad(x.square().sum(), (f.a, g.a, u0)) for x in (found, u)), strict=True):
        torch.testing.assert_close(ours, own, **ROUNDING)
    assert not paths(EULER, {"f": f, "g": g}, u0, h="1/9", steps=9, moments=(1,)).values.requires_grad


@pytest.mark.parametrize(("count", "steps"), [(1000, 4), (1000, 40), (5000, 4)])
def test_memory_of_moments_depends_neither_on_steps_nor_on_paths(monkeypatch, count, steps):
    """How many states that the field was given are still there when it is given the next one, and of which size."""
    monkeypatch.setattr("odenets.noise.running.PIECE", 1000)
    alive, most = weakref.WeakSet(), 0

    def field(u):
        nonlocal most
        alive.add(u)
        most = max(most, sum(len(x) for x in alive))
        return u / 2

    start = torch.ones(1, dtype=torch.float64).expand(count, 1)
    paths(EULER, {"f": field, "g": torch.cos}, start, h="1/9", steps=steps, moments=(1, 2))
    assert most <= 2000


def test_a_field_of_time_sees_the_start_of_each_step():
    seen = []
    field = Timed(lambda t, u: seen.append(t) or t * u)
    paths(EULER, {"f": field, "g": torch.zeros_like}, ones(2), h="1/4", steps=4)
    assert seen == [0, 0.25, 0.5, 0.75]


def test_a_walk_in_evaluation_is_its_mean_and_fields_keep_their_mode():
    f = nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.5)).double().eval()
    walk = Walk(EULER, {"f": f, "g": torch.cos}, "1/4")
    assert walk.training and not f.training
    u = ones(3)
    assert len(walk(u, 2).unique()) == 3
    walk.eval()
    torch.testing.assert_close(walk(u, 1), u + f(u) / 4, **ROUNDING)
    assert list(walk.parameters()) == list(f.parameters())


def test_a_scheme_without_noise_is_itself():
    found = paths(schemes.get("rk4_classic"), lambda u: u, ones(2), h="1/10", steps=10)
    torch.testing.assert_close(found, ones(2) * exp(1), rtol=1e-5, atol=0)


def test_the_first_tables_and_all_others():
    assert [table.stages for table in tables(EULER, 0.01)] == [2]
    assert len(tables(schemes.get("lm2_stochastic_depth", k=0, p=1), 1)) == 2


REFUSED = {
    "h": ({"h": 0}, OdenetsError, "size of a step"),
    "steps": ({"steps": 0}, OdenetsError, "steps = 0"),
    "half a step": ({"steps": 1.5}, OdenetsError, "steps = 1.5"),
    "one function": ({"fields": torch.sin}, OdenetsError, "fields f, g"),
    "missing": ({"fields": {"f": torch.sin}}, OdenetsError, "'g'"),
    "no such field": ({"noise": {"q"}}, SchemeError, "no field 'q'"),
    "moment": ({"moments": (0,)}, OdenetsError, "moment 0"),
    "every": ({"moments": (1,), "every": 9}, OdenetsError, "every = 9"),
    "given": ({"given": {"zeta": torch.zeros(2, 3, 1)}}, OdenetsError, "no 'zeta'"),
    "few": ({"given": {"xi": torch.zeros(1, 3, 1)}}, OdenetsError, "1 steps of 2"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_path_is_refused(case):
    change, error, said = REFUSED[case]
    options = {"scheme": EULER, "fields": LINEAR, "u0": ones(3), "h": "1/4", "steps": 2, **change}
    with pytest.raises(error, match=said):
        paths(options.pop("scheme"), options.pop("fields"), options.pop("u0"), **options)


def test_every_name_of_the_package_is_there():
    assert all(getattr(noise, name) is not None for name in noise.__all__)
    with pytest.raises(AttributeError, match="no attribute 'sound'"):
        _ = noise.sound
