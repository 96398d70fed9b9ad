"""The routes: files, views, what is malformed and what is not there. One application for all tests of this file."""

import gzip
import json
import re

import pytest
from starlette.testclient import TestClient

from odenets.explorer import app as apps
from odenets.explorer.app import STATIC, explorer
from odenets.explorer.bounds import BOUNDS
from odenets.explorer.guard import HEADERS
from odenets.explorer.pool import Pool

HOST = "127.0.0.1:8765"
TYPE = {"content-type": "application/json"}
LM2 = {"entry": "lm2", "values": {"k": "-1/2"}}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    app = explorer(Pool(1), tmp_path_factory.mktemp("runs"), hosts=frozenset({HOST}))
    with TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False) as client:
        yield client


def error_of(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert HEADERS["content-security-policy"] == response.headers["content-security-policy"]
    error = response.json()["error"]
    assert set(error) == {"sentence", "cell", "at"}
    assert "Traceback" not in error["sentence"]
    return error


def refused(client, body, status=400, path="/view/formula"):
    content = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return error_of(client.post(path, content=content, headers=TYPE), status)["sentence"]


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"), [("/", "text/html"), ("/style.css", "text/css"), ("/script.js", "text/javascript")]
)
def test_files_have_a_type_an_etag_and_are_packed(client, path, kind):
    plain = client.get(path, headers={"accept-encoding": "identity"})
    packed = client.get(path, headers={"accept-encoding": "gzip"})
    assert plain.status_code == packed.status_code == 200
    assert plain.headers["content-type"] == f"{kind}; charset=utf-8"
    assert plain.content == packed.content and "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    again = client.get(path, headers={"if-none-match": packed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "'none'" in again.headers["content-security-policy"]


def test_the_page_has_nothing_that_its_policy_forbids():
    page = (STATIC / "index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|\son\w+=|<style", page)
    assert set(re.findall(r'\b(?:src|href)="([^"#]+)', page)) <= {"/script.js", "/style.css", "data:,"}


def test_all_that_a_page_needs_is_small():
    sizes = [len(gzip.compress(file.read_bytes())) for file in [STATIC / "index.html", STATIC / "style.css"]]
    assert sum(sizes) + len(gzip.compress(apps.bundle(STATIC / "js").encode())) < 200_000


def test_a_module_outside_of_the_rules_says_so_in_the_console(client, monkeypatch, tmp_path):
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text('import "x";\n')
    monkeypatch.setattr(apps, "STATIC", tmp_path)
    assert client.get("/script.js").text.startswith('throw new Error("main.js, line 1: write it as')


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/static/js/main.js",
        "/js/main.js",
        "/style.css/..%2findex.html",
        "//etc/passwd",
        "/view",
        "/view/formula/",
        "/index.html",
        "/%00",
        "/view/..%2f..%2fapp",
        "/runs/..%2f..%2fetc/passwd/report",
    ],
)
def test_no_other_address_has_a_file(client, path):
    sentence = error_of(client.get(path), 404)["sentence"]
    assert "root:" not in sentence


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/view/formula"),
        ("GET", "/views"),
        ("GET", "/snapshot"),
        ("POST", "/"),
        ("PUT", "/views"),
        ("DELETE", "/"),
        ("OPTIONS", "/views"),
        ("TRACE", "/"),
        ("PATCH", "/catalogue.json"),
    ],
)
def test_another_method_is_refused(client, method, path):
    assert "method" in error_of(client.request(method, path, headers=TYPE), 405)["sentence"]


def test_the_guard_is_before_all(client):
    assert "Host" in error_of(client.get("/", headers={"host": "evil.example:8765"}), 403)["sentence"]
    headers = {**TYPE, "origin": "http://evil.example"}
    assert "Origin" in error_of(client.post("/views", content="{}", headers=headers), 403)["sentence"]


