"""Who may ask, how much, and what the browser is told: every refusal is one JSON sentence with the headers."""

import asyncio
import json

import pytest

from odenets.explorer.bounds import BOUNDS
from odenets.explorer.guard import COOKIE, HEADERS, Guard

OURS = "127.0.0.1:8765"
HOSTS = {OURS, "localhost:8765", "[::1]:8765"}
JSON = {"content-type": "application/json"}
TOKEN = "the-token-of-this-server"


async def echo(scope, receive, send):
    """Answers with the number of bytes of the body."""
    size = len((await receive()).get("body", b"")) if scope["method"] == "POST" else 0
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def ask(method="GET", path="/", headers=None, body=(), guard=None, query=b"", host=OURS):
    """(status, headers, body) of one request; body: its chunks; None instead of a chunk: nothing more comes, ever."""
    sent, chunks = [], list(body)
    pairs = [(b"host", host.encode())] if host is not None else []
    pairs += [(k.encode(), v.encode()) for k, v in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "headers": pairs, "query_string": query}

    async def receive():
        chunk = chunks.pop(0) if chunks else b""
        if chunk is None:
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message):
        sent.append(message)

    asyncio.run(asyncio.wait_for((guard or Guard(echo, HOSTS))(scope, receive, send), 20))
    found = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    return sent[0]["status"], found, sent[1]["body"]


def post(body=(b"{}",), headers=None, **kwargs):
    return ask("POST", kwargs.pop("path", "/views"), {**JSON, **(headers or {})}, body, **kwargs)


def sentence(answer):
    status, headers, body = answer
    assert headers["content-type"] == "application/json"
    assert HEADERS.items() <= headers.items()
    return status, json.loads(body)["error"]["sentence"]


# ---- host, origin, site --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", [*sorted(HOSTS), "LOCALHOST:8765"])
def test_our_hosts_are_answered_with_all_headers(host):
    status, headers, _ = ask(host=host)
    assert status == 200
    assert HEADERS.items() <= headers.items()
    assert "'unsafe" not in headers["content-security-policy"] and "*" not in headers["content-security-policy"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8765.evil.example", "", None]
)
def test_a_name_that_was_bound_to_us_is_refused(host):
    status, said = sentence(ask(host=host))
    assert status == 403 and "Host" in said


def test_a_host_that_is_given_twice_is_refused():
    assert sentence(ask(headers={"host": OURS})) == (400, "the header host is given twice: send it once")


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", f"https://{OURS}", "http://127.0.0.1:8766", "http://localhost:8765"]
)
def test_a_foreign_origin_is_refused(origin):
    status, said = sentence(post(headers={"origin": origin}))
    assert status == 403 and "Origin" in said


def test_our_origin_and_none_are_answered():
    assert post(headers={"origin": f"http://{OURS}"})[0] == 200
    assert post()[0] == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_to_the_page_and_no_more(site):
    assert sentence(post(headers={"sec-fetch-site": site}))[0] == 403
    assert (
        sentence(ask(path="/catalogue.json", headers={"sec-fetch-site": site, "sec-fetch-mode": "navigate"}))[0] == 403
    )
    assert sentence(ask(headers={"sec-fetch-site": site, "sec-fetch-mode": "no-cors"}))[0] == 403
    assert ask(headers={"sec-fetch-site": site, "sec-fetch-mode": "navigate"})[0] == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_page_and_a_person_are_answered(site):
    assert post(headers={"sec-fetch-site": site})[0] == 200


# ---- bodies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"]
)
def test_what_a_form_can_send_is_refused(kind):
    assert sentence(post(headers={"content-type": kind}))[0] == 415


def test_json_with_a_charset_is_json():
    assert post(headers={"content-type": "Application/JSON; charset=utf-8"})[0] == 200


@pytest.mark.parametrize(("path", "bound"), [("/views", "bytes"), ("/view/roots", "bytes"), ("/snapshot", "snapshot")])
def test_a_body_is_bounded_by_what_is_said_and_by_what_comes(path, bound):
    most = BOUNDS[bound].most
    assert post([b"x" * most], path=path)[2] == str(most).encode()
    for body, headers in (
        ([b"x" * (most + 1)], {}),
        ([b"x" * 1000] * (most // 1000 + 1), {}),  # in chunks, with no length said
        ([b"{}"], {"content-length": str(most + 1)}),
        ([b"{}"], {"content-length": "9" * 5000}),
    ):
        status, said = sentence(post(body, headers, path=path))
        assert status == 413 and str(most) in said


def test_a_body_that_does_not_come_has_a_deadline():
    status, said = sentence(post([b"{", None], guard=Guard(echo, HOSTS, body_seconds=0.05)))
    assert status == 408 and "0.05 seconds" in said


# ---- the token -----------------------------------------------------------------------------------------------------


def test_the_token_in_the_address_becomes_a_cookie_of_this_site_alone():
    status, headers, _ = ask(guard=Guard(echo, None, TOKEN), query=f"token={TOKEN}".encode(), host="any.example")
    assert status == 303 and headers["location"] == "/"
    assert headers["set-cookie"] == f"{COOKIE}={TOKEN}; HttpOnly; SameSite=Strict; Path=/"


def test_the_cookie_admits_whatever_the_host():
    guard = Guard(echo, None, TOKEN)
    assert ask(guard=guard, headers={"cookie": f"a=b; {COOKIE}={TOKEN}"}, host="any.example")[0] == 200
    assert post(guard=guard, headers={"cookie": f"{COOKIE}={TOKEN}"})[0] == 200


WRONG_TOKENS = ["", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "é", "\ud800".encode("utf-8", "replace").decode()]


@pytest.mark.parametrize("token", WRONG_TOKENS)
def test_a_wrong_token_is_refused(token):
    guard = Guard(echo, None, TOKEN)
    for answer in (
        ask(guard=guard, query=f"token={token}".encode()),
        ask(guard=guard, headers={"cookie": f"{COOKIE}={token}"}),
        ask(guard=guard, headers={"cookie": f"{COOKIE}=\x01;;=;{token}"}),
        post(guard=guard, headers={"cookie": f"{COOKIE}={token}"}),
        ask(guard=guard, path="/catalogue.json", query=f"token={TOKEN}".encode()),  # only the page itself takes it
    ):
        status, said = sentence(answer)
        assert status == 403 and "token" in said
        assert TOKEN not in said


def test_a_token_does_not_excuse_a_foreign_host_or_origin():
    guard, cookie = Guard(echo, HOSTS, TOKEN), {"cookie": f"{COOKIE}={TOKEN}"}
    assert sentence(ask(guard=guard, headers=cookie, host="evil.example"))[0] == 403
    assert sentence(post(guard=guard, headers={**cookie, "origin": "http://evil.example"}))[0] == 403


def test_a_policy_of_a_route_is_kept():
    async def report(scope, receive, send):
        headers = [(b"Content-Security-Policy", b"sandbox")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    headers = ask(guard=Guard(report, HOSTS))[1]
    assert headers["Content-Security-Policy"] == "sandbox"
    assert "content-security-policy" not in headers


def test_who_waits_when_the_server_ends_is_told():
    async def work(scope, receive, send):
        asyncio.current_task().cancel()
        await asyncio.sleep(3600)

    assert sentence(ask(guard=Guard(work, HOSTS))) == (503, "the server is ending: start it again and ask then")
