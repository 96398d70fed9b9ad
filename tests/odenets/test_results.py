"""Results: intervals against tables, groups of seeds, learned coefficients as arrays."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from odenets.records import ParameterValue, Records
from odenets.results import difference, groups, interval, learned, with_interval

SPEC = {
    "scheme": "lm2",
    "values": {},
    "block": "basic",
    "options": {},
    "depth": 14,
    "widths": [4, 8, 16],
    "share": "field",
}
SPEC = {**SPEC, "channels": 1, "classes": 10}


def test_the_interval_is_students() -> None:
    # t(0.975; 2 degrees of freedom) = 4.302653 (any table of Student's t); standard deviation of 1, 2, 3 is 1
    mean, width = interval([1.0, 2.0, 3.0])
    assert mean == 2.0
    assert width == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)


def test_one_value_has_no_interval() -> None:
    assert with_interval([1.234]) == "1.23"
    assert with_interval([1.0, 1.0]) == "1.00 ± 0.00"


def recorded(root: Path, seed: int, lr: float = 0.1, error: float = 8.0) -> str:
    with Records(root) as records:
        run = records.create({"scheme": "lm2", "spec": SPEC, "recipe": {"lr": lr}, "seed": seed, "data": "digits"}, {})
        for epoch in range(3):
            values = [ParameterValue(1, 1, "k", channel, seed + epoch + channel) for channel in range(2)]
            values.append(ParameterValue(1, 1, "lam", 0, 99.0))
            records.log(run, epoch, {"test_error": 10.0 - epoch}, values)
        records.finish(run, "done", {"epochs": 2, "test_error": error, "parameters": 7, "seconds": 1.0})
    return run


def test_seeds_form_a_group_and_other_differences_do_not(tmp_path: Path) -> None:
    ids = [recorded(tmp_path, seed) for seed in (2, 1)] + [recorded(tmp_path, 1, lr=0.2)]
    with Records(tmp_path) as records:
        first, second = groups(records.runs())
    assert [run.id for run in first.runs] == [ids[1], ids[0]]  # by seed
    assert [run.id for run in second.runs] == [ids[2]]
    assert first.label != second.label


def test_learned_coefficients_stand_at_their_step_and_epoch(tmp_path: Path) -> None:
    for seed in (1, 2):
        recorded(tmp_path, seed)
    with Records(tmp_path) as records:
        (group,) = groups(records.runs())
        k = learned(records, group, "k")
    assert k.shape == (2, 3, 6)  # seeds, epochs with 0, three stages of two steps
    assert np.isnan(np.delete(k, 3, axis=2)).all()
    np.testing.assert_allclose(k[:, :, 3], [[1.5, 2.5, 3.5], [2.5, 3.5, 4.5]])  # mean of the two channels


def test_a_seed_counts_once_with_its_newest_run(tmp_path: Path) -> None:
    _, second = recorded(tmp_path, 1), recorded(tmp_path, 1)
    with Records(tmp_path) as records:
        (group,) = groups(records.runs())
    assert [run.id for run in group.runs] == [second]


def test_networks_are_compared_seed_by_seed(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        recorded(tmp_path, seed)
        recorded(tmp_path, seed, lr=0.2, error=9.0 + seed / 10)
    with Records(tmp_path) as records:
        first, second = groups(records.runs())
    assert difference(second, first).endswith(": 1.20 ± 0.25")  # 1.1, 1.2, 1.3: 4.302653 · 0.1 / √3


def test_a_run_without_a_result_is_left_out(tmp_path: Path) -> None:
    with Records(tmp_path) as records:
        records.create({"scheme": "lm2", "seed": 0}, {})
        assert groups(records.runs()) == []
