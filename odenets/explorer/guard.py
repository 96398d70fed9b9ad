"""What stands before every route: who may ask, how much, and what a browser may do with the answer.

A page of another site can make a browser send requests here (cross-site requests), or make its own name point here
(DNS rebinding: Jackson et al., ACM Transactions on the Web 3, 2009). Host, Origin and Sec-Fetch-Site (W3C, Fetch
Metadata Request Headers) tell those from ours.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from odenets.explorer.bounds import BOUNDS, refuse
from odenets.explorer.refusals import refused

COOKIE = "odenets_token"
BODY_SECONDS = 10.0
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
JSON = [(b"content-type", b"application/json")]


class Refused(Exception):
    """A request that is answered here: its status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Guard:
    """ASGI middleware.

    hosts    values of Host that are ours, in lower case, with the port; None: any, where a token is asked for
    token    what a visitor must know; "" on loopback
    """

    def __init__(
        self, app: ASGIApp, hosts: Iterable[str] | None, token: str = "", body_seconds: float = BODY_SECONDS
    ) -> None:
        assert token or hosts is not None
        self.app, self.token, self.body_seconds = app, token, body_seconds
        self.hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return None

        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = {key.lower() for key, _ in message.get("headers", [])}
                more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in given]
                message = {**message, "headers": [*message.get("headers", []), *more]}
            await send(message)

        try:
            headers = Headers(scope)
            self.check_sender(scope, headers)
            if self.token and (cookie := self.admitted(scope, headers)):
                return await answer(sending, 303, b"", [(b"location", b"/"), (b"set-cookie", cookie)])
            if scope["method"] == "POST":
                receive = replayed(await self.body(scope, headers, receive), receive)
            return await self.app(scope, receive, sending)
        except Refused as error:
            return await answer(sending, error.status, refused(str(error)), JSON)
        except asyncio.CancelledError:  # the server ends, and waits no longer
            if begun:
                raise
            return await answer(sending, 503, refused("the server is ending: start it again and ask then"), JSON)

    def check_sender(self, scope: Scope, headers: Headers) -> None:
        """Raises Refused for a request that no page of ours, and no person, has sent."""
        host = headers.only("host").lower()
        if not host or (self.hosts is not None and host not in self.hosts):
            raise Refused(403, "this Host is not ours: open the address that `odenets explore` printed")
        site, navigation = headers.only("sec-fetch-site"), headers.only("sec-fetch-mode") == "navigate"
        if site not in ("", "none", "same-origin") and not (
            navigation and scope["method"] == "GET" and scope["path"] == "/"
        ):
            raise Refused(403, "another site may not ask here: open the page itself")
        origin = headers.only("origin").lower()
        if origin and origin != f"http://{host}":
            raise Refused(403, "this Origin is not ours: open the page itself")

    def admitted(self, scope: Scope, headers: Headers) -> bytes:
        """A cookie for who brings the token in the address, b"" for who has the cookie; else raises Refused."""
        if scope["method"] == "GET" and scope["path"] == "/":
            given = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20).get("token", [])
            if any(self.is_token(x) for x in given):
                return f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/".encode()
        if not self.is_token(cookie_of(headers.only("cookie"))):
            raise Refused(403, "a token is needed: open the whole address that `odenets explore` printed")
        return b""

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(errors="replace"), self.token.encode())

    async def body(self, scope: Scope, headers: Headers, receive: Receive) -> bytes:
        """All of a POST's body. Raises Refused where it is of another type, too large or too slow."""
        if headers.only("content-type").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "the body must be JSON: send Content-Type application/json")
        bound = "snapshot" if scope["path"] == "/snapshot" else "bytes"
        most, said = BOUNDS[bound].most, headers.only("content-length")
        if said.isascii() and said.isdigit() and (len(said) > 12 or int(said) > most):
            raise Refused(413, str(refuse(bound)))
        try:
            return await asyncio.wait_for(read(receive, most), self.body_seconds)
        except TimeoutError:
            raise Refused(408, f"the body took more than {self.body_seconds:g} seconds: send it at once") from None
        except OverflowError:
            raise Refused(413, str(refuse(bound))) from None


async def read(receive: Receive, most: int) -> bytes:
    """The body, counted while it comes. Raises OverflowError beyond `most` bytes, Refused where the client left."""
    found = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "the request ended before its body")
        found += message.get("body", b"")
        if len(found) > most:
            raise OverflowError
        if not message.get("more_body", False):
            return bytes(found)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once, then what comes after it: that the client left."""
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


class Headers:
    """The headers of a request; one that is given twice is none of ours."""

    def __init__(self, scope: Scope) -> None:
        self.found: list[tuple[bytes, bytes]] = scope["headers"]

    def only(self, name: str) -> str:
        values = [value for key, value in self.found if key == name.encode()]
        if len(values) > 1 and name != "cookie":
            raise Refused(400, f"the header {name} is given twice: send it once")
        return "; ".join(value.decode("latin-1") for value in values)


def cookie_of(text: str) -> str:
    try:
        found = SimpleCookie(text).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


async def answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})
