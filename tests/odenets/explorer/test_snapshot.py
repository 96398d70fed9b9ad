"""The page as one file: it asks for nothing, and what a visitor typed stays data."""

import base64
import hashlib
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from odenets.errors import OdenetsError
from odenets.explorer.app import STATIC, explorer
from odenets.explorer.pool import Pool
from odenets.explorer.snapshot import ANSWERS, escaped, snapshot

STATE = {"page": "design", "designs": [{"entry": "lm2", "values": {"k": "-1/2"}}], "plane": {"x": -1.5, "y": 0.0}}
HOSTILE = "</script><script>alert(1)</script><!--<script>]]>\u2028\u2029\"'&amp;<img src=x onerror=alert(1)>"


class Elements(HTMLParser):
    """Scripts and styles as (attributes, text), and every other start tag."""

    def __init__(self, text):
        super().__init__()
        self.scripts, self.styles, self.tags, self.inside = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.inside = {"script": self.scripts, "style": self.styles}.get(tag)
        if self.inside is None:
            self.tags.append((tag, dict(attributes)))
        else:
            self.inside.append((dict(attributes), ""))

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside is not None:
            attributes, text = self.inside.pop()
            self.inside.append((attributes, text + data))


def made(state=None, answers=None):
    return Elements(snapshot({"state": STATE if state is None else state, "answers": answers or {}}, STATIC))


def sha(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_it_holds_state_answers_style_and_script_and_asks_for_nothing():
    page = made(answers={"formula{}": {"lines": [["<math>½</math>"]], "x": 0.1, "y": None}})
    (state, first), (answers, second), (script, source) = page.scripts
    assert state == {"type": "application/json", "id": "snapshot-state"} and json.loads(first) == STATE
    assert answers == {"type": "application/json", "id": "snapshot-answers"}
    assert json.loads(second) == {"formula{}": {"lines": [["<math>½</math>"]], "x": 0.1, "y": None}}
    assert script == {} and '"use strict"' in source
    assert len(page.styles) == 1
    addresses = [attributes.get(key) for _, attributes in page.tags for key in ("src", "href") if key in attributes]
    assert all(address.startswith(("#", "data:")) for address in addresses)


def test_its_policy_allows_this_style_and_this_script_alone():
    page = made()
    (policy,) = [a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'" and rules["img-src"] == "data: blob:"
    assert rules["script-src"] == sha(page.scripts[-1][1])
    assert rules["style-src"] == sha(page.styles[0][1])
    before = [tag for tag, _ in page.tags[: next(i for i, (_, a) in enumerate(page.tags) if "http-equiv" in a)]]
    assert before == ["html", "head", "meta"]  # nothing is fetched or run before it holds


@pytest.mark.parametrize("where", ["state", "answers"])
def test_what_was_typed_stays_data(where):
    plain, hostile = made({where: {}}), made(**{where: {HOSTILE: [HOSTILE, {"a": HOSTILE}]}})
    assert plain.tags == hostile.tags
    assert len(hostile.scripts) == 3
    found = json.loads(hostile.scripts[where == "answers"][1])
    assert found == {HOSTILE: [HOSTILE, {"a": HOSTILE}]}


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028", "\u2029", "&lt;", "]]>"])
def test_json_inside_holds_no_mark_of_html(text):
    assert not re.search("[<>&\u2028\u2029]", escaped({text: text}))
    assert json.loads(escaped({text: text})) == {text: text}


def test_a_script_that_speaks_of_html_does_not_end_its_element(tmp_path):
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "main.js").write_text('const end = "</script><!-- x";\n')
    for name in ("index.html", "style.css", "math.woff2"):
        (tmp_path / name).write_bytes((STATIC / name).read_bytes())
    page = Elements(snapshot({"state": {}, "answers": {}}, tmp_path))
    assert '"<\\/script><\\!-- x"' in page.scripts[-1][1]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ([], "made of"),
        ({"state": {}}, "made of"),
        ({"state": {}, "answers": {}, "html": "<b>"}, "made of"),
        ({"state": [], "answers": {}}, "state of a snapshot is an object"),
        ({"state": {}, "answers": "x"}, "answers of a snapshot is an object"),
        ({"state": {}, "answers": {str(i): 1 for i in range(ANSWERS + 1)}}, "at most 300 answers"),
    ],
)
def test_another_shape_is_refused(body, word):
    with pytest.raises(OdenetsError, match=word):
        snapshot(body, STATIC)


def test_it_is_downloaded_and_numbers_stay_numbers(tmp_path):
    app = explorer(Pool(1), tmp_path, hosts=frozenset({"testserver"}))
    client = TestClient(app)  # not entered: no worker is started
    answer = client.post("/snapshot", json={"state": STATE, "answers": {}})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-disposition"] == 'attachment; filename="odenets-snapshot.html"'
    assert json.loads(Elements(answer.text).scripts[0][1]) == STATE
    for body in (b'{"state": {"x": 1e999}, "answers": {}}', b'{"state": {"x": NaN}, "answers": {}}', b"{"):
        refused = client.post("/snapshot", content=body, headers={"content-type": "application/json"})
        assert refused.status_code == 400 and "sentence" in refused.json()["error"]


def test_one_snapshot_is_made_at_a_time(tmp_path, monkeypatch):
    begun, end = threading.Event(), threading.Event()

    def slow(body, static):
        begun.set()
        assert end.wait(20)
        return "saved"

    monkeypatch.setattr("odenets.explorer.app.snapshot", slow)
    app = explorer(Pool(1), tmp_path, hosts=frozenset({"testserver"}))
    with TestClient(app) as client, ThreadPoolExecutor(1) as beside:
        first = beside.submit(client.post, "/snapshot", json={})
        assert begun.wait(20)
        second = client.post("/snapshot", json={})
        end.set()
        assert (first.result().text, second.status_code) == ("saved", 503) and "another snapshot" in second.text
        assert client.post("/snapshot", json={}).text == "saved"
