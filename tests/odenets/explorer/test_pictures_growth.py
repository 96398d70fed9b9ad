"""What the browser computes at a point: growth, roots, ticks, against the analysis package and numpy."""

import cmath
import math

import numpy as np
import pytest

from analysis import spectral_radius
from odenets.explorer.views import VIEWS
from schemes import get

SCHEMES = {
    "euler": {},
    "rk4_classic": {},
    "dopri8": {},
    "feagin10": {},
    "kahan_li8": {},
    "leapfrog": {},
    "lm2": {"k": "-1/2"},
    "ab4": {},
    "bdf": {"steps": 5},
    "adams_moulton": {"steps": 4},
    "gauss": {"stages": 3},
    "radau_iia": {},
    "implicit_midpoint": {},
    "ebdf4": {},
}
GROWTH = """async ([coefficients, x, y]) => {
  const { logGrowth } = await import("/js/growth.js");
  const evaluate = logGrowth(coefficients);
  return x.map((a, i) => evaluate(a, y[i]));
}"""
ROOTS = """async (coefficients) => (await import("/js/polynomials.js")).roots(coefficients)"""
TICKS = """async ([low, high, count, log]) => {
  const { ticks, logTicks } = await import("/js/ticks.js");
  return (log ? logTicks : ticks)(low, high, count).map((tick) => [tick.value, tick.text]);
}"""
TEXT = """async ([name, args]) => (await import("/js/ticks.js"))[name](...args)"""


def scheme(name):
    given = SCHEMES.get(name, {})
    return get(name, **given)


def test_growth_is_the_spectral_radius(modules):
    rng = np.random.default_rng(9)
    for name in SCHEMES:
        table = scheme(name)
        x, y = rng.uniform(-6, 2, 60), rng.uniform(-5, 5, 60)
        coefficients = VIEWS["polynomial"](table, {})["coefficients"]
        found = modules.evaluate(GROWTH, [coefficients, x.tolist(), y.tolist()])
        expected = np.log(spectral_radius(table, x + 1j * y))
        assert np.abs(np.array(found) - expected).max() < 1e-8, name


def test_growth_at_poles_and_zeros_is_finite(modules):
    backward = [[-1.0], [1.0, -1.0]]  # R = 1/(1 - z)
    assert modules.evaluate(GROWTH, [backward, [1.0, 1e300, 0.0], [0.0, 0.0, 0.0]]) == [60, -60, 0]
    euler = [[-1.0, -1.0], [1.0]]
    assert modules.evaluate(GROWTH, [euler, [-1.0], [0.0]]) == [-60]
    vanishing = [[1.0], [1.0], [0.0, 1.0], [0.0, 1.0]]  # the leading coefficient is z
    assert modules.evaluate(GROWTH, [vanishing, [0.0], [0.0]]) == [60]


@pytest.mark.parametrize(
    "wanted",
    [
        [2.5],
        [1, -3],
        [1, 1],
        [1e-9, 1],
        [1j, -1j, 1],
        [0, 0, 0.5, 1],
        [1, 1, 0.25, -0.5],
        [cmath.rect(1, t) for t in range(8)],
        [0.1 * (k + 1) for k in range(8)],
        [2 + 1j, 2 + 1j, -1, 0.3j, -0.3j, 0.9, 0.9, 1],
    ],
    ids=len,
)
def test_roots(modules, wanted):
    coefficients = [[c.real, c.imag] for c in np.poly(wanted)[::-1].astype(complex)]
    found = [complex(*root) for root in modules.evaluate(ROOTS, coefficients)]
    assert len(found) == len(wanted)
    for root in wanted:
        multiplicity = sum(abs(other - root) < 1e-12 for other in wanted)
        near = min(found, key=lambda other: abs(other - root))
        found.remove(near)
        conditioned = 1e-9 if len(wanted) == 8 else 1e-12
        assert abs(near - root) < (2e-6 if multiplicity > 1 and len(wanted) > 2 else conditioned), (near, root)


def test_roots_of_random_polynomials_have_residuals_of_rounding(modules):
    rng = np.random.default_rng(4)
    for degree in range(1, 13):
        c = rng.normal(size=degree + 1) + 1j * rng.normal(size=degree + 1)
        found = np.array([complex(*r) for r in modules.evaluate(ROOTS, [[a.real, a.imag] for a in c])])
        residual = np.abs(np.polyval(c[::-1], found)) / np.polyval(np.abs(c[::-1]), np.abs(found))
        assert len(found) == degree and residual.max() < 1e-14


def test_leading_zeros_are_no_roots(modules):
    assert modules.evaluate(ROOTS, [-2, 1, 0, 0]) == [[2, 0]]
    assert modules.evaluate(ROOTS, [3]) == [] == modules.evaluate(ROOTS, [])


def test_ticks(modules):
    def texts(*args):
        return [text for _, text in modules.evaluate(TICKS, args)]

    assert texts(-4, 1, 6, False) == ["−4", "−3", "−2", "−1", "0", "1"]
    assert texts(0, 1, 5, False) == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert texts(1.234, 1.236, 4, False) == ["1.2340", "1.2345", "1.2350", "1.2355", "1.2360"]
    assert texts(0, 5e-7, 5, False) == ["0", "10⁻⁷", "2×10⁻⁷", "3×10⁻⁷", "4×10⁻⁷", "5×10⁻⁷"]
    assert texts(1e-12, 1, 6, True) == ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "1"] or len(texts(1e-12, 1, 6, True)) <= 7
    assert texts(0.1, 100, 4, True) == ["0.1", "1", "10", "100"]
    assert texts(1, 10, 6, True) == ["1", "2", "5", "10"]


def test_ticks_are_round_even_and_inside(modules):
    rng = np.random.default_rng(2)
    for _ in range(40):
        low = rng.normal() * 10 ** rng.uniform(-6, 6)
        high = low + 10 ** rng.uniform(-3, 6)
        found = modules.evaluate(TICKS, [low, high, 6, False])
        values = [value for value, _ in found]
        steps = np.diff(values)
        assert 2 <= len(found) <= 15 and low - 1e-6 * (high - low) <= min(values)
        assert max(values) <= high + 1e-6 * (high - low)
        assert np.allclose(steps, steps[0], rtol=1e-6) and len({text for _, text in found}) == len(found)
        assert math.isclose(10 ** (math.log10(steps[0]) % 1), min((1, 2, 5, 10), key=lambda d: abs(
            10 ** (math.log10(steps[0]) % 1) - d)), rel_tol=1e-6)  # fmt: skip


def test_number_texts(modules):
    def text(name, *args):
        return modules.evaluate(TEXT, [name, args])

    assert [text("numberText", x) for x in (0, -0.5, 1234.5678, 1e-7, -2.5e9)] == [
        "0",
        "−0.5",
        "1235",
        "10⁻⁷",
        "−2.5×10⁹",
    ]
    assert [text("complexText", *z) for z in ((1, 0), (0, -1), (-0.5, 2))] == ["1", "−i", "−0.5 + 2i"]


def test_a_pole_is_infinite_and_a_zero_is_none(modules):
    found = modules.evaluate(
        """async () => {
          const { logGrowth, sizeOf } = await import("/js/growth.js");
          const at = (c, x) => String(sizeOf(logGrowth(c)(x, 0)));
          return [at([[-1], [1, -1]], 1), at([[-1, -1], [1]], -1), at([[-1, -1], [1]], 1)];
        }"""
    )
    assert found == ["Infinity", "0", "2"]
