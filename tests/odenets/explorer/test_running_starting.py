import subprocess
import sys
import time

import pytest
from starlette.testclient import TestClient

from odenets.explorer.app import explorer
from odenets.explorer.pool import Pool
from odenets.explorer.running import starting
from odenets.explorer.running.planning import plan
from odenets.records import Records
from schemes import get, read
from tests.odenets.explorer.running import sentence, visiting

LM2 = {"design": {"entry": "lm2", "values": {"k": "-1/2"}}, "depth": 8, "epochs": 2}


def waited(look, seconds=20):
    """The first true value of look()."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
    return found


def test_the_command_is_as_one_would_type_it(tmp_path):
    words = plan(tmp_path, LM2).command
    assert words.startswith("odenets train lm2 --set k=-1/2 --depth 8 --epochs 2 --seed 0 --data digits --threads ")
    assert words.endswith(f"--runs {tmp_path}")


def test_a_typed_design_is_written_whole_and_can_be_read_again(tmp_path):
    found = plan(tmp_path, {"design": {"text": "0 | ; 1/2 | 1/2 ; | 0 1", "name": "mine"}})
    assert not (tmp_path / "designs").exists()  # to ask for a command writes nothing
    found.write()
    (file,) = (tmp_path / "designs").iterdir()
    assert file.name.startswith("mine-")
    assert str(file) in found.command
    assert (read(file).A, read(file).V) == (get("midpoint").A, get("midpoint").V)


@pytest.mark.parametrize(
    "change, said",
    [
        ({"depth": 9}, "depth = 9: the page trains with depth from 8 to 56 in steps of 6"),
        ({"depth": 62}, "depth from 8 to 56"),
        ({"epochs": 31}, "epochs from 1 to 30"),
        ({"epochs": True}, "epochs = True"),
        ({"seed": -1}, "seed from 0 to"),
        ({"seed": "1; rm"}, "seed = 1; rm"),
        ({"design": {"entry": "backward_euler"}}, "is implicit and cannot be wired"),
        ({"design": {"entry": "lm3"}}, "lm3"),
        ({"design": "lm2"}, "a training is an object with a design"),
        ({"design": {"entry": "lm2", "values": {"k": "--runs"}}}, "is no number"),
        ({"folder": "/etc"}, "a training has no 'folder'"),
    ],
)
def test_what_cannot_be_trained_is_said_before_anything_starts(tmp_path, change, said):
    with visiting(tmp_path) as client:
        for path in ("/runs", "/runs/command"):
            response = client.post(path, json=LM2 | change)
            assert response.status_code == 422
            assert said in sentence(response)
        assert client.get("/runs/started.json").json()["state"] == "none"


def test_a_training_starts_is_followed_and_stopped_and_only_one_at_a_time(tmp_path):
    with visiting(tmp_path) as client:
        assert "nothing to stop" in sentence(client.post("/runs/stop"))
        assert client.post("/runs", json=LM2).json()["command"].startswith("odenets train lm2")
        again = client.post("/runs", json=LM2)
        assert again.status_code == 422
        assert "lm2 is being trained" in sentence(again)
        run = waited(lambda: client.get("/runs/started.json").json()["run"])
        waited(lambda: client.get("/runs.json").json()["runs"][0]["epochs"])
        assert client.get("/runs.json").json()["runs"][0]["status"] == "running"
        assert client.post("/runs/stop").json()["state"] in ("stopping", "ended")
        waited(lambda: client.get("/runs/started.json").json()["state"] == "ended")
        state = client.get("/runs/started.json").json()
        assert state["says"] == "stopped, odenets train --resume continues"
        assert state["resume"] == f"odenets train --resume {run} --runs {tmp_path}"
        with Records(tmp_path) as records:
            assert records.run(run).status == "interrupted"


def test_a_process_that_fails_says_its_last_sentence(tmp_path):
    program = (sys.executable, "-c", "import sys; print('epoch 1'); sys.exit('odenets: <b>no</b>\\nmore')")
    with visiting(tmp_path, starter=starting.Starter(tmp_path, program)) as client:
        client.post("/runs", json=LM2)
        waited(lambda: client.get("/runs/started.json").json()["state"] == "ended")
        state = client.get("/runs/started.json").json()
    assert (state["code"], state["says"], state["run"], state["resume"]) == (1, "<b>no</b>", None, None)


def test_a_process_that_ignores_sigint_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(starting, "PATIENCE", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    with visiting(tmp_path, starter=starting.Starter(tmp_path, (sys.executable, "-c", deaf))) as client:
        client.post("/runs", json=LM2)
        waited(lambda: client.get("/runs/started.json").json()["says"] == "up")
        client.post("/runs/stop")
        waited(lambda: client.get("/runs/started.json").json()["state"] == "ended")
        assert client.get("/runs/started.json").json()["code"] == -9


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with visiting(tmp_path / "file" / "runs") as client:
        assert "cannot be made" in sentence(client.post("/runs", json=LM2))


def test_read_only_starts_and_stops_nothing_but_shows_the_command(tmp_path):
    with visiting(tmp_path, read_only=True) as client:
        for path in ("/runs", "/runs/stop"):
            assert "read-only" in sentence(client.post(path, json=LM2))
        assert client.post("/runs/command", json=LM2).status_code == 200
        assert client.get("/runs/started.json").json()["read_only"]


ENDING = """
import sys, time
from pathlib import Path
from odenets.explorer.running.planning import plan
from tests.odenets.explorer.running import quick
root = Path(sys.argv[1])
starter = quick(root)
starter.start(plan(root, {"design": {"entry": "lm2"}}))
while not starter.state()["run"]:
    time.sleep(0.02)
