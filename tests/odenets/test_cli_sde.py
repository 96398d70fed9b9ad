"""The command that derives the stochastic limit of a scheme."""

import json

import pytest

from analysis import AnalysisError
from odenets import OdenetsError
from odenets.cli.sde import sde


def test_constants_that_are_not_fixed_stay_symbols(capsys):
    sde("stochastic_depth")
    said = capsys.readouterr().out
    assert "du = p f dt + √(p*(1 - p)) f dB" in said and "weak order 1/2" in said
    sde("stochastic_depth", set_=("p=1/2",))
    said = capsys.readouterr().out
    assert "du = 1/2 f dt + 1/2 f dB" in said and "weak order 1:" in said


def test_two_step_schemes_have_their_second_order_limit(capsys):
    sde("lm2_stochastic_depth")
    assert "dv = (p f - gamma v) dt + √(p*(1 - p)) f dB" in capsys.readouterr().out
    sde("lm2_stochastic_depth", latex=True)
    said = capsys.readouterr().out
    assert said.count("\\begin{align*}") == said.count("\\end{align*}") == 1 and "\\dot{B}" in said


def test_json_has_exact_numbers(capsys):
    sde("shake_shake", json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["ito"] == {"f1": "1/2", "f2": "1/2"} and found["second_order"] is None
    assert found["noises"] == [
        {"variance": "1/12", "weights": {"f1": "1", "f2": "-1"}, "per": "sample", "coefficients": ["eta"]}
    ]
    sde("lm2_stochastic_depth", json=True)
    found = json.loads(capsys.readouterr().out)
    assert found["second_order"]["recursion"] == ["2 - gamma*h", "gamma*h - 1"] and found["weak_order"] is None


def test_what_has_no_limit_is_a_sentence():
    with pytest.raises(AnalysisError, match="nothing is random in euler"):
        sde("euler")
    with pytest.raises(AnalysisError, match="on average"):
        sde("gaussian_noise", noise=("f",))
    with pytest.raises(OdenetsError, match="choose one"):
        sde("shake_shake", latex=True, json=True)
