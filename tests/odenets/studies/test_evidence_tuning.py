"""The speeds on the page of evidence: those of the benchmark's file, or that there are none."""

import json

import pytest

from odenets.errors import OdenetsError
from odenets.studies.evidence_tuning import tuning


@pytest.fixture
def folder(tmp_path):
    """The folder of the studies, beside which the file lies."""
    return tmp_path / "evidence"


def test_without_the_file_nothing_has_run(folder):
    assert tuning(folder) == "not run yet"


def test_speeds_and_what_was_refused_are_rows(folder):
    row = {"model": "resnet20", "step": "eager", "precision": "fp32", "at_once": 1}
    reached = {"images_per_second": 12345.6, "of_memory": 0.256, "bytes_per_second": 4e12, "commit": "abc"}
    rows = [{**row, "at_once": 8, "refused": "no memory"}, {**row, **reached}]
    record = {"results": rows, "conditions": {"cuda": "a device"}}
    (folder.parent / "gpu_recipe.json").write_text(json.dumps(record))
    text = tuning(folder)
    assert text.startswith("On a device:\n\n| model | step | precision | networks at once | images/s | of memory, % |")
    assert "| resnet20 | eager | fp32 | 1 | 12,346 | 25.6 |" in text
    assert "| resnet20 | eager | fp32 | 8 | refused: no memory |  |" in text


def test_another_file_is_refused(folder):
    (folder.parent / "gpu_recipe.json").write_text("[]")
    with pytest.raises(OdenetsError, match="is no result of the benchmark"):
        tuning(folder)
