"""Weak orders that Monte Carlo finds on nonlinear fields, and slopes that it refuses.

Orders: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, 14.1, 15.1; Rößler, SIAM J. Numer.
Anal. 47 (2009); Lu et al. 2018, section 3 (stochastic depth, Shake-Shake).
"""

import json
from fractions import Fraction

import numpy as np
import pytest

from analysis import AnalysisError
from analysis.stochastic.multilevel import weak_error, weak_slopes
from analysis.stochastic.rounds import Study
from analysis.stochastic.standard import monte_carlo
from analysis.stochastic.stepping import step_tables
from analysis.stochastic.weak_orders import weak_order
from schemes import get, step


def sinh_moments(t, x0):
    """E X and E X² of X = sinh(t + B_t + arsinh x0), by E exp(a B_t) = exp(a² t/2)."""
    c = t + np.arcsinh(x0)
    return np.exp(t / 2) * np.sinh(c), (np.exp(2 * t) * np.cosh(2 * c) - 1) / 2


# dX = (X/2 + √(X² + 1)) dt + √(X² + 1) dB: Kloeden, Platen, (4.4.38)
KLOEDEN_PLATEN = {"f": lambda x: x / 2 + np.sqrt(x**2 + 1), "g": lambda x: np.sqrt(x**2 + 1)}
T = Fraction(1, 4)


@pytest.mark.parametrize(("name", "order"), [("euler_maruyama", 1), ("platen_weak2", 2)])
def test_the_known_solution_of_a_nonlinear_equation_is_reached(name, order):
    functionals = {"E X": lambda x: x[:, 0], "E X^2": lambda x: x[:, 0] ** 2}
    found = weak_slopes(get(name), KLOEDEN_PLATEN, [0.1], functionals, time=T, levels=(1, 2, 4, 8))
    # one step of T by quadrature, without any of the sampling; then all differences, then Richardson's rest
    xi, w = np.polynomial.hermite_e.hermegauss(25)
    table = step_tables(get(name), None, {})(T).at(root_h=Fraction(1, 2)).at(xi=xi)
    (coarsest,) = step(table, KLOEDEN_PLATEN, [np.full(25, 0.1)], 0.25)
    for n, (moment, exact) in enumerate(zip(found.values(), sinh_moments(0.25, 0.1), strict=True), start=1):
        limit = w @ coarsest**n / w.sum() - sum(moment.errors) - moment.errors[-1] / (2**order - 1)
        error = np.linalg.norm(moment.half_widths) + abs(moment.errors[-1]) / 4
        assert abs(limit - exact) < error < 0.02 * exact
        assert moment.order == order and moment.decided


@pytest.mark.parametrize(
    ("name", "values", "path", "orders"),
    [
        ("stochastic_depth", {}, {}, "1 1 1 1"),
        ("stochastic_depth", {"p": "4/5"}, {}, "1 1 1/2 1/2"),
        ("stochastic_depth", {"p": "p"}, {"p": "1/2 + root_h/4"}, "1 1 1 1"),
        ("shake_shake", {}, {}, "1 1 1 1"),
        ("gaussian_noise", {}, {}, "1 1 1 1"),
        ("euler_weak", {}, {}, "1 1 1 1"),
    ],
)
def test_networks_have_the_orders_of_their_laws(name, values, path, orders):
    found = monte_carlo(get(name, **values), 5, path=path)
    assert [str(slope.order) for slope in found.slopes.values()] == orders.split()
    assert found.decided


@pytest.mark.parametrize("name", ["platen_weak2", "ri6"])
def test_weak_schemes_of_order_two_have_it(name):
    f, g = lambda x: np.sin(x[:, ::-1] + 0.5), lambda x: 0.5 * np.cos(x)
    found = weak_error(get(name), {"f": f, "g": g}, [0.3, 0.7], levels=(2, 4, 8, 16), functional=lambda x: x[:, 0] ** 2)
    assert found.order == 2 and found.low <= 2.07 and found.high >= 1.93


def test_coupled_paths_find_the_order_of_a_scheme_with_a_history():
    found = monte_carlo(get("lm2_gaussian_noise", k="-1/10"), 5, moments=2)
    assert [slope.order for slope in found.slopes.values()] == [1, 1]


def test_a_slope_that_is_not_decided_is_not_reported():
    found = weak_error(get("lm2_stochastic_depth", k=0), {"f": np.sin}, [1.0], budget=2e5)
    assert not found.decided and found.slope is None and found.high - found.low > 0.5
    assert "does not decide between orders" in found.sentence and "2.0e+05 were allowed" in found.sentence


