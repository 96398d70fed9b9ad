"""Connections that ask for nothing, or read nothing, are ended; those that do are kept."""

import asyncio
import contextlib

import pytest
import uvicorn

from odenets.explorer.connection import Connection

PATIENCE = 20.0


class Quick(Connection):
    seconds = 0.2


async def app(scope, receive, send):
    body = b"a" * (64 * 2**20 if scope["path"] == "/large" else 1)
    if scope["path"] == "/late":
        await asyncio.sleep(1.5)
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": 200, "headers": [length, (b"connection", b"close")]})
    await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def connected():
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=Quick, lifespan="off", log_config=None))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield server, reader, writer
        writer.close()
    finally:
        server.force_exit = True
        await server.shutdown()


async def ended(server):
    while server.server_state.connections:
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_who_asks_or_reads_nothing_is_left(said):
    async def visit():
        async with connected() as (server, _, writer):
            writer.write(said)
            await asyncio.wait_for(ended(server), PATIENCE)

    asyncio.run(visit())


def test_who_waits_for_an_answer_gets_it():
    async def visit():
        async with connected() as (_, reader, writer):
            writer.write(b"GET /late HTTP/1.1\r\nHost: a\r\n\r\n")
            return await asyncio.wait_for(reader.read(), PATIENCE)

    assert asyncio.run(visit()).endswith(b"\r\n\r\na")
