"""Sampling, coupling and intervals of weak errors, against exact moments, exact sums over all outcomes, and algebra."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError
from analysis.stochastic import slopes
from analysis.stochastic.levels import PathLevel, Sums
from analysis.stochastic.local import StepLevel, rule
from analysis.stochastic.multilevel import weak_error
from analysis.stochastic.sampling import CommonNumbers, normal_quantile, quantile
from analysis.stochastic.slopes import exponent, shapes, spread
from analysis.stochastic.stepping import Table, at_root, step_tables
from schemes import get, step, symbol
from schemes.laws import Bernoulli, Normal, StudentT, ThreePoint, TwoPoint, Uniform
from schemes.parameters import Parameter

LAWS = [Normal("1/3", 2), Bernoulli("4/5"), TwoPoint(), ThreePoint(), Uniform(-1, 2), StudentT(9)]
GRID = np.array([normal_quantile((i + 0.5) / 20000) for i in range(20000)])


def waves(k):
    return lambda x: 1 + np.sin(x[:, ::-1] + k) / 2


# ---- laws


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_a_normal_number_becomes_one_of_the_law(law):
    x = quantile(law)(GRID)
    assert np.all(np.diff(x) >= 0)
    for n in (1, 2, 3):
        # the midpoint rule cuts the tails at 4.05
        assert np.mean(x**n) == pytest.approx(float(law.moment(n)), rel=2e-2, abs=2e-3)


@pytest.mark.parametrize("law", LAWS[:-1], ids=str)
def test_a_rule_has_the_moments_of_the_law(law):
    for n in range(14):
        assert sum(w * x**n for x, w in rule(law)) == pytest.approx(float(law.moment(n)), rel=1e-11, abs=1e-11)


def test_tails_of_students_law_are_finite_and_odd():
    z = np.array([-30.0, -9.0, 9.0, 30.0])
    x = quantile(StudentT(3))(z)
    assert np.isfinite(x).all() and np.array_equal(x, -x[::-1]) and x[0] < x[1] < -1e3


def test_laws_without_a_number_or_a_quantile_are_refused():
    with pytest.raises(AnalysisError, match="still depends on p: give it a number"):
        quantile(Bernoulli("p"))
    with pytest.raises(AnalysisError, match="drawn together with others"):
        CommonNumbers(get("fractalnet_drop_path").parameters, 1)


# ---- coupling


def merged(noise, values):
    """The merged normal numbers of unit vectors: the rows of a linear map, a column a number of one of two steps."""
    names = list(noise.sizes)
    rows = []
    for k in range(2 * len(names)):
        unit = [{n: np.array([[float(k == i + j * len(names))]]) for i, n in enumerate(names)} for j in (0, 1)]
        rows.append([noise.merged(*unit)[n].item() for n in names])
    return np.array(rows).T


def test_two_steps_make_a_step_with_the_same_law():
    noise = CommonNumbers(get("sriw1").parameters, 3)
    assert noise.areas == {"zeta": "xi"}
    assert merged(noise, 1) @ merged(noise, 1).T == pytest.approx(np.eye(2), abs=1e-15)


@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4), st.floats(0.01, 2))
def test_two_steps_have_the_increment_and_the_double_integral_of_one(z, h):
    # ΔW = √h ξ, ΔZ = ∫∫ dW ds = h^(3/2) (ξ/2 + ζ); over two steps ΔW₁ + ΔW₂ and ΔZ₁ + ΔZ₂ + h ΔW₁
    noise = CommonNumbers(get("sriw1").parameters, 1)
    fine = [{"xi": np.array([[z[i]]]), "zeta": np.array([[z[i + 1]]])} for i in (0, 2)]
    W, Z = [], []
    for draws, size in [(noise.values(d), h) for d in fine] + [(noise.values(noise.merged(*fine)), 2 * h)]:
        xi, zeta = draws["xi"].item(), draws["zeta"].item()
        W.append(size**0.5 * xi)
        Z.append(size**1.5 * (xi / 2 + zeta))
    assert W[2] == pytest.approx(W[0] + W[1], abs=1e-12)
    assert Z[2] == pytest.approx(Z[0] + Z[1] + h * W[0], abs=1e-12)


def test_halves_of_the_paths_have_opposite_noise():
    noise = CommonNumbers([Parameter("xi", "random", Normal(0, 1), "element"), *get("shake_shake").parameters], 3)
    z = noise.normals(np.random.default_rng(0), 10)
    assert z["xi"].shape == (10, 3) and z["eta"].shape == (10, 1)
    assert all(np.array_equal(x[:5], -x[5:]) for x in z.values())


# ---- tables


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(
        ["platen_weak2", "ri1", "sriw2", "shake_shake", "stochastic_depth", "gaussian_noise", "euler_weak"]
    ),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
)
def test_many_paths_step_as_one(name, steps, seed):
    h = Fraction(1, steps)
    table = step_tables(get(name), None, {})(h)
    generator = np.random.default_rng(seed)
    fields = {field: waves(k) for k, field in enumerate(dict.fromkeys(table.fields))}
    states = [generator.standard_normal((4, 2)) for _ in table.states]
    noise = CommonNumbers(table.parameters, 2)
    draws = noise.values(noise.normals(generator, 4))
    found = Table(table, h).step(fields, states, draws)
    for path in range(4):
        numbers = {n: x[path : path + 1] for n, x in draws.items()}
        alone = step(at_root(table, h).at(**numbers), fields, [x[path : path + 1] for x in states], float(h))
        for x, y in zip(found, alone, strict=True):
            assert x[path : path + 1] == pytest.approx(y, rel=1e-9, abs=1e-9)


def test_a_draw_that_divides_is_refused():
    scheme = get("euler_maruyama")
    with pytest.raises(AnalysisError, match="divides by xi, which is random"):
        Table(scheme.mapped(lambda x: x / (1 + symbol("xi")) if x == symbol("xi") else x), Fraction(1, 2))


@given(st.lists(st.lists(st.floats(-10, 10), min_size=1, max_size=9), min_size=1, max_size=4).filter(
    lambda batches: sum(map(len, batches)) > 1
))  # fmt: skip
def test_sums_of_batches_are_those_of_all(batches):
    sums = Sums()
    for x in batches:
        sums.add(np.array(x)[:, None])
    everything = np.concatenate([np.array(x) for x in batches])
    assert sums.mean.item() == pytest.approx(everything.mean(), abs=1e-12)
    assert sums.variance.item() == pytest.approx(everything.var(ddof=1), abs=1e-10)


# ---- differences of levels


def cube(x):
    return x[:, 0] ** 3


def every_outcome(p, steps):
    """E φ(X_1) of stochastic depth by the sum over all 2^N outcomes, the step written out."""
    h, f = 1 / steps, waves(0)
    eta = np.array(list(product([0.0, 1.0], repeat=steps)))
    weights = np.prod(np.where(eta == 1, p, 1 - p), axis=1)
    x = np.zeros((len(eta), 2))
    for k in range(steps):
        x = x + (h * p + np.sqrt(h) * (eta[:, k : k + 1] - p)) * f(x)
    return weights @ cube(x)


def level(kind, name, steps, **values):
    table = step_tables(get(name, **values), None, {})(Fraction(1, steps))
    fields = {field: waves(k) for k, field in enumerate(dict.fromkeys(table.fields))}
    return kind(table, fields, np.zeros(2), Fraction(1), steps, [0, steps])


@pytest.mark.parametrize(("kind", "samples"), [(StepLevel, 300), (PathLevel, 20000)])
@pytest.mark.parametrize("p", [0.5, 0.8])
def test_differences_are_those_of_all_outcomes(kind, samples, p):
    for steps in (2, 4):
        found = level(kind, "stochastic_depth", steps, p=p)
        found.sample([cube], samples)
        (D,), (s,) = found.estimate
        exact = every_outcome(p, steps) - every_outcome(p, 2 * steps)
        assert abs(D - exact) < 3 * s and s < (0.1 * abs(exact) if kind is StepLevel else 0.01)


def test_the_interval_of_a_difference_covers_it_as_often_as_it_says():
    exact = every_outcome(0.5, 4) - every_outcome(0.5, 8)
    found = level(StepLevel, "stochastic_depth", 4, p=0.5)
    inside = 0
    for _ in range(200):
        found.sums = Sums()
        found.sample([cube], 50)
        (D,), (s,) = found.estimate
        inside += abs(D - exact) < 1.96 * s
    assert 180 <= inside <= 198  # of 200; 95 % are 190, and 50 samples know s to a tenth


@pytest.mark.parametrize("name", ["euler_maruyama", "shake_shake", "platen_weak2"])
def test_both_couplings_tell_the_same_difference(name):
    found = []
    for kind, samples in ((StepLevel, 60), (PathLevel, 20000)):
        one = level(kind, name, 2)
        one.sample([cube], samples)
        found.append(one.estimate)
    (a,), (b,) = found[0]
    (c,), (d,) = found[1]
    assert abs(a - c) < 3.5 * np.hypot(b, d)


def test_the_coupled_double_integral_is_right_and_of_small_variance():
    coupled, loose = level(PathLevel, "platen15", 4), level(PathLevel, "platen15", 4)
    for noise in loose.noises:
        noise.areas = {}
    for one in (coupled, loose):
        one.sample([cube], 20000)
    (a,), (b,) = coupled.estimate
    (c,), (d,) = loose.estimate
    assert abs(a - c) < 3.5 * np.hypot(b, d) and b < 0.8 * d


# ---- slopes


def test_two_levels_and_no_next_term_give_fiellers_interval(monkeypatch):
    # |D₀ - 2^β D₁| <= z √(s₀² + 4^β s₁²) has the roots of a quadratic in 2^β: Fieller 1954
    monkeypatch.setattr(slopes, "NEXT", 0.0)
    monkeypatch.setattr(slopes, "REST", 0.0)
    shapes.cache_clear()
    found = exponent(np.array([1.0, 0.4]), np.array([0.05, 0.06]))
    shapes.cache_clear()
    z = 1.959964
    a, b, c = 0.4**2 - (z * 0.06) ** 2, -2 * 0.4, 1 - (z * 0.05) ** 2
    low, high = np.log2(np.sort(np.roots([a, b, c]))).real
    assert found.low == pytest.approx(low, abs=1 / 128) and found.high == pytest.approx(high, abs=1 / 128)


@pytest.mark.parametrize(("order", "following", "power"), [(1, 0.0, 1), (2, 0.4, 1), (0.5, -0.4, 0.5)])
def test_intervals_of_slopes_cover_the_order(order, following, power):
    generator = np.random.default_rng(1)
    l = np.arange(4)
    D = 2.0 ** (-order * l) * (1 + following * 2.0 ** (-power * l))
    covered = decided = 0
    for _ in range(100):
        found = exponent(D + 0.04 * D * generator.standard_normal(4), 0.04 * D)
        covered += found.low <= order <= found.high
        decided += found.order not in (None, order)
    assert covered >= 90 and decided <= 2


def test_the_spread_predicts_the_interval():
    for r in (0.003, 0.03, 0.1):
        D = 2.0 ** -np.arange(5)
        found = exponent(D, r * D)
        assert 0.6 < 1.96 * spread(np.full(5, r)) / ((found.high - found.low) / 2) < 1.6


def test_what_is_no_power_law_has_no_order():
    D = np.array([1.0, 0.9, 0.2, 0.19])
    assert not exponent(D, 0.01 * D).fits and exponent(D, 0.01 * D).order is None


def test_coarse_levels_are_left_out_until_an_expansion_fits():
    D = np.array([-0.3, 0.9, 1.0, 0.5, 0.25, 0.125])
    found = exponent(D, 0.02 * np.abs(D))
    assert found.first >= 1 and found.fits and found.order == 1


def test_an_interval_beside_every_order_decides_nothing():
    # 0.8 throughout: nearer to 1 than to 1/2, and neither
    D = 2.0 ** (-0.8 * np.arange(7))
    assert exponent(D, 0.002 * D).order is None


def test_an_error_that_may_be_nothing_has_an_open_interval():
    found = exponent(np.array([1.0, 0.1, 0.1, 0.0]), np.full(4, 0.5))
    assert found.high == np.inf and found.order is None


def test_the_same_seed_gives_the_same_numbers():
    answers = [weak_error(get("stochastic_depth"), {"f": waves(0)}, [0, 0], budget=3e6, seed=s) for s in (3, 3, 4)]
    assert answers[0] == answers[1] and answers[0].errors != answers[2].errors