def test_what_has_no_error_is_refused_a_slope():
    # E X of linear f and additive noise in the middle of two: the mean is that of the same step for all h
    found = weak_error(get("euler_weak"), {"f": np.zeros_like, "g": np.ones_like}, [1.0])
    assert not found.decided and found.sentence.startswith("E φ is the same for all h")
    assert all(abs(e) < 1e-14 for e in found.errors)


QUARTER = {"f": lambda x: 1 + np.sin(x[:, ::-1]) / 4}


def test_sample_sizes_reach_what_they_aim_for_within_the_budget():
    found = weak_error(get("drop_path"), QUARTER, [0, 0], functional=lambda x: x[:, 0] ** 4, budget=1e7)
    assert found.decided and found.high - found.low < 0.4 and max(found.samples) > 100
    less = weak_error(get("drop_path"), QUARTER, [0, 0], functional=lambda x: x[:, 0] ** 4, budget=2.5e6)
    assert found.evaluations < 1e7 and 2e6 < less.evaluations <= 2.5e6
    low, high = found.bands
    assert all(a <= abs(e) <= b for a, e, b in zip(low, found.errors, high, strict=True))


def test_levels_get_samples_by_variance_and_cost(monkeypatch):
    """n_l ∝ √(V_l/c_l)/|D_l|: the condition of Lagrange for Σ n c at a given Σ V/(n D²)."""
    seen = []
    wanted = Study.sizes

    def watched(self, D, s, law, width):
        n = wanted(self, D, s, law, width)
        V = s**2 * self.counts
        seen.append(np.ptp(np.log((n**2 * D**2 * self.costs / V)[law.first :])))
        return n

    monkeypatch.setattr(Study, "sizes", watched)
    weak_error(get("drop_path"), QUARTER, [0, 0], functional=lambda x: x[:, 0] ** 4, budget=1e7)
    assert seen and max(seen) < 1e-9


def test_the_answer_of_the_standard_problem_is_data_and_text():
    found = monte_carlo(get("gaussian_noise"), 1, moments=2)
    assert json.loads(json.dumps(found.facts))["slopes"]["E u^2"]["order"] == "1"
    assert "one = 1/3" in str(found) and "f = (1 + sin(v + 1/2)/4)/2" in str(found) and "E u^2: slope" in str(found)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("euler_maruyama", {"levels": (4, 8, 16)}, "4 or more numbers of steps"),
        ("euler_maruyama", {"levels": (4, 8, 12, 24)}, "each twice the one before"),
        ("euler_maruyama", {"fields": {"f": np.sin}}, "field 'g', which was not given"),
        ("euler_maruyama", {"fields": {"f": np.sin, "g": lambda x: x[:, 0]}}, "takes and gives"),
        ("euler_maruyama", {"fields": {"f": lambda x: x**9, "g": np.cos}, "start": [9.0]}, "overflow at h = 1/4"),
        ("euler_maruyama", {"budget": 10}, "allow more"),
        ("euler_maruyama", {"confidence": 95}, "take 0.95"),
        ("euler_maruyama", {"path": {"p": "1/2"}}, "has no free parameter"),
        ("heun2", {}, "draws no coefficient"),
        ("trapezoid", {}, "implicit"),
        ("lm2_stochastic_depth", {}, "no number for k"),
        ("fractalnet_drop_path", {}, "set share = 0"),
    ],
)
def test_bad_input_is_a_sentence(name, change, words):
    scheme = get(name)
    fields = change.pop("fields", {field: np.sin for field in scheme.fields} | {"g": np.cos})
    with pytest.raises(AnalysisError, match=words) as caught:
        weak_error(scheme, fields, change.pop("start", [0.5]), **change)
    assert "\n" not in str(caught.value)


def test_without_its_double_integral_a_scheme_loses_the_order_that_the_exact_conditions_say():
    def wave(k):
        return lambda x: (1 + np.sin(x[:, ::-1] + k) / 4) / (k + 1)

    scheme, fields = get("sriw1").at(zeta=0), {"f": wave(0), "g": wave(1)}
    found = weak_error(scheme, fields, [0, 0], functional=lambda x: x[:, 0] ** 3, levels=(2, 4, 8, 16), budget=5e7)
    assert found.order == weak_order(scheme).order == 1
