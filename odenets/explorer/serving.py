"""The server: an address, a token where others can reach it, uvicorn until Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import secrets
import socket
import webbrowser
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import uvicorn

from odenets.errors import OdenetsError
from odenets.explorer.app import explorer
from odenets.explorer.connection import Connection
from odenets.explorer.pool import Pool

VISITORS = 512  # connections at once
ANY = ("0.0.0.0", "::")
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def serve(
    host: str, port: int, root: Path, *, workers: int, browser: bool, read_only: bool, say: Callable[[str], None]
) -> None:
    """Serve the page until Ctrl-C; say(address) once the socket listens.

    Raises OdenetsError where the address cannot be had.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # a worker is one thread: many share the cores
    listening = listener(host, port)
    port = listening.getsockname()[1]
    token = "" if is_loopback(listening.getsockname()[0]) else secrets.token_urlsafe(24)
    app = explorer(Pool(workers), root, hosts=hosts_of(host, port), token=token, read_only=read_only)
    config = uvicorn.Config(
        app, lifespan="on", ws="none", log_config=None, access_log=False, server_header=False, proxy_headers=False,
        http=Connection, limit_concurrency=VISITORS, timeout_graceful_shutdown=2,
    )  # fmt: skip
    address = f"http://{shown(host)}:{port}/{f'?token={token}' if token else ''}"
    say(address)
    with contextlib.suppress(KeyboardInterrupt):
        Server(config, address if browser else "").run(sockets=[listening])


class Server(uvicorn.Server):
    """uvicorn, which opens a browser once it answers."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self.address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.address and self.started:
            Thread(target=webbrowser.open, args=(self.address,), daemon=True).start()


def listener(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OdenetsError for a port that is taken, and for a host that is none of ours."""
    if not 0 <= port <= 65535:
        raise OdenetsError(f"--port {port} is no port: take one from 1 to 65535, or 0 for a free one")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise OdenetsError(f"--host {host} is no address of this machine: {reason(error)}") from None
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(2048)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise OdenetsError(f"--host {host} is no address of this machine") from None
        raise OdenetsError(
            f"{shown(host)}:{port} cannot be listened on ({reason(error)}): --port 0 takes a free port"
        ) from None
    return found


def reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is no name of a host"


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def hosts_of(host: str, port: int) -> frozenset[str] | None:
    """What a Host header of ours may say; None, anything, where all addresses of the machine are listened on."""
    if host in ANY:
        return None
    names = {*LOOPBACK, shown(host).lower()}
    return frozenset({f"{name}:{port}" for name in names} | (names if port == 80 else set()))


def shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
