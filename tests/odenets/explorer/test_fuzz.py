"""Random requests, from noise to nearly right ones: never a 500, never a hang, and memory stays flat."""

import http.client
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import schemes
from odenets.explorer.app import explorer
from odenets.explorer.pool import Pool
from odenets.explorer.views import VIEWS
from tests.odenets.explorer.test_cli_explore import family, server

HOST = "127.0.0.1:8765"
REQUESTS, VISITORS, PARTS = 500, 4, 5  # of the slow test: 10,000
NAMES = [*schemes.names(), "x"]  # before there are threads: the registry is read once
STATUSES = {200, 303, 304, 400, 403, 404, 405, 408, 413, 415, 422, 503}
METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]
PATHS = [
    "/",
    "/views",
    "/snapshot",
    "/runs",
    "/runs.json",
    "/runs/stop",
    "/runs/x.json",
    "/runs/x/report",
    "/catalogue.json",
]
PATHS += ["/view/" + x for x in ("", "../app", "%2e%2e", "x" * 300, "formula/", "\u00e9", "a?b=c&token=d")] + [
    "/..",
    "//",
    "/%ff",
]
CELLS = [
    "0",
    "1",
    "-1",
    "1/2",
    "-3/7",
    "0.5",
    "sqrt(2)",
    "k",
    "gamma",
    "1/0",
    "",
    "x/",
    "1e400",
    "9**9**9",
    "((((",
    "\u00bd",
]
CELLS += ["1" * 61, "nan", "__import__('os')", "k^2-k", "\u2212 1", "k*k*k", "1.5e-3", "(1-k)/2", "<b>", "A[1][2]"]
TOKENS = [
    "u[n+1]",
    "u[n]",
    "u[n-1]",
    "=",
    "+",
    "-",
    "*",
    "/",
    "h",
    "f(",
    "(",
    ")",
    "k",
    "1/2",
    "F1",
    "\n",
    ";",
    " ",
    "^2",
    "2",
    "\u03b1",
]
WORDS = [
    "",
    "lm2",
    "table",
    "\u0000",
    "\ud7ff",
    "a" * 50,
    "</script>",
    "constructor",
    "__proto__",
    "../..",
    "1",
    "h",
    "order",
]


