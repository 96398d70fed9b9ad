import contextlib
import json
import math
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odenets import database
from odenets import records as module
from odenets.errors import OdenetsError
from odenets.records import Metric, ParameterValue, Records

NOTHING: dict[str, object] = {}


def test_a_run_comes_back_as_it_was_written(records):
    config = {"scheme": "lm2", "optimizer": {"lr": 0.1, "nesterov": False}, "widths": [16, 32], "note": None}
    id = records.create(config, {"torch": "2.13.0"}, name="first try")
    run = records.run(id)
    assert (run.name, run.status, run.config, run.environment, run.summary) == (
        "first try", "running", config, {"torch": "2.13.0"}, {},
    )  # fmt: skip
    assert (run.pid, run.host, run.folder) == (os.getpid(), os.uname().nodename, records.root / id)
    assert json.loads((run.folder / "config.json").read_text()) == config
    records.finish(id, "done", {"test_error": 0.07, "loss": math.inf})
    with Records(records.root) as again:
        assert (again.run(id).status, again.run(id).summary) == ("done", {"test_error": 0.07, "loss": math.inf})


def test_ids_are_readable_and_sort_by_time(records):
    id = records.create({"scheme": "lm2"}, NOTHING)
    assert re.fullmatch(r"\d{8}-\d{6}-lm2-[0-9a-f]{4}", id)
    assert records.create({}, NOTHING, "../λ Net: é/").split("-", 2)[2].startswith("net-")
    assert "-run-" in records.create({}, NOTHING, "λ")


def test_an_id_already_taken_is_not_given_again(records, monkeypatch):
    ids = iter(["20260101-000000-a-0000", "20260101-000000-a-0000", "20260101-000000-a-0001"])

    def choose(name):
        another = sqlite3.connect(records.path, timeout=0, isolation_level=None)
        with contextlib.closing(another), pytest.raises(sqlite3.OperationalError, match="locked"):
            another.execute("BEGIN IMMEDIATE")  # no other process chooses meanwhile
        return next(ids)

    monkeypatch.setattr(module, "_new_id", choose)
    assert [records.create({}, NOTHING)[-4:] for _ in range(2)] == ["0000", "0001"]


def test_one_that_reads_does_not_hold_up_one_that_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.1)
    with Records(tmp_path) as records, contextlib.closing(sqlite3.connect(records.path)) as reader:
        id = records.create({}, NOTHING)
        cursor = reader.execute("SELECT id FROM runs UNION ALL SELECT id FROM runs")
        cursor.fetchone()  # and stands in the middle of its answer
        records.log(id, 1, {"loss": 1.0})
        assert cursor.fetchone() == (id,)


def test_what_is_not_json_is_refused_and_leaves_nothing(records):
    for config in ({"path": Path()}, {"lr": math.nan}):
        with pytest.raises(OdenetsError, match="configuration must be JSON"):
            records.create(config, NOTHING)
    assert records.runs() == [] and [path.name for path in records.root.iterdir() if path.is_dir()] == []


def test_logging_an_epoch_again_replaces_it_and_truncate_forgets_the_later_ones(records):
    id, other = (records.create({}, NOTHING) for _ in range(2))
    k = [ParameterValue(0, step, "k", channel, -step / 8) for step in (2, 1) for channel in (1, 0)]
    for epoch in (0, 2, 1):
        records.log(id, epoch, {"loss": 9.0, "stale": 1.0}, [*k, ParameterValue(0, 9, "k", 0, 1.0)])
        records.log(id, epoch, {"loss": 1.0 / (epoch + 1), "accuracy": 0.5}, k)
        records.log(other, epoch, {"loss": 7.0}, k)
    assert records.metrics(id, "loss") == [(0, "loss", 1.0), (1, "loss", 0.5), (2, "loss", 1 / 3)]
    assert records.metrics(id)[:2] == [Metric(0, "accuracy", 0.5), Metric(0, "loss", 1.0)]
    assert records.parameters(id) == [(epoch, value) for epoch in range(3) for value in sorted(k)]
    records.truncate(id, after_epoch=1)
    assert {metric.epoch for metric in records.metrics(id)} == {epoch for epoch, _ in records.parameters(id)} == {0, 1}
    assert len(records.metrics(other)) == 3 and len(records.parameters(other)) == 12


