"""Which runs are of one job, those of earlier versions among them."""

from pathlib import Path

import pytest

from odenets import OdenetsError
from odenets.jobs import Job
from odenets.recipes import Recipe
from odenets.records import Records, Run
from odenets.repeats import alike, finished, plain
from odenets.results import groups
from odenets.spec import Spec

JOB = Job(Spec("lm2", layers=(1, 1), widths=(2, 4)), Recipe(epochs=3, milestones=(1,)), precision="fp32", threads=1)


@pytest.fixture
def earlier():
    """The job as a version wrote it down whose recipes had no warm-up and no other decay."""
    config = plain(JOB.as_dict())
    return {**config, "recipe": {k: x for k, x in config["recipe"].items() if k not in ("decay", "warmup")}}


def test_a_run_of_an_earlier_version_is_of_the_same_job(earlier):
    assert alike(earlier, JOB)
    assert not alike({**earlier, "recipe": {**earlier["recipe"], "decay": "linear"}}, JOB)
    assert not alike({**earlier, "seed": 1}, JOB)


def test_seeds_of_two_versions_are_one_group(earlier):
    def run(config, seed):
        return Run(f"r{seed}", "r", "", "done", {**config, "seed": seed}, {}, {}, "", "", 0, Path())

    old, new, other = run(earlier, 0), run(plain(JOB.as_dict()), 1), run({**earlier, "held_out": 5}, 2)
    assert [len(group.runs) for group in groups([old, new, other])] == [2, 1]


def test_a_job_that_another_process_trains_is_not_begun_again(tmp_path):
    with Records(tmp_path) as records:
        run = records.create(plain(JOB.as_dict()), {}, "lm")  # this process lives, so the run counts as running
        with pytest.raises(OdenetsError, match=f"run {run} of this job is in progress"):
            finished(JOB, tmp_path)
        assert len(records.runs()) == 1
