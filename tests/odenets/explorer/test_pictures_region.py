"""Regions as the browser traces them: contours, the grid that is kept, the ellipse of the linear two-step scheme."""

from fractions import Fraction

import numpy as np
import pytest

from odenets.explorer.views import VIEWS
from schemes import get

CONTOURS = """async ([values, columns, rows, level]) => {
  const { contours, pathText } = await import("/js/contours.js");
  const loops = contours(values, columns, rows, level);
  return [loops, pathText(loops)];
}"""
REGION = """async ([coefficients, x, y, spacing]) => {
  const { growthField } = await import("/js/field.js");
  const { contours, thinPoints } = await import("/js/contours.js");
  const field = growthField(coefficients);
  field.wanted({ x, y }, spacing);
  field.work();
  const { values, columns, rows, left, bottom } = field.grid();
  const place = ([i, j]) => [(left + i) * spacing, (bottom + j) * spacing];
  const thin = thinPoints(values, columns, rows, 1e-9);
  for (const [i, j] of thin) values[j * columns + i] = 1;
  const pairs = (loop) => Array.from({ length: loop.length / 2 }, (_, k) => place([loop[2 * k], loop[2 * k + 1]]));
  return { loops: contours(values, columns, rows, 1e-9).map(pairs), thin: thin.map(place) };
}"""
MOVED = """async ([coefficients, windows, spacing]) => {
  const { growthField } = await import("/js/field.js");
  let evaluations = 0;
  const kept = growthField(coefficients);
  return windows.map((window) => {
    kept.wanted(window, spacing);
    while (!kept.work(performance.now())) evaluations += 1;
    const fresh = growthField(coefficients);
    fresh.wanted(window, spacing);
    fresh.work();
    const [one, other] = [kept.grid(), fresh.grid()];
    const far = one.values.reduce((most, value, at) => Math.max(most, Math.abs(value - other.values[at])), 0);
    return [far, one.columns === other.columns && one.left === other.left && one.bottom === other.bottom, evaluations];
  });
}"""


def polynomial(name, **given):
    return VIEWS["polynomial"](get(name, **given), {})["coefficients"]


def ringed(values):
    values = values.copy()
    values[[0, -1]] = values[:, [0, -1]] = 9
    return values


def area(loop):
    x, y = np.array(loop).T
    return 0.5 * (x @ np.roll(y, -1) - y @ np.roll(x, -1))


def test_contour_of_a_circle_and_its_hole(modules):
    n = 61
    x, y = np.meshgrid(np.linspace(-1.5, 1.5, n), np.linspace(-1.5, 1.5, n))
    ring = np.abs(np.hypot(x, y) - 0.8) - 0.3  # between the circles of radius 1/2 and 11/10
    loops, text = modules.evaluate(CONTOURS, [ringed(ring).ravel().tolist(), n, n, 0])
    assert len(loops) == 2 and text.count("M") == text.count("Z") == 2
    spacing = 3 / (n - 1)
    places = [np.reshape(loop, (-1, 2)) * spacing - 1.5 for loop in loops]
    outer, inner = sorted(places, key=lambda loop: -abs(area(loop)))
    assert np.abs(np.hypot(*outer.T) - 1.1).max() < spacing**2 and np.abs(np.hypot(*inner.T) - 0.5).max() < spacing**2
    assert area(outer) == pytest.approx(np.pi * 1.1**2, rel=0.01)
    assert area(inner) == pytest.approx(-np.pi * 0.5**2, rel=0.02)  # the inside lies to the left


@pytest.mark.parametrize(("middle", "loops"), [(-3, 1), (3, 2)])
def test_saddle_follows_the_mean_of_its_corners(modules, middle, loops):
    values = np.full((4, 4), 9.0)
    values[1, 1] = values[2, 2] = -1 + min(middle, 0)
    values[1, 2] = values[2, 1] = 1 + max(middle, 0)
    for flip in (values, values[:, ::-1]):
        assert len(modules.evaluate(CONTOURS, [flip.ravel().tolist(), 4, 4, 0])[0]) == loops


