"""The command on weak orders."""

import json

import pytest

from analysis import AnalysisError
from odenets import OdenetsError
from odenets.cli.weak import weak


def test_a_constant_on_a_path(capsys):
    weak("stochastic_depth", path=("p=1/2 + root_h/4",))
    said = capsys.readouterr().out
    assert "stochastic_depth, p = 1/2 + root_h/4: weak order 1: E[f'f] is off by -1/8 h^2" in said
    assert said.count("1.000") == 8 and "K → 1 as h → 0" in said


def test_the_default_is_said_and_a_symbol_is_possible(capsys):
    weak("stochastic_depth", order=True)
    assert "stochastic_depth, p = 1/2: weak order 1:" in capsys.readouterr().out
    weak("stochastic_depth", path=("p=p",))
    said = capsys.readouterr().out
    assert "weak order 1/2: E[f·f·f] is off by p*(p - 1)*(2*p - 1) h^(3/2)" in said and "p is free in the table" in said


def test_two_step_schemes_have_their_slopes(capsys):
    weak("lm2_stochastic_depth", set_=("k=-1/2", "p=4/5"), moments=3)
    said = capsys.readouterr().out
    assert "see moment_slopes" in said and "0.500" in said and "moment 4" not in said


def test_json(capsys):
    weak("sra1", constant=("g",), json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["weak_order"], found["at_least"]) == ("2", False)
    assert found["conditions"]["xi"][1]["holds"] is True
    assert found["slopes"]["triangular"]["slopes"]["4"] == pytest.approx(2, abs=5e-4)
    assert found["slopes"]["linear"]["h"][0] == "1/16" and found["monte_carlo"] is None


def test_the_figure(tmp_path, capsys):
    weak("shake_shake", figure=tmp_path / "weak.png")
    assert (tmp_path / "weak.png").stat().st_size > 10_000


def test_monte_carlo_is_printed_and_drawn(tmp_path, capsys):
    weak("euler_weak", moments=1, monte_carlo=True, figure=tmp_path / "weak.svg")
    assert "as of weak order 1" in capsys.readouterr().out
    drawn = (tmp_path / "weak.svg").read_text()
    assert "Monte Carlo" in drawn and "curve E u" in drawn


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"moments": 9}, "--moments 9: take 1 to 8"),
        ({"order": True, "monte_carlo": True}, "choose one"),
        ({"set_": ("p=1/2",), "path": ("p=p",)}, "both give p"),
        ({"path": ("q=1/2",)}, "has no constant q, its constants are p"),
        ({"path": ("p",)}, "--path p: write it as --path name=value"),
    ],
)
def test_sentences(options, sentence):
    with pytest.raises(OdenetsError, match=sentence):
        weak("stochastic_depth", **options)


def test_entries_without_a_limit():
    with pytest.raises(AnalysisError, match="once for the whole network"):
        weak("fractalnet_drop_path")
