"""Results of runs that have ended: whether they are the study's, and which measures are left for later."""

import json

import pytest

from odenets import OdenetsError
from odenets.studies import completing
from odenets.studies.plans import read
from odenets.studies.running import missing
from tests.odenets.studies.sides import first

TEXT = """
measures = ["inputs"]
[recipe]
epochs = 1
lr = 0.0123456789
[options.inputs]
images = 50
levels = [0, 0.123456789]
[[cell]]
name = "lm"
network = "lm2"
design = { layers = [1, 1], widths = [2, 4] }
"""


def test_numbers_of_many_digits_do_not_make_it_another_job(study, places):
    result = json.loads(first(study, places).read_text())
    assert result["config"]["recipe"]["lr"] == 0.0123456789
    assert missing(study, places) == ([], [])


def test_a_result_that_was_measured_with_other_options_is_refused(study, places, tmp_path):
    first(study, places)
    (tmp_path / "own.toml").write_text(TEXT.replace("0.123456789]", "0.5]"))
    with pytest.raises(OdenetsError, match=r"lm-s0\.json has inputs with other options than the study"):
        missing(read(tmp_path / "own.toml"), places)


def test_measures_are_not_begun_when_the_study_is_stopped(study, places, monkeypatch):
    monkeypatch.setattr(completing, "stopped", lambda places: True)
    path = first(study, places)
    assert json.loads(path.read_text())["measures"] == {}
    monkeypatch.undo()
    assert missing(study, places) == ([], list(study.jobs()))
    first(study, places)
    assert list(json.loads(path.read_text())["measures"]) == ["inputs"]