def test_an_epoch_is_logged_whole_or_not_at_all(records):
    id = records.create({}, NOTHING)
    records.log(id, 1, {"loss": 1.0})
    with pytest.raises(OdenetsError, match="UNIQUE"):
        records.log(id, 1, {"loss": 2.0}, [ParameterValue(0, 1, "k", 0, 0.0)] * 2)
    assert records.metrics(id) == [(1, "loss", 1.0)]


@given(value=st.floats())
def test_every_float_survives(value, tmp_path_factory):
    with Records(tmp_path_factory.getbasetemp() / "floats") as records:
        id = records.create({}, NOTHING)
        records.log(id, 1, {"loss": value}, [ParameterValue(0, 1, "k", 0, value)])
        [[_, _, loss]], [(_, k)] = records.metrics(id), records.parameters(id)
    assert repr(loss) == repr(k.value) == repr(value)


def test_a_run_is_found_by_id_name_and_beginning(records, monkeypatch):
    ids = ["20260101-000000-lm2-aaaa", "20260101-000001-lm2-bbbb", "20260102-000000-euler-cccc"]
    for id in ids:
        monkeypatch.setattr(module, "_new_id", lambda name, id=id: id)
        records.create({"scheme": id.split("-")[2]}, NOTHING)
    assert [records.run(id).id for id in ids] == ids
    assert records.run("euler").id == records.run("20260102").id == ids[2]
    for several in ("lm2", "20260101", ""):
        with pytest.raises(OdenetsError, match=f"{ids[0]}, {ids[1]}"):
            records.run(several)
    with pytest.raises(OdenetsError, match=r"no run 'eulr' in .* the nearest are euler"):
        records.run("eulr")
    for reader in (records.metrics, records.parameters):
        with pytest.raises(OdenetsError, match="no run has the id 'euler'"):
            reader("euler")
    for write in (lambda: records.log("euler", 1, {}), lambda: records.truncate("euler", 1)):
        with pytest.raises(OdenetsError, match="no run has the id 'euler'"):
            write()


def test_runs_are_filtered_by_status_and_configuration(records):
    a = records.create(
        {"scheme": "lm2", "depth": 20, "optimizer": {"lr": 0.1, "nesterov": True}, "tag": "20", "seed": None}, NOTHING
    )
    b = records.create({"scheme": "euler", "depth": 20, "optimizer": {"lr": 0.5}, "widths": [16, 32]}, NOTHING)
    records.finish(b, "failed", {})

    def found(status=None, **where):
        return [run.id for run in records.runs(status, {key.replace("__", "."): value for key, value in where.items()})]

    assert found() == found(depth=20) == found(depth="20") == [a, b]
    assert (
        found("running")
        == found(scheme="lm2")
        == found(tag="20")
        == found(optimizer__lr="1e-1")
        == found(seed="null")
        == [a]
    )
    assert found(optimizer__nesterov="true") == found(optimizer__nesterov="True") == [a]
    assert found("failed") == found(widths="[16, 32]") == found(optimizer__lr=0.5, depth=20) == [b]
    assert found(scheme="lm") == found("done") == found("failed", scheme="lm2") == []
    with pytest.raises(OdenetsError, match=r"no run has a configuration key 'optimizer.rl': .*optimizer\.lr"):
        found(optimizer__rl=0.1)
    with pytest.raises(OdenetsError, match="status is one of"):
        found("finished")
    with pytest.raises(OdenetsError, match="ends as one of"):
        records.finish(a, "running", {})


DYING = """
import sys; from odenets.records import Records
records = Records(sys.argv[1]); print(records.create({}, {}), flush=True); sys.stdin.readline()
"""


