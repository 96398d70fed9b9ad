"""See it act: points, flows and invariants against what is known in closed form; what leaves every bound is cut."""

import json

import numpy as np
import pytest
from sympy import latex

from analysis import AnalysisError, example, trajectory
from odenets.errors import OdenetsError
from odenets.explorer.acting import PROBLEMS, VIEWS, act, act_modified
from odenets.explorer.acting.problems import FLOWS, ROADS
from schemes import SchemeError, get

FLOW_NAMES = [one["name"] for one in PROBLEMS if one["kind"] == "flow"]


def numbers(values):
    return np.array([np.nan if x is None else x for x in values])


def finite(answer):
    """JSON without NaN, of a size that travels at once."""
    assert len(json.dumps(answer, allow_nan=False)) < 100_000
    return answer


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_formulas_that_are_shown_are_those_that_are_integrated(name):
    """What sympy writes of the field, but for the brackets that grow and the indices of names."""
    written = [
        rf"{latex(v)}' = {latex(e)}".replace(r"\left(", "(").replace(r"\right)", ")").replace(r"{(", "(")
        for v, e in zip(example(name).variables, example(name).expressions, strict=True)
    ]
    plain = [text.replace(" ", "").replace("{", "").replace("}", "") for text in written]
    assert [text.replace(" ", "").replace("{", "").replace("}", "") for text in FLOWS[name].lines] == plain


def test_every_problem_is_in_the_catalogue_with_all_that_the_page_needs():
    assert len(PROBLEMS) == len(FLOWS) + len(ROADS) and set(VIEWS) >= {"act", "act_modified", "act_parasites"}
    for one in finite(PROBLEMS):
        assert one["low"] < eval(one["h"]) < one["high"] and one["steps"] > 10
        assert all(line.startswith("<math") for line in one["formula"])


@pytest.mark.parametrize("name", FLOW_NAMES)
def test_points_are_the_trajectory_of_the_library(name):
    """Seen through another problem's axes, in six digits; a scheme of order 4 leaves no picture."""
    scheme = get("rk4_classic")
    found = finite(act(scheme, {"problem": name}))
    points = trajectory(scheme, example(name), example(name).start, found["step"], found["steps"])[found["shown"]]
    x, y = found["plane"]["x"], found["plane"]["y"]
    unknowns = example(name).unknowns.split()
    assert np.allclose(numbers(found["points"]["y"]), points[:, unknowns.index(y)], rtol=1e-5, atol=1e-5)
    expected = numbers(found["times"]) if x not in unknowns else points[:, unknowns.index(x)]
    assert np.allclose(numbers(found["points"]["x"]), expected, rtol=1e-5, atol=1e-5)
    assert found["says"] == []


def test_the_exact_flow_is_the_closed_form():
    """u' = u² from 1/2 is 1/(2 - t); the gradient flow is e^(-t/2), e^(-3t); stiff decay is known too."""
    square = act(get("euler"), {"problem": "square"})["exact"]
    assert np.allclose(numbers(square["y"]), 1 / (2 - numbers(square["t"])), atol=1e-5)
    flow = act(get("euler"), {"problem": "gradient_flow"})["exact"]
    t = numbers(flow["t"])
    assert np.allclose([numbers(flow["x"]), numbers(flow["y"])], [np.exp(-t / 2), np.exp(-3 * t)], atol=2e-6)
    decay = act(get("backward_euler"), {"problem": "stiff_decay"})["exact"]
    t = numbers(decay["t"])
    smooth = (2500 * np.cos(t) + 50 * np.sin(t)) / 2501
    assert np.allclose(numbers(decay["y"]), smooth - 2500 / 2501 * np.exp(-50 * t), atol=1e-5)


def test_the_exact_flow_goes_as_fast_as_the_scheme():
    """A step h of LM-ResNet moves it by h/(1 + k): with k = -1/2 the gradient flow is e^(-t), e^(-6t)."""
    found = act(get("lm2", k="-1/2"), {"problem": "gradient_flow"})
    t = numbers(found["exact"]["t"])
    assert found["speed"] == ["2"]
    assert np.allclose(
        [numbers(found["exact"]["x"]), numbers(found["exact"]["y"])], [np.exp(-t), np.exp(-6 * t)], atol=2e-6
    )


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("heun2", 2), ("rk4_classic", 4), ("implicit_midpoint", 2)])
def test_errors_fall_with_the_order_on_a_nonlinear_field(name, order):
    sizes = [act(get(name), {"h": h, "steps": n})["errors"][-1] for h, n in (("1/20", 40), ("1/40", 80))]
    assert np.log2(sizes[0] / sizes[1]) == pytest.approx(order, abs=0.25)


def test_points_follow_the_modified_flow_to_its_order():
    """The distance from the flow of order q falls like h^q, one power faster than the last term."""
    lm2, sizes = get("lm2", k="-1/20"), {}
    for q in (1, 2, 3):
        found = [
            act_modified(lm2, {"h": h, "steps": n, "order": q, "start": "smooth"})["errors"][-1]
            for h, n in (("1/50", 50), ("1/100", 100))
        ]
        sizes[q] = np.log2(found[0] / found[1])
    assert [sizes[q] for q in (1, 2, 3)] == pytest.approx([1, 2, 3], abs=0.25)


