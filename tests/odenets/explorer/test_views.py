"""The views: finite JSON, the same each time, and what the browser draws agrees with the theory."""

import json
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, spectral_radius, zero_stability, zero_stable_range
from analysis.trajectories import speeds
from odenets.errors import OdenetsError
from odenets.explorer import acting
from odenets.explorer.designs import scheme_of, shown
from odenets.explorer.views import OWN, VIEWS
from odenets.explorer.views.window import growth
from schemes import SchemeError, get, names
from tests.sample import over
from tests.strategies import parametric_schemes, schemes

CHEAP = ("formula", "tableau", "parameters", "polynomial", "roots", "wiring", "source")
REFUSED = (SchemeError, AnalysisError, OdenetsError)


def answered(view, scheme, **options):
    """The answer, or the sentence of a refusal; strict JSON both."""
    try:
        found = VIEWS[view](scheme, options)
    except REFUSED as error:
        found = str(error)
        assert found and "\n" not in found
    return json.loads(json.dumps(found, allow_nan=False))


@pytest.mark.parametrize("name", over())
def test_every_cheap_view_of_an_entry_is_finite_json_and_the_same_each_time(name):
    for view in CHEAP:
        design = {"entry": name}
        assert answered(view, scheme_of(design), design=design) == answered(view, get(name), design=design)


@settings(max_examples=12)
@given(st.one_of(schemes(), schemes(explicit=False), parametric_schemes()))
def test_a_random_table_has_answers_or_one_sentence(scheme):
    for view in (*CHEAP, "export", "stochastic"):
        assert answered(view, scheme)
    assert answered("modified", scheme, order=2)
    assert answered("certificate", scheme, group="cost")


def test_each_view_is_registered_by_its_name():
    assert set(VIEWS) == {*OWN, *acting.VIEWS} and all(VIEWS[name].__name__ == name for name in VIEWS)


def test_a_part_that_cannot_be_imported_is_an_error_and_no_page_with_fewer_views():
    absent = "import sys; sys.modules['odenets.explorer.acting.bands'] = None; "
    done = subprocess.run([sys.executable, "-c", f"{absent}import odenets.explorer.views"], capture_output=True)
    assert done.returncode == 1 and b"odenets.explorer.acting.bands" in done.stderr


# ---- the stability polynomial --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["lm2", "bdf", "ars222", "cnab", "fractalnet_joined", "revnet", "yoshida4", "heavy_ball"]
)
def test_the_step_of_the_order_star_is_how_far_all_fields_move_u(name):
    scheme = shown(get(name))[0]
    answer, moved = VIEWS["polynomial"](scheme, {}), speeds(scheme)
    assert answer["step"] == pytest.approx(float(moved[0])) and answer["mirrored"] is (len(moved) == 2)


def test_a_double_root_that_is_no_pair_of_halves_has_no_order_star():
    design = {"formula": "u[n+1] = 2 u[n] - u[n-1] + h f(u[n])"}
    answer = VIEWS["polynomial"](scheme_of(design), {})
    assert answer["step"] is None and answer["mirrored"] is False


def test_the_picture_says_what_is_drawn():
    assert VIEWS["polynomial"](get("rk4_classic"), {})["says"] == []
    assert VIEWS["polynomial"](get("lm2"), {})["says"] == ["Drawn at k = −1/20."]
    assert VIEWS["polynomial"](get("euler_heun"), {})["says"] == ["Drawn at xi = 0."]
    assert VIEWS["polynomial"](get("strang"), {})["says"] == ["Each of f and g is λu: the steps follow u′ = 2 λu."]
    assert "the other half" in VIEWS["polynomial"](get("revnet"), {})["says"][0]


def samples(count=8):
    x, y = np.random.default_rng(9).normal(size=(2, count))
    return 1.5 * (x + 1j * y)


def largest_root(coefficients, z):
    return max(abs(np.roots([np.polynomial.polynomial.polyval(z, row) for row in reversed(coefficients)])), default=0)


@pytest.mark.parametrize("name", over())
def test_the_roots_of_the_polynomial_are_the_growth(name):
    scheme = get(name)
    found = VIEWS["polynomial"](scheme, {})
    growths = spectral_radius(shown(scheme)[0], samples())
    ours = [largest_root(found["coefficients"], z) for z in samples()]
    np.testing.assert_allclose(ours, growths, rtol=1e-6, atol=1e-9)
    drawn = growth(found["coefficients"], samples())
    near = np.isfinite(drawn)  # where a root is far outside of the circle it is not computed
    np.testing.assert_allclose(drawn[near], np.array(ours)[near], rtol=1e-6, atol=1e-9)
    assert np.all(np.array(ours)[~near] > 1)


