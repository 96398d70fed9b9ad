import math
import shutil

import pytest

from odenets.explorer.running.detail import detail
from odenets.records import Records
from tests.odenets.explorer.running import ABOUT, recorded, sentence, visiting


def test_a_run_has_its_curves_configuration_and_coefficients(tmp_path):
    id = recorded(tmp_path, status="done")
    found = detail(tmp_path, id, ABOUT)
    assert found["curves"]["test_error"] == [[0, 10.0], [1, 9.0], [2, 8.0]]
    assert found["config"]["spec.depth"] == 20
    assert found["environment"] == {"torch": "2.0"}
    assert found["learned"]["k"]["values"][2] == [-1.0] * 6
    assert found["about"] == {"stages": [3, 3, 3], "command": "odenets train lm2", "sentence": None}


def test_only_later_epochs_are_sent(tmp_path):
    id = recorded(tmp_path)
    found = detail(tmp_path, id, ABOUT, after=1)
    assert found["curves"]["test_error"] == [[2, 8.0]]
    assert found["learned"]["k"]["epochs"] == [2]
    assert len(found["learned"]["k"]["theory"]["depth"]) == 1
    assert found["last"] == 2
    assert detail(tmp_path, id, ABOUT, after=2)["learned"]["k"]["values"] == []


def test_a_run_that_diverged_is_finite_json(tmp_path):
    id = recorded(tmp_path, k=math.inf, metrics={"train_loss": math.nan, "test_loss": -math.inf})
    with visiting(tmp_path) as client:
        found = client.get(f"/runs/{id}.json").json()
    assert found["curves"]["train_loss"][0] == [0, None]
    assert found["curves"]["test_loss"][0] == [0, None]
    assert found["learned"]["k"]["values"][1] == [None] * 6
    assert detail(tmp_path, id, ABOUT)["learned"]["k"]["theory"]["parasite"][1] == [None] * 3


@pytest.mark.parametrize("odd", ["%", "_", "20*", "' OR 1=1 --", "..%2f..%2fetc%2fpasswd", "%00", "é", "x" * 3000])
def test_an_id_that_is_none_is_404(tmp_path, odd):
    recorded(tmp_path, status="done")
    with visiting(tmp_path) as client:
        for path in (f"/runs/{odd}.json", f"/runs/{odd}/report"):
            response = client.get(path)
            assert response.status_code == 404
            assert "passwd" not in response.text


def test_the_beginning_of_an_id_and_a_name_are_no_ids(tmp_path):
    id = recorded(tmp_path, name="mine", status="done")
    with visiting(tmp_path) as client:
        assert client.get(f"/runs/{id}.json").status_code == 200
        for odd in (id[:-1], "mine"):
            assert client.get(f"/runs/{odd}.json").status_code == 404


@pytest.mark.parametrize("odd", ["x", "1.5", "9" * 30, "", "--1"])
def test_an_epoch_that_is_none_is_said(tmp_path, odd):
    id = recorded(tmp_path)
    with visiting(tmp_path) as client:
        assert "is no epoch" in sentence(client.get(f"/runs/{id}.json", params={"after": odd}))


def test_a_deleted_folder_leaves_the_record(tmp_path):
    id = recorded(tmp_path, status="done")
    shutil.rmtree(tmp_path / id)
    assert detail(tmp_path, id, None)["status"] == "done"


def test_a_run_without_epochs_is_there(tmp_path):
    with Records(tmp_path) as records:
        id = records.create({}, {}, "empty")
    found = detail(tmp_path, id, None)
    assert (found["last"], found["curves"], found["learned"], found["about"]) == (-1, {}, {}, None)


def test_an_interrupted_run_says_how_it_goes_on(tmp_path):
    id = recorded(tmp_path, status="interrupted")
    assert detail(tmp_path, id, None)["resume"] == f"odenets train --resume {id} --runs {tmp_path}"
    assert detail(tmp_path, recorded(tmp_path, status="done"), None)["resume"] is None


def test_a_report_takes_a_finished_run(tmp_path, monkeypatch):
    id = recorded(tmp_path, status="interrupted")
    monkeypatch.setattr("odenets.explorer.running.beside.said", None)  # it is refused without a process
    with visiting(tmp_path) as client:
        response = client.get(f"/runs/{id}/report")
    assert response.status_code == 422
    assert "is interrupted: a report takes finished runs" in sentence(response)