def test_a_filled_history_leaves_the_modified_flow_of_the_start_and_it_is_said():
    options = {"h": "1/40"}
    errors = {
        start: np.max(act_modified(get("leapfrog"), {**options, "start": start})["errors"])
        for start in ("usual", "smooth")
    }
    assert errors["smooth"] < 1e-6 < np.max(act(get("leapfrog"), options)["errors"]) < errors["usual"]
    assert "fill its history" in act_modified(get("leapfrog"), options)["says"][0]
    assert act_modified(get("leapfrog"), {**options, "start": "smooth"})["says"] == []
    assert act_modified(get("euler"), options)["says"] == []


def test_a_symplectic_scheme_keeps_the_energy_and_euler_does_not():
    drift = {
        name: np.abs(numbers(act(get(name), {"h": "1/20", "steps": 600})["invariants"][0]["drift"])).max()
        for name in ("stormer_verlet", "euler")
    }
    assert drift["stormer_verlet"] < 2e-3 < 0.5 < drift["euler"]


def test_what_grows_is_cut_and_said():
    found = finite(act(get("euler"), {"problem": "stiff_decay", "h": "1/10", "steps": 200}))
    assert found["shown"][-1] < 200 and any("grow without bound" in sentence for sentence in found["says"])
    assert any("leave the picture" in sentence for sentence in found["says"])
    low, high = found["plane"]["window"]["y"]
    kept = numbers(found["points"]["y"])
    assert np.all((kept[np.isfinite(kept)] >= low) & (kept[np.isfinite(kept)] <= high))
    assert found["exact"]["t"][-1] == pytest.approx(20)


def test_a_scheme_without_a_modified_equation_still_shows_its_points():
    unstable = get("lm2", k="-3/2")
    assert len(act(unstable, {})["points"]["x"]) > 10
    found = act_modified(unstable, {})
    assert found["flow"] is None and "not zero-stable" in found["says"][0]


def test_what_nobody_fixed_stands_at_its_usual_value():
    assert act(get("lm2"), {})["at"] == {"k": "-1/20"}
    assert act(get("lm2", k="-1/20"), {})["points"] == act(get("lm2"), {})["points"]
    assert act(get("stochastic_depth"), {})["random"] and not act(get("euler"), {})["random"]


def test_many_steps_stay_small():
    found = finite(act(get("lm2", k="-1/20"), {"problem": "kepler", "h": "1/1000", "steps": 2000}))
    assert len(found["times"]) <= 501 and found["shown"][-1] == 2000


@pytest.mark.parametrize("start", ["usual", "smooth", "disturbed"])
def test_starts_are_reproducible(start):
    lm2 = get("lm2", k="-1/2")
    first, again, other = (act(lm2, {"start": start, "seed": seed, "steps": 20}) for seed in (1, 1, 2))
    assert first == again
    assert (first["points"] == other["points"]) == (start != "disturbed")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"problem": "pendulm"}, "'pendulm' is none that acts here: take pendulum"),
        ({"h": "1/0"}, "divides by zero"),
        ({"h": "-1/10"}, "is no positive number"),
        ({"h": "1e999999999"}, "is no positive number"),
        ({"h": "nan"}, "is no positive number"),
        ({"h": True}, "is no positive number"),
        ({"h": "1e-9"}, "out of reach: take 1/1000000 to 100"),
        ({"steps": 2001}, "steps = '2001' is no whole number from 1 to 2000"),
        ({"steps": "1.5"}, "steps = '1.5' is no whole number"),
        ({"order": 7}, "order = '7' is no whole number from 1 to 6"),
        ({"start": ["x"]}, "is no start: take usual, smooth, disturbed"),
        ({"seed": -1}, "seed = '-1' is no whole number"),
        ({"start": "disturbed"}, "euler keeps nothing but the solution"),
    ],
)
def test_wrong_options_get_one_sentence(options, sentence):
    with pytest.raises(OdenetsError) as caught:
        act(get("euler"), options)
    assert sentence in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("scheme", "options"),
    [
        (get("revnet"), {"problem": "stiff_decay"}),
        (get("lm2", k=-1), {}),
        (get("polynet_poly2"), {}),
        (get("backward_euler"), {"problem": "square", "h": "5"}),
    ],
)
def test_what_cannot_act_says_why(scheme, options):
    with pytest.raises((AnalysisError, SchemeError, OdenetsError), match=r"\w+"):
        act(scheme, options)


def test_a_disturbed_start_is_near_the_given_one_where_the_smooth_manifold_is_out_of_reach():
    found = act(get("lm2", k="-11/10"), {"problem": "pendulum", "h": "1/10", "start": "disturbed"})
    assert len(found["points"]["x"]) > 5
    with pytest.raises(AnalysisError, match="no smooth start at h = 1/10"):
        act(get("lm2", k="-11/10"), {"problem": "pendulum", "h": "1/10", "start": "smooth"})