def test_loops_of_random_fields_separate_inside_from_outside(modules):
    rng = np.random.default_rng(8)
    for _ in range(5):
        values = ringed(rng.normal(size=(12, 15)))
        loops, _ = modules.evaluate(CONTOURS, [values.ravel().tolist(), 15, 12, 0])
        winding = np.zeros(values.shape)
        for loop in loops:
            places = np.reshape(loop, (-1, 2))
            for j, i in np.ndindex(values.shape):
                turns = np.angle(np.roll(z := places @ [1, 1j] - (i + 1j * j), -1) / z)
                winding[j, i] += round(turns.sum() / (2 * np.pi))
        assert ((winding == 1) == (values <= 0)).all() and set(np.unique(winding)) <= {0, 1}


@pytest.mark.parametrize("k", ["-3/4", "-1/2", "-1/20", "0", "3/10", "4/5"])
def test_lm2_has_the_ellipse_of_theory(modules, k):
    c = polynomial("lm2", k=k)
    k, spacing = float(Fraction(k)), 2**-6
    found = modules.evaluate(REGION, [c, [-4.5, 1], [-2.2, 2.2], spacing])
    (loop,) = found["loops"]
    x, y = np.array(loop).T
    gradient = 2 * np.hypot((x + 1 - k) / (1 - k) ** 2, y / (1 + k) ** 2)
    distance = np.abs(((x + 1 - k) / (1 - k)) ** 2 + (y / (1 + k)) ** 2 - 1) / gradient
    assert distance.max() < spacing / 4
    assert area(loop) == pytest.approx(np.pi * (1 - k) * (1 + k), rel=0.02)


def test_leapfrog_is_a_row_of_dots(modules):
    found = modules.evaluate(REGION, [polynomial("leapfrog"), [-2, 1], [-1.5, 1.5], 1 / 16])
    assert found["loops"] == [] and [x for x, _ in found["thin"]] == [0] * 33
    assert [y for _, y in found["thin"]] == [j / 16 for j in range(-16, 17)]


def test_euler_has_no_dots(modules):
    found = modules.evaluate(REGION, [polynomial("euler"), [-3, 1], [-1.5, 1.5], 1 / 16])
    assert found["thin"] == [] and len(found["loops"]) == 1


def test_what_is_kept_while_the_window_moves_is_what_is_computed_anew(modules):
    start = {"x": [-4, 1], "y": [-2, 3]}
    shifts = [(0, 0), (0.3, 0), (-0.8, 0.4), (0, -3.1), (9, 9), (9, 9)]
    windows = [{"x": [v + a for v in start["x"]], "y": [v + b for v in start["y"]]} for a, b in shifts]
    windows.append({"x": [-4.5, 2], "y": [-0.2, 0.2]})
    for far, same, rounds in modules.evaluate(MOVED, [polynomial("ab4"), windows, 1 / 8]):
        assert far < 1e-9 and same and rounds > 0


@pytest.mark.parametrize(
    ("name", "order"), [("euler", 1), ("rk4_classic", 4), ("gauss", 4), ("bdf", 2), ("ars222", 2), ("strang", 2)]
)
def test_order_star_has_as_many_fingers_as_the_order_says(modules, name, order):
    answer = VIEWS["polynomial"](get(name), {})
    turns = (np.arange(360) + 0.5) * np.pi / 180
    x, y = 0.25 * np.cos(turns), 0.25 * np.sin(turns)
    growth = """async ([c, x, y]) => {
      const evaluate = (await import("/js/growth.js")).logGrowth(c);
      return x.map((a, i) => evaluate(a, y[i]));
    }"""
    larger = np.array(modules.evaluate(growth, [answer["coefficients"], x.tolist(), y.tolist()])) > answer["step"] * x
    assert (larger != np.roll(larger, 1)).sum() == 2 * (order + 1)