class Fuzz:
    """Random requests; the same seed gives the same ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def request(self):
        """(method, path, headers, body)"""
        r = self.random
        kind = r.random()
        path = f"/view/{r.choice(sorted(VIEWS))}" if r.random() < 0.5 else r.choice(PATHS)
        headers = {"content-type": "application/json"}
        if kind < 0.15:
            headers = {
                r.choice(["content-type", "origin", "sec-fetch-site", "cookie", "x-a"]): r.choice(
                    ["", "a", "\u00e9", "null", "*/*"]
                )
            }
            body = r.randbytes(r.randrange(200))
            return r.choice(METHODS), path, headers, body
        if kind < 0.3:
            return "POST", path, headers, self.dumped(self.value(5))
        body = {"design": self.design(), **self.options()}
        if kind < 0.5:
            path, body = (
                "/views",
                {"design": body["design"], "views": {x: self.options() for x in r.sample(sorted(VIEWS), 3)}},
            )
        elif path == "/snapshot":
            body = {"state": self.value(3), "answers": {r.choice(WORDS): self.value(3)}}
        text = bytearray(self.dumped(body))
        if kind > 0.9:
            for _ in range(r.randrange(1, 4)):
                text[r.randrange(len(text))] = r.randrange(256)
        return "POST", path, headers, bytes(text)

    def dumped(self, value):
        return json.dumps(value, ensure_ascii=self.random.random() < 0.5).encode(errors="surrogatepass")

    def value(self, depth):
        r = self.random
        kinds = [
            lambda: r.choice(WORDS),
            lambda: r.choice(CELLS),
            lambda: r.randrange(-3, 10**12),
            r.random,
            lambda: None,
        ]
        if depth:
            kinds += [lambda: [self.value(depth - 1) for _ in range(r.randrange(4))]]
            kinds += [lambda: {r.choice(WORDS): self.value(depth - 1) for _ in range(r.randrange(4))}] * 2
        return r.choice(kinds)()

    def options(self):
        r = self.random
        known = {
            "order": r.choice([1, 2, 3, "3", 9, -1, 10**9, None]),
            "group": "stability",
            "form": r.choice(["json", "latex", "x"]),
        }
        known |= {
            "problem": r.choice(["pendulum", "x"]),
            "h": r.choice(["1/10", "0", "-1", "1e9", "x"]),
            "steps": r.choice([10, 0, 10**9]),
        }
        return {key: known[key] if r.random() < 0.7 else self.value(2) for key in known if r.random() < 0.3}

    def design(self):
        r = self.random
        found = r.choice([self.entry, self.table, self.text, self.formula, lambda: self.value(3)])()
        if isinstance(found, dict) and r.random() < 0.4:
            found["values"] = {r.choice(["k", "gamma", "p", "x"]): r.choice(CELLS) for _ in range(r.randrange(3))}
        return found

    def entry(self):
        r = self.random
        structure = {r.choice(["steps", "stages", "columns"]): r.choice(["2", "5", "-1", "10000000", "x"])}
        return {"entry": r.choice(NAMES)} | ({"structure": structure} if r.random() < 0.2 else {})

    def cell(self):
        return self.random.choice(CELLS[:5] if self.random.random() < 0.97 else CELLS)

    def rows(self, n, m):
        return [[self.cell() for _ in range(m)] for _ in range(n)]

    def table(self):
        r = self.random
        s, q = r.choice([1, 2, 3, 4, 40]), r.choice([1, 2, 13])
        A = [row[:i] for i, row in enumerate(self.rows(s, s))] if r.random() < 0.7 else self.rows(s, s)
        return {
            "table": r.choice(
                [
                    {"runge_kutta": {"A": A, "b": self.rows(1, s)[0]}},
                    {"multistep": {"alpha": self.rows(1, q + 1)[0], "beta": self.rows(1, q + 1)[0]}},
                    {"general_linear": {"A": A, "U": self.rows(s, q), "B": self.rows(q, s), "V": self.rows(q, q)}},
                    self.value(3),
                ]
            )
        }

    def text(self):
        return {
            "text": "".join(
                self.random.choice(["0 | ", "1/2 | 1/2", "| 0 1", ";", "\n", " ", "k", "x"]) for _ in range(6)
            )
        }

    def formula(self):
        tokens = "".join(self.random.choice(TOKENS) for _ in range(self.random.randrange(12)))
        return {
            "formula": self.random.choice(["", "u[n+1] = u[n] + h f(u[n])", "u[n+1] = (1-k) u[n] + k u[n-1] "]) + tokens
        }


def checked(method, status, kind, body, request):
    """What holds for every answer."""
    assert status in STATUSES, (status, request, body[:500])
    assert b"Traceback" not in body and b"/site-packages/" not in body
    if method == "HEAD" or status == 304:
        return
    if status >= 400:
        error = json.loads(body)["error"]
        assert isinstance(error["sentence"], str) and error["sentence"] and set(error) == {"sentence", "cell", "at"}
    elif kind.startswith("application/json"):
        json.loads(body, parse_constant=lambda x: pytest.fail(f"{x} in {request}"))


def test_three_hundred_random_requests_have_a_good_end(tmp_path, capfd):
    fuzz = Fuzz(1)
    app = explorer(Pool(2, seconds=1), tmp_path, hosts=frozenset({HOST}), read_only=True)
    with TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False, follow_redirects=False) as client:
        for _ in range(300):
            method, path, headers, body = fuzz.request()
            pairs = {key: value.encode("latin-1") for key, value in headers.items()}
            answer = client.request(method, path, headers=pairs, content=body)
            checked(
                method, answer.status_code, answer.headers.get("content-type", ""), answer.content, (method, path, body)
            )
    assert "failed" not in capfd.readouterr().err


def resident(pid):
    """Kilobytes that a process alone holds."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty")))


def hammer(address, seed, count):
    """The answers' statuses, over one connection that is made anew when the server closes it."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    fuzz, statuses, connection = Fuzz(seed), {}, http.client.HTTPConnection(host, int(port), timeout=120)
    for _ in range(count):
        method, path, headers, body = fuzz.request()
        path = path.encode().decode("latin-1").replace("\u00c3\u00a9", "%C3%A9")
        try:
            connection.request(method, path, body, {key: value.encode("latin-1") for key, value in headers.items()})
            answer = connection.getresponse()
            found = answer.read()
        except (ConnectionError, http.client.BadStatusLine):
            connection.close()  # after a refusal before the body was read
            continue
        checked(method, answer.status, answer.headers.get("content-type", ""), found, (method, path, body))
        statuses[answer.status] = statuses.get(answer.status, 0) + 1
    return statuses


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_random_requests_leave_memory_flat(tmp_path):
    if not Path("/proc/self/smaps_rollup").exists():
        pytest.skip("memory is read from /proc")
    with (
        server(tmp_path, "--workers", "2", "--read-only") as (process, address),
        ThreadPoolExecutor(VISITORS) as threads,
    ):
        sizes, counts = [], {}
        for part in range(PARTS):
            for found in threads.map(lambda i, part=part: hammer(address, 100 * part + i, REQUESTS), range(VISITORS)):
                counts = {key: counts.get(key, 0) + found.get(key, 0) for key in counts | found}
            sizes.append((resident(process.pid), sum(map(resident, family(process.pid)))))
        print(counts, sizes)
        asked = REQUESTS * VISITORS * PARTS
        assert sum(counts.values()) > 0.9 * asked and min(counts[200], counts[422]) > 0.05 * asked
        (server_first, workers_first), (server_last, workers_last) = sizes[0], sizes[-1]
        assert server_last - server_first < 64 * 1024  # the answers kept are 32 MB at most
        assert workers_last - workers_first < 2 * 150 * 1024
