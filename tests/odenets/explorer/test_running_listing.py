import math

import pytest

from odenets.database import FILE
from odenets.errors import OdenetsError
from odenets.explorer.running.listing import Listing, finite
from odenets.records import Records
from tests.odenets.explorer.running import LM2, recorded, sentence, visiting


def test_no_database_is_an_empty_list_and_none_is_made(tmp_path):
    with visiting(tmp_path / "none") as client:
        assert client.get("/runs.json").json()["runs"] == []
        assert not (tmp_path / "none").exists()


def test_a_row_says_what_the_table_shows(tmp_path):
    done, going = recorded(tmp_path, status="done"), recorded(tmp_path, epochs=1)
    with visiting(tmp_path) as client:
        first, second = client.get("/runs.json").json()["runs"]
    assert (first["id"], second["id"]) == (done, going)
    facts = ("status", "scheme", "data", "depth", "seed", "epochs", "of", "test_error", "parameters")
    assert [first[x] for x in facts] == ["done", "lm2", "digits", "20", 0, 2, 5, 8.0, 7]
    assert [second[x] for x in ("status", "epochs", "test_error")] == ["running", 1, 9.0]


def test_what_is_unchanged_is_not_sent_again(tmp_path):
    id = recorded(tmp_path, epochs=1)
    with visiting(tmp_path) as client:
        stamp = client.get("/runs.json").json()["stamp"]
        assert client.get("/runs.json", params={"after": stamp}).json() == {"stamp": stamp}
        with Records(tmp_path) as records:
            records.log(id, 2, {"test_error": 3.0})
        later = client.get("/runs.json", params={"after": stamp}).json()
    assert later["runs"][0]["test_error"] == 3.0


def test_a_finished_list_is_not_read_again(tmp_path, monkeypatch):
    recorded(tmp_path, status="done")
    listing = Listing(tmp_path)
    first = listing.answer()
    monkeypatch.setattr("odenets.explorer.running.listing.rows", None)
    assert listing.answer() == first


def test_layers_and_strange_configurations_have_a_row(tmp_path):
    recorded(tmp_path, {"spec": {"layers": [3, 4, 6, 3]}}, epochs=0, status="failed")
    recorded(tmp_path, {"spec": "text", "recipe": None, "seed": "?"}, epochs=0, status="failed")
    first, second = Listing(tmp_path).answer()["runs"]
    assert (first["depth"], second["depth"], second["seed"]) == ("3-4-6-3", None, "?")


def test_names_are_data(tmp_path):
    recorded(tmp_path, LM2 | {"scheme": "<b>%'\";--"}, name="<script>alert(1)</script>", status="done")
    with visiting(tmp_path) as client:
        response = client.get("/runs.json")
    assert response.headers["content-type"] == "application/json"
    assert response.json()["runs"][0]["name"] == "<script>alert(1)</script>"


def test_no_number_is_nan():
    assert finite({"a": [math.nan, (math.inf, 1.5)], 2: "NaN"}) == {"a": [None, [None, 1.5]], "2": "NaN"}


def test_a_broken_database_is_one_sentence(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    with visiting(tmp_path) as client:
        for path in ("/runs.json", "/runs/x.json", "/runs/x/report"):
            response = client.get(path)
            assert response.status_code == 422, path
            assert "could not be opened" in sentence(response)


def test_another_programs_database_is_refused(tmp_path):
    import sqlite3

    sqlite3.connect(tmp_path / FILE).execute("CREATE TABLE x (y)").connection.close()
    with pytest.raises(OdenetsError, match="another program's"):
        Listing(tmp_path).answer()