# ---- JSON ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b'{"design": NaN}', "NaN is no number"),
        (b'{"design": -Infinity}', "-Infinity is no number"),
        (b'{"design": {}, "design": {}}', "twice"),
        (b"[" * 60_000, "inside one another"),
        (b'{"a":' * 9000 + b"1" + b"}" * 9000, "inside one another"),
        (b"[" * 40 + b"]" * 40, "at most 32"),
        (b'{"design": ' + b"9" * 5000 + b"}", "60 digits"),
        (b'{"design": {"entry": "\\ud800"}}', "UTF-8"),
        (b'{"design": {"entry": "a\\u0000"}}', "'\\x00'"),
        (b'{"design": {"a\\u001b": "x"}}', "'\\x1b'"),
    ],
)
def test_what_is_no_json_is_one_sentence(client, body, word):
    assert word in refused(client, body)


@pytest.mark.parametrize("path", ["/view/formula", "/views", "/snapshot", "/runs", "/runs/command"])
def test_what_is_no_json_has_one_status_wherever_it_is_sent(client, path):
    assert "no JSON" in refused(client, b"{", 400, path)


@pytest.mark.parametrize("body", [[], '"text"', 1, None, {}, {"design": None}, {"design": []}, {"design": "lm2"}])
def test_a_question_of_another_shape_is_refused(client, body):
    assert "design" in refused(client, body, 422)
    assert "design" in refused(client, body, 422, "/views")


@pytest.mark.parametrize("views", [None, [], "formula", {"formula": None}, {"formula": []}, {"formula": "x"}])
def test_views_of_another_shape_are_refused(client, views):
    assert "views must be an object" in refused(client, {"design": LM2, "views": views}, 422, "/views")


def test_bounds_of_the_server_are_named(client):
    many = {f"view{i}": {} for i in range(BOUNDS["views"].most + 1)}
    assert "24 views" in refused(client, {"design": LM2, "views": many}, 422, "/views")
    long = {"design": {"formula": "u" * 20_000}}
    assert "20000 characters" in refused(client, long, 422)
    assert "65536 bytes" in refused(client, {"design": {"formula": "u" * 70_000}}, 413)


# ---- views ---------------------------------------------------------------------------------------------------------


def test_a_view_and_views_agree(client):
    one = client.post("/view/formula", json={"design": LM2})
    several = client.post("/views", json={"design": LM2, "views": {"formula": {}, "no_such": {}, "tableau": {}}})
    assert one.status_code == several.status_code == 200
    assert one.headers["content-type"] == "application/json" and one.headers["cache-control"] == "no-store"
    found = several.json()
    assert list(found) == ["formula", "no_such", "tableau"]
    assert found["formula"] == one.json() and "no_such" in found["no_such"]["error"]["sentence"]


@pytest.mark.parametrize("name", ["no_such", "__init__", "os", "FORMULA", "a" * 50, "x.y"])
def test_an_unknown_view_is_not_found(client, name):
    assert "view" in refused(client, {"design": LM2}, 404, f"/view/{name}")


def test_a_wrong_cell_is_named(client):
    design = {"table": {"runge_kutta": {"A": [["0", "0"], ["1/2", "x/"]], "b": ["0", "1"]}}}
    error = error_of(client.post("/view/tableau", json={"design": design}), 422)
    assert error["cell"] == {"table": "A", "row": 2, "column": 2}
    assert "is no number" in error["sentence"]


def test_forty_stages_are_refused_with_the_bound(client):
    row = [["0"] * 40 for _ in range(40)]
    design = {"table": {"runge_kutta": {"A": row, "b": ["1/40"] * 40}}}
    assert "36 stages" in refused(client, {"design": design}, 422)


def test_the_catalogue_has_every_entry_and_an_etag(client):
    found = client.get("/catalogue.json")
    assert found.status_code == 200 and len(found.json()["entries"]) > 400
    assert client.get("/catalogue.json", headers={"if-none-match": found.headers["etag"]}).status_code == 304