def test_a_run_whose_process_was_killed_is_interrupted_and_can_be_claimed(records):
    process = subprocess.Popen(
        [sys.executable, "-c", DYING, str(records.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    id = process.stdout.readline().strip()
    assert records.run(id).status == "running"
    with pytest.raises(OdenetsError, match=f"being run by process {process.pid}"):
        records.claim(id)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, not collected: its pid still answers
    assert [run.status for run in records.runs("interrupted")] == ["interrupted"]
    process.communicate()
    assert records.run(id).status == "interrupted"
    records.claim(id)
    assert (records.run(id).status, records.run(id).pid) == ("running", os.getpid())


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("birth = 'an earlier boot:1'", "interrupted"),  # the pid is used again, by this very process
        ("birth = ''", "running"),  # written where the birth cannot be known
        ("host = 'elsewhere'", "running"),
        ("host = 'elsewhere', heartbeat = '2020-01-01T00:00:00.000+00:00'", "interrupted"),
        ("status = 'failed', birth = 'an earlier boot:1'", "failed"),
    ],
)
def test_running_is_believed_of_a_live_process_only(records, change, status):
    id = records.create({}, NOTHING)
    records._db.execute(f"UPDATE runs SET {change}")
    assert records.run(id).status == status


def test_logging_is_a_heartbeat(records):
    id = records.create({}, NOTHING)
    records._db.execute("UPDATE runs SET heartbeat = '2020'")
    records.log(id, 1, {})
    assert records.run(id).heartbeat >= records.run(id).created


WRITER = """
import sys; from odenets.records import ParameterValue, Records
root, rounds = sys.argv[1], int(sys.argv[2])
sys.stdin.readline()
with Records(root) as records:
    run = records.create({"scheme": "lm2"}, {}, "twin")
    for epoch in range(rounds):
        records.log(run, epoch, {"loss": epoch / 7, "epoch": epoch},
                    [ParameterValue(0, step, "k", 0, epoch + step) for step in range(5)])
print(run)
"""


def test_two_processes_write_at_once_and_lose_nothing(tmp_path):
    rounds, root = 400, tmp_path / "runs"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root), str(rounds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for writer in writers:  # both open, and make, the same new database
        writer.stdin.write("\n")
        writer.stdin.flush()
    answers = [writer.communicate(timeout=60) for writer in writers]
    assert [errors for _, errors in answers] == ["", ""]
    with Records(root) as records:
        assert {run.id for run in records.runs()} == {out.strip() for out, _ in answers}
        for run in records.runs():
            assert records.metrics(run.id, "loss") == [(epoch, "loss", epoch / 7) for epoch in range(rounds)]
            assert [value.value for _, value in records.parameters(run.id)] == [
                epoch + step for epoch in range(rounds) for step in range(5)
            ]
    assert sorted(path.name for path in root.iterdir()) == sorted([*(out.strip() for out, _ in answers), "runs.sqlite"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"epoch,loss\n" * 99, "file is not a database"),
        (b"", "another program's database"),
        ("CREATE TABLE experiments (id)", "another program's database"),
        (f"PRAGMA application_id = {database.APPLICATION}; PRAGMA user_version = 99", "schema 99, newer than"),
    ],
)
def test_a_file_that_is_no_record_is_refused_in_one_sentence(tmp_path, content, message):
    file = tmp_path / "runs.sqlite"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        with contextlib.closing(sqlite3.connect(file)) as db:
            db.executescript(content)
    with pytest.raises(OdenetsError, match=message) as caught:
        Records(tmp_path)
    assert "\n" not in str(caught.value)


def test_the_second_process_to_make_the_database_takes_the_firsts(tmp_path):
    with Records(tmp_path) as first:
        id = first.create({}, NOTHING)
    database.make_database(first.path)  # it saw no file before the first one's was there
    with Records(tmp_path) as second:
        assert [run.id for run in second.runs()] == [id]
    assert not list(tmp_path.glob(".*.new"))


def test_a_root_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "runs").touch()
    with pytest.raises(OdenetsError, match="could not be opened"):
        Records(tmp_path / "runs")


def test_records_do_not_import_torch():
    script = "import sys, odenets.records; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
