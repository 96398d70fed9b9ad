"""`odenets obeys`: what it prints and draws of a trained network, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    from odenets.jobs import prepare
    from odenets.training import train

    root = tmp_path_factory.mktemp("runs")
    job, dataset = prepare(
        "digits", recipe={"epochs": 1, "batch_size": 512}, scheme="lm2", values={"k": "-1/5"}, depth=14,
        widths=(4,), depth_shared=True, activation="softplus", precision="fp32",
    )  # fmt: skip
    return root, train(job, root, dataset=dataset)


def test_the_command_prints_distances_and_slopes_and_draws_them(trained: Any, tmp_path: Path, capsys: Any) -> None:
    from odenets.cli import main
    from odenets.cli.common import console

    console.cache_clear()
    root, run = trained
    main(["obeys", run, "--runs", str(root), "--order", "2", "--halvings", "1", "--images", "1",
          "--figure", str(tmp_path / "a.svg")])  # fmt: skip
    out, err = capsys.readouterr()
    assert "lm2: 5 steps" in err and "h = 1/2" in err and "slope" in out and "theory" in out and "2 terms" in out
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")


def test_the_command_spells_what_json_has_no_number_for(trained: Any, capsys: Any, monkeypatch: Any) -> None:
    from odenets.cli import main
    from odenets.obeys import flows

    monkeypatch.setattr(flows, "WORK", 3)
    root, run = trained
    main(["obeys", run, "--runs", str(root), "--order", "1", "--halvings", "1", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["halvings"] == {"1": ["Infinity"] * 2} and found["slopes"] == {"1": ["NaN"]}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--stage", "2"], "stage 2 is not there: the network has stages 1 to 1"),
        (["--order", "5"], "--order 5: take 1 to 4"),
        (["--halvings", "0"], "--halvings 0: take 1 to 5"),
        (["--images", "0"], "--images 0: take 1 to 1000"),
        (["--figure", "a.xyz"], "a.xyz"),
    ],
)
def test_a_wrong_input_is_one_sentence_and_status_2(
    trained: Any, options: list[str], sentence: str, capsys: Any
) -> None:
    from odenets.cli import main
    from odenets.cli.common import console

    console.cache_clear()  # consoles hold on to the streams of the test before
    with pytest.raises(SystemExit) as stop:
        main(["obeys", trained[1], "--runs", str(trained[0]), *options])
    err = capsys.readouterr().err
    assert stop.value.code == 2 and sentence in err and err.count("\n") == 1
