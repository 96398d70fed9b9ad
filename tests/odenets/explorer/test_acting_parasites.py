"""Parasitic modes: as `analysis.separation` has them, growing at the predicted rate, and why there are none."""

import numpy as np
import pytest

from analysis import example, separation
from odenets.explorer.acting import act_parasites
from schemes import get


def of(scheme, **options):
    found = act_parasites(scheme, options)
    return found, {name: numbers(found["modes"][0][name]) for name in ("size", "predicted")} if found["modes"] else {}


def numbers(values):
    return np.array([np.nan if x is None else x for x in values])


@pytest.mark.parametrize("k", ["-3/2", "-5/4", "2", "9/10", "-37/100"])
def test_each_step_multiplies_the_mode_of_the_papers_scheme_by_k(k):
    """Its parasitic root is -k; on u' = λu the mode changes by the factor -k (1 + O(h)), here of a nonlinear field."""
    found, mode = of(get("lm2", k=k), h="1/500")
    size = mode["size"][:5]
    assert found["modes"][0]["root"] in {k.removeprefix("-"), f"-{k}"}
    assert np.allclose(size[1:] / size[:-1], found["modes"][0]["modulus"], rtol=0.03)
    assert np.allclose(size, mode["predicted"][:5], rtol=0.01)


def test_the_prediction_is_the_modes_own_equation():
    """On u' = f(u) with f' = -1/2 and -3 the mode of leapfrog, root -1 and λ = -1, grows like e^(t/2) and e^(3t)."""
    found, mode = of(get("leapfrog"), problem="gradient_flow", h="1/100", steps=80)
    rate = np.log(mode["predicted"][-1] / mode["predicted"][0]) / (found["times"][-1] - found["times"][0])
    assert found["modes"][0]["root"] == "-1" and rate == pytest.approx(3, abs=0.2)
    assert np.allclose(mode["size"], mode["predicted"], rtol=0.05)


def test_modes_are_those_of_the_library():
    scheme, field = get("lm2", k="-1/2"), example("pendulum")
    _, mode = of(scheme, h="1/100", steps=12)
    library = separation(scheme, field, field.start, 0.01, 12, 5).modes[0]
    seen = np.isfinite(mode["size"])
    assert seen[:5].all()
    assert np.allclose(mode["size"][seen], np.linalg.norm(library.values[1:], axis=1)[seen], rtol=1e-3)
    assert np.allclose(mode["predicted"][:5], np.linalg.norm(library.predicted[1:6], axis=1), rtol=1e-4)


def test_a_disturbed_start_has_a_larger_mode_and_a_smooth_one_none():
    scheme, first = get("lm2", k="-1/2"), {}
    for start in ("usual", "disturbed", "smooth"):
        _, mode = of(scheme, h="1/200", start=start)
        first[start] = mode["size"][0]
    assert first["disturbed"] > 1e-3 and not first["smooth"] > 1e-8


def test_where_h_is_too_large_the_states_are_projected_and_it_is_said():
    found, mode = of(get("lm2", k="-11/10"), h="1/10")
    assert "h is too large for the smooth part" in found["says"][0]
    assert mode["predicted"][3] / mode["predicted"][2] == pytest.approx(1.1, rel=1e-4)
    assert mode["size"][10] > mode["size"][0]


@pytest.mark.parametrize(
    ("scheme", "options", "sentence"),
    [
        (get("rk4_classic"), {}, "no parasitic root"),
        (get("revnet"), {}, "several halves"),
        (get("lm2", k="-11/10"), {"problem": "stiff_decay", "h": "2/5"}, "lost before lm2"),
    ],
)
def test_where_there_is_no_mode_it_is_said(scheme, options, sentence):
    found, _ = of(scheme, **options)
    assert found["modes"] == [] and sentence in found["says"][0]