"""


def test_a_training_ends_with_the_server_and_can_be_continued(tmp_path):
    end = subprocess.run([sys.executable, "-c", ENDING, str(tmp_path)], capture_output=True, text=True, timeout=60)
    with Records(tmp_path) as records:
        (run,) = records.runs()
    assert run.status == "interrupted"
    assert f"odenets train --resume {run.id}" in end.stderr


LEASHED = '''
import os, subprocess, sys
code = """
import time
import odenets.cli
from odenets.explorer.running.leash import main
odenets.cli.main = lambda words: time.sleep(100)
main(PARENT, [])
""".replace("PARENT", str(os.getpid()))
subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
os.kill(os.getpid(), 9)
'''


def test_a_training_ends_with_a_server_that_was_killed():
    killed = subprocess.run([sys.executable, "-c", LEASHED], capture_output=True, text=True, timeout=60)
    assert killed.returncode == -9  # its standard error has ended, and so has the child, which held it
    assert killed.stderr.rstrip().endswith("KeyboardInterrupt")


@pytest.mark.slow
def test_a_true_training_starts_is_seen_and_stops(tmp_path):
    with visiting(tmp_path, starter=starting.Starter(tmp_path)) as client:
        body = {"design": {"text": "0 | ; 1/2 | 1/2 ; | 0 1", "name": "mine"}, "depth": 8, "epochs": 30}
        client.post("/runs", json=body)
        run = waited(lambda: client.get("/runs/started.json").json()["run"], 60)
        waited(lambda: client.get("/runs.json").json()["runs"][0]["epochs"] > 1, 60)
        client.post("/runs/stop")
        waited(lambda: client.get("/runs/started.json").json()["state"] == "ended")
        about = waited(lambda: client.get(f"/runs/{run}.json").json()["about"], 60)
    assert about["command"].startswith("odenets train mine.json")


@pytest.mark.slow
def test_the_report_of_a_finished_run_is_a_page_that_runs_nothing(tmp_path):
    with visiting(tmp_path, starter=starting.Starter(tmp_path)) as client:
        client.post("/runs", json={"design": {"entry": "lm2"}, "depth": 14, "epochs": 1})
        waited(lambda: client.get("/runs/started.json").json()["state"] == "ended", 60)
        run = client.get("/runs/started.json").json()["run"]
        response = client.get(f"/runs/{run}/report")
    assert response.status_code == 200
    assert "sandbox" in response.headers["content-security-policy"]
    assert "Learned" in response.text


def test_a_small_design_that_takes_hours_is_left_at_the_deadline(tmp_path):
    cell = "*".join(f"(1+{letter}+{letter}^2)" for letter in "abcdegjklmpqrstvwxyz")
    design = {"table": {"runge_kutta": {"A": [["0", "0"], [cell, "0"]], "b": ["0", "1"]}}}
    app = explorer(Pool(1, seconds=1), tmp_path, hosts=frozenset({"testserver"}))
    with TestClient(app) as client:
        for path in ("/runs/command", "/runs"):
            response = client.post(path, json={"design": design})
            assert response.status_code == 422 and "seconds of work" in sentence(response)
        assert client.post("/runs/command", json=LM2).json()["command"].startswith("odenets train lm2 --set k=-1/2")