@given(st.one_of(schemes(), schemes(explicit=False)))
def test_the_polynomial_of_a_random_table(scheme):
    coefficients = VIEWS["polynomial"](scheme, {})["coefficients"]
    ours, theirs = [largest_root(coefficients, z) for z in samples(3)], spectral_radius(scheme, samples(3))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_the_polynomial_has_no_common_factors_and_no_roots_at_zero():
    assert VIEWS["polynomial"](get("trapezoid"), {})["exact"] == [["-1", "-1/2"], ["1", "-1/2"]]
    assert VIEWS["polynomial"](get("euler"), {})["exact"] == [["-1", "-1"], ["1"]]
    assert VIEWS["polynomial"](get("lm2", k=0), {})["exact"] == [["-1", "-1"], ["1"]]
    lm2 = VIEWS["polynomial"](get("lm2"), {})
    assert lm2["exact"] == [["1/20"], ["-21/20", "-1"], ["1"]] and lm2["at"] == {"k": "-1/20"}


@pytest.mark.parametrize("name", over(explicit=True))
def test_the_window_holds_the_region(name):
    """On rays of a finer grid than the window was found on, what is stable and joined to 0 lies inside."""
    found = VIEWS["polynomial"](get(name), {})
    (low, high), (_, top) = found["window"]["x"], found["window"]["y"]
    radii = np.linspace(1e-3, 4 * max(-low, top), 1500)
    for angle in np.linspace(np.pi / 2, np.pi, 7):
        ray = radii * np.exp(1j * angle)
        stable = growth(found["coefficients"], ray) <= 1 + 1e-12
        joined = ray[: int(np.argmin(stable))] if not stable.all() else ray
        assert np.all(joined.real >= low) and np.all(joined.real <= high) and np.all(joined.imag <= top)


def test_the_window_is_not_much_larger_than_the_region():
    window = VIEWS["polynomial"](get("rk4_classic"), {})["window"]
    assert -4.2 < window["x"][0] < -2.785 and 2.83 < window["y"][1] < 4.5


def test_coefficients_beyond_the_floating_point_numbers_are_one_sentence():
    table = {"runge_kutta": {"A": [["0"] * 12, *([["0"] * i + ["1e90"] + ["0"] * (11 - i) for i in range(11)])],
                             "b": ["0"] * 11 + ["1"]}, "tolerance": "0"}  # fmt: skip
    with pytest.raises(AnalysisError, match="measure time in another unit"):
        VIEWS["polynomial"](scheme_of({"table": table}), {})


# ---- roots and sliders ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", over())
def test_the_roots_and_their_verdict_are_those_of_zero_stability(name):
    scheme = get(name)
    found, ours = VIEWS["roots"](scheme, {}), zero_stability(shown(scheme)[0])
    assert (found["stable"], found["says"]) == (ours.stable, ours.verdict)
    assert [complex(r["re"], r["im"]) for r in found["roots"]] == [complex(r.value) for r in ours.roots]
    kinds = {
        kind: [r for r in found["roots"] if r["kind"] == kind] for kind in ("principal", "inside", "circle", "outside")
    }
    assert sum(map(len, kinds.values())) == len(found["roots"])
    assert all(abs(complex(r["re"], r["im"])) < 1 for r in kinds["inside"])
    assert found["stable"] <= (not kinds["outside"])


def test_the_kinds_of_roots():
    kinds = {
        k: [r["kind"] for r in VIEWS["roots"](get("lm2", k=Fraction(k)), {})["roots"]]
        for k in ("-1/2", "1/2", "-2", "1")
    }
    assert kinds == {"-1/2": ["principal", "inside"], "1/2": ["principal", "inside"], "-2": ["outside", "principal"],
                     "1": ["principal", "circle"]}  # fmt: skip
    assert VIEWS["roots"](get("lm2"), {})["range"] == "zero-stable for k in (-1, 1]"


@pytest.mark.parametrize("name", [name for name in names() if get(name).parameters or name == "theta"])
def test_a_slider_holds_the_usual_value_and_moves_in_even_steps(name):
    for p in VIEWS["parameters"](get(name), {"design": {"entry": name}})["parameters"]:
        low, high, step = (Fraction(p[key]) for key in ("low", "high", "step"))
        assert low <= Fraction(p["usual"]) <= high and (high - low) / step in range(100, 1102)
        assert p["value"] is None and p["says"].startswith(f"{p['name']} is {p['kind']}")


def slider(design, name="k"):
    found = VIEWS["parameters"](scheme_of(design), {"design": design})["parameters"]
    return next(p for p in found if p["name"] == name)


def test_a_slider_reaches_beyond_zero_stability_and_stays_where_it_is_declared():
    k = slider({"entry": "lm2", "values": {"k": "-0.5"}})
    assert (k["low"], k["high"], k["value"], k["stable"]) == ("-3/2", "3/2", "-1/2", "(-1, 1]")
    assert zero_stable_range(get("lm2"))[0].low == -1
    p = slider({"entry": "stochastic_depth"}, "p")
    assert (p["low"], p["high"]) == ("0", "1")
    declared = {"runge_kutta": {"A": [[], ["a"]], "b": ["0", "1"]},
                "parameters": {"a": {"learned": "1/3", "within": "0..1"}}}  # fmt: skip
    a = slider({"table": declared}, "a")
    assert (a["low"], a["high"], a["usual"]) == ("0", "1", "1/3")
    assert slider({"entry": "theta"}, "theta")["usual"] == "1/2"
