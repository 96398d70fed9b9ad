"""Laws of the pictures in the plane of hλ: regions of stability and order stars."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure

import schemes
from analysis import plots, spectral_radius
from analysis.errors import AnalysisError
from tests.analysis.figures import assert_repeatable, assert_texts_are_clear, by_gid, words

X, Y = np.linspace(-5, 5, 101), np.linspace(-4, 4, 81)
Z = X + 1j * Y[:, None]
BDF2 = schemes.multistep("bdf2", ["1/2", -2, "3/2"], [0, 0, 1])
TRAPEZOID = schemes.runge_kutta("trapezoid", [[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"])
NAMES = ("euler", "rk4_classic", "ab2", "leapfrog")


def growth(*chosen: schemes.Scheme) -> dict[str, Any]:
    return {scheme.name: spectral_radius(scheme, Z) for scheme in chosen}


def stars(*chosen: schemes.Scheme) -> dict[str, Any]:
    return {name: g / np.abs(np.exp(Z)) for name, g in growth(*chosen).items()}


SIX = [*map(schemes.get, NAMES), TRAPEZOID, BDF2]
FIGURES: dict[str, Callable[[], Figure]] = {
    "one region": lambda: plots.stability_region(X, Y, growth(BDF2)["bdf2"], title="BDF2"),
    "six regions": lambda: plots.stability_region(X, Y, growth(*SIX), title="Six schemes"),
    "narrow": lambda: plots.stability_region(X[40:61], Y, np.ones((81, 21)), title="all stable"),
    "long title": lambda: plots.stability_region(X, Y, growth(BDF2), title=" and ".join(["a_long_name"] * 12)),
    "one star": lambda: plots.order_star(X, Y, stars(SIX[1]), title="rk4_classic"),
    "six stars": lambda: plots.order_star(X, Y, stars(*SIX), title="Six schemes"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_or_covered(name: str) -> None:
    assert_texts_are_clear(FIGURES[name])


def test_equal_pictures_give_equal_files(tmp_path: Path) -> None:
    assert_repeatable(FIGURES["six regions"], tmp_path)
    assert_repeatable(FIGURES["one star"], tmp_path)


# ---- stability regions ---------------------------------------------------------------------------------------------


def test_the_leapfrogs_region_without_inside_is_seen() -> None:
    figure = plots.stability_region(X, Y, growth(schemes.get("leapfrog")), title="leapfrog")
    (thin,) = by_gid(figure, "thin leapfrog")
    x, y = thin.get_data()
    assert np.allclose(x, 0)
    assert np.allclose((min(y), max(y)), (-0.9, 0.9))  # the grid's points in the open segment; ±i has a double root
    assert "A row of dots" in words(figure)
    assert not by_gid(figure, "region leapfrog")


def test_a_thick_region_has_no_dots() -> None:
    figure = plots.stability_region(X, Y, growth(schemes.get("euler"), BDF2), title="t")
    assert all(len(by_gid(figure, f"thin {name}")[0].get_xdata()) == 0 for name in ("euler", "bdf2"))
    assert "dots" not in words(figure)


def test_an_unbounded_region_is_filled_on_the_side_that_is_stable() -> None:
    figure = plots.stability_region(X, Y, growth(BDF2), title="BDF2")
    (region,) = by_gid(figure, "region bdf2")
    assert filled(region, -4) and filled(region, 4.5) and filled(region, 1 + 3.5j) and not filled(region, 2)


def test_the_edge_of_eulers_region_is_its_circle() -> None:
    figure = plots.stability_region(X, Y, growth(schemes.get("euler")), title="euler")
    (edge,) = by_gid(figure, "edge euler")
    points = np.concatenate([path.vertices for path in edge.get_paths()])
    assert np.abs(np.hypot(points[:, 0] + 1, points[:, 1]) - 1).max() < 0.02


def test_a_window_that_is_all_stable_or_not_at_all_says_so() -> None:
    everywhere = plots.stability_region(X, Y, {"a": 0 * Z, "b": 2 + 0 * Z}, title="t")
    assert "a (stable everywhere here)" in words(everywhere) and "b (no stable hλ here)" in words(everywhere)
    assert filled(by_gid(everywhere, "region a")[0], 0) and not by_gid(everywhere, "edge a")


def test_ticks_show_the_side_where_there_are_several() -> None:
    one, two = plots.stability_region(X, Y, growth(BDF2), title="t"), plots.stability_region(
        X, Y, growth(BDF2, TRAPEZOID), title="t"
    )  # fmt: skip
    assert not by_gid(one, "edge bdf2")[0].get_path_effects() and by_gid(two, "edge bdf2")[0].get_path_effects()
    assert "ticks" in words(two) and "ticks" not in words(one)


# ---- order stars ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_p_plus_one_fingers_meet_at_the_origin(order: int) -> None:
    """Wanner, Hairer, Nørsett (1978), proposition 3: R - exp = C z^(p+1) + … makes p + 1 sectors of each kind."""
    taylor = sum(Z**j / np.prod(np.arange(1.0, j + 1)) for j in range(order + 1))
    figure = plots.order_star(X, Y, np.abs(taylor) / np.abs(np.exp(Z)), title="Taylor")
    (star,) = by_gid(figure, "star ")
    around = [filled(star, 0.5 * np.exp(1j * t)) for t in np.linspace(0.01, 2 * np.pi + 0.01, 360, endpoint=False)]
    assert sum(here and not before for before, here in zip([around[-1], *around], around, strict=False)) == order + 1


def test_the_trapezoids_star_is_its_pole_and_its_zero() -> None:
    figure = plots.order_star(X, Y, stars(TRAPEZOID), title="trapezoid")
    (star,) = by_gid(figure, "star trapezoid")
    assert filled(star, 2 - 0.01j) and not filled(star, -2 - 0.01j)  # R = (1 + z/2)/(1 - z/2)


def test_a_symmetric_scheme_keeps_its_edge_on_the_axis() -> None:
    figure = plots.order_star(X, Y, stars(TRAPEZOID), title="trapezoid")
    (edge,) = by_gid(figure, "edge trapezoid")
    points = np.concatenate([path.vertices for path in edge.get_paths()])
    on_axis = np.abs(points[np.abs(points[:, 0]) < 1e-6, 1])
    assert on_axis.max() > 3.9 and (np.diff(np.sort(on_axis)) < 0.15).all()


def test_rounding_next_to_the_origin_is_not_drawn() -> None:
    """e^z to order 12 differs from e^z by |z|^13/13!: below 1e-14 for |z| < 0.5."""
    taylor = sum(Z**j / np.prod(np.arange(1.0, j + 1)) for j in range(13))
    noise = 1 + 1e-15 * np.random.default_rng(0).uniform(-1, 1, Z.shape)
    figure = plots.order_star(X, Y, noise * np.abs(taylor) / np.abs(np.exp(Z)), title="Taylor")
    points = np.concatenate([path.vertices for path in by_gid(figure, "edge ")[0].get_paths()])
    assert np.hypot(*points.T).min() > 0.2


def test_of_several_stars_only_edges_are_drawn() -> None:
    figure = FIGURES["six stars"]()
    assert not [s for s in figure.findobj(QuadContourSet) if s.filled]
    assert all(by_gid(figure, f"edge {scheme.name}") for scheme in SIX)


# ---- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [plots.stability_region, plots.order_star])
def test_wrong_shapes_and_too_many_are_refused(draw: Callable[..., Figure]) -> None:
    ones = np.ones((len(Y), len(X)))
    with pytest.raises(AnalysisError, match=r"of euler has the shape \(101, 81\), it must be \(len\(y\), len\(x\)\)"):
        draw(X, Y, {"euler": ones.T}, title="t")
    with pytest.raises(AnalysisError, match="1 to 6"):
        draw(X, Y, {str(i): ones for i in range(7)}, title="t")
    with pytest.raises(AnalysisError, match="1 to 6"):
        draw(X, Y, {}, title="t")
    with pytest.raises(AnalysisError, match="y must be a row of at least two increasing numbers"):
        draw(X, Y[::-1], ones, title="t")


def filled(region: Any, z: complex) -> bool:
    """Whether a point lies in a filled contour: in an odd number of its rings."""
    rings = [ring for path in region.get_paths() for ring in path.to_polygons()]
    inside = 0
    for ring in rings:
        (x, y), (u, v) = np.asarray(ring).T, np.roll(np.asarray(ring), -1, axis=0).T
        crosses = (y > z.imag) != (v > z.imag)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = x + (z.imag - y) * (u - x) / (v - y)
        inside += int(np.sum(crosses & (at > z.real)))
    return inside % 2 == 1
