"""`odenets explore` as a person runs it: a true server on a free port, ended by Ctrl-C or by force."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from odenets.cli import explore as command
from odenets.errors import OdenetsError
from odenets.explorer import serving
from tests.odenets.terminal import typed

PATIENCE = 60  # seconds until something that must happen has happened


def until(true):
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found


@contextmanager
def server(folder, *arguments):
    """(process, address) of a running server; killed if it is still there at the end."""
    words = [sys.executable, "-m", "odenets", "explore", "--port", "0", "--no-browser", *arguments]
    # errors go to a file: a pipe that nobody reads fills, and stops who writes into it
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=folder, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )  # fmt: skip
        try:
            assert select.select([process.stdout], [], [], PATIENCE)[0]
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()
            process.communicate()
        errors.seek(0)
        said = errors.read()
        assert "Traceback" not in said, said[-5000:]


def family(pid):
    """All processes below one, by their ids."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def ask(address, path="", body=None, headers=None, opener=urllib.request.urlopen):
    request = urllib.request.Request(address + path, body, {"content-type": "application/json", **(headers or {})})
    try:
        with opener(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are counted in /proc")


@linux
def test_it_serves_until_ctrl_c_and_leaves_no_process(tmp_path):
    with server(tmp_path, "--workers", "2") as (process, address):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address)
        assert ask(address)[0] == 200
        status, body = ask(address, "view/formula", b'{"design": {"entry": "lm2"}}')
        assert status == 200 and json.loads(body)
        assert ask(address, headers={"host": "evil.example"})[0] == 403
        children = family(process.pid)
        assert len(children) >= 3  # two workers and what starts them
        os.killpg(process.pid, signal.SIGINT)  # what a terminal sends
        assert process.wait(PATIENCE) == 0
        until(lambda: not any(map(alive, children)))
    assert not list(tmp_path.iterdir())


@linux
def test_a_server_that_is_killed_takes_its_workers_along(tmp_path):
    with server(tmp_path, "--workers", "1") as (process, address):
        assert ask(address, "view/formula", b'{"design": {"entry": "lm2"}}')[0] == 200
        children = family(process.pid)
        process.kill()
        until(lambda: not any(map(alive, children)))


def test_where_others_can_reach_it_a_token_is_needed(tmp_path):
    with server(tmp_path, "--host", "0.0.0.0", "--workers", "1") as (_, printed):
        port, token = re.fullmatch(r"http://0\.0\.0\.0:(\d+)/\?token=([\w-]{32})", printed).groups()
        address = f"http://127.0.0.1:{port}/"
        status, body = ask(address)
        assert status == 403 and b"token" in body and token.encode() not in body
        assert ask(address, "views", b"{}")[0] == 403
        assert ask(address, "?token=" + "x" * 32)[0] == 403
        visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        assert ask(address, f"?token={token}", opener=visitor.open)[0] == 200
        assert ask(address, opener=visitor.open)[0] == 200
        assert ask(address, "views", b"{}", opener=visitor.open)[0] == 422


def test_a_busy_port_is_one_sentence(capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        out, err, status = typed(f"explore --no-browser --port {other.getsockname()[1]}", capsys)
    assert (out, status) == ("", 2)
    assert "--port 0 takes a free port" in err and len(err.strip().splitlines()) == 1


def test_a_port_can_be_had_again_at_once():
    first = serving.listener("127.0.0.1", 0)
    port = first.getsockname()[1]
    first.close()
    again = serving.listener("127.0.0.1", port)
    again.close()
    with pytest.raises(OdenetsError, match="no port"):
        serving.listener("127.0.0.1", -1)


@pytest.mark.parametrize(
    ("host", "port", "hosts"),
    [
        ("127.0.0.1", 8765, {"127.0.0.1:8765", "localhost:8765", "[::1]:8765"}),
        ("Box.local", 8765, {"127.0.0.1:8765", "localhost:8765", "[::1]:8765", "box.local:8765"}),
        ("::1", 80, {"127.0.0.1:80", "localhost:80", "[::1]:80", "127.0.0.1", "localhost", "[::1]"}),
        ("0.0.0.0", 8765, None),
        ("::", 8765, None),
    ],
)
def test_hosts_of_ours(host, port, hosts):
    assert serving.hosts_of(host, port) == hosts


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("fe80::1%eth0", False),
    ],
)
def test_loopback_alone_needs_no_token(address, ours):
    assert serving.is_loopback(address) == ours


@pytest.mark.parametrize("words", ["", "--no-browser"])
def test_a_browser_is_opened_unless_it_is_not_wanted(words, capsys, monkeypatch):
    given = {}
    monkeypatch.setattr(serving, "serve", lambda *where, **how: given.update(how, where=where))
    assert typed(f"explore {words}", capsys) == ("", "", 0)
    assert given["browser"] == (words == "")
    assert given["where"] == ("127.0.0.1", 8765, Path("runs"))
    assert given["workers"] == min(os.cpu_count() or 1, 4) and given["say"] is command.said
