"""A connection with a deadline for its next request: who connects and says nothing keeps no place from others."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 10.0  # between two looks


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1, which waits for ever for the end of a request's headers and for a reader of its answers.

    A connection is ended that is found, at two looks, at the same place: without a request, or with as much unread.
    """

    seconds = SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.seen: tuple[Any, int] = (self, 0)
        self.later = self.loop.call_later(self.seconds, self.look)

    def connection_lost(self, exc: Exception | None) -> None:
        self.later.cancel()
        super().connection_lost(exc)

    def look(self) -> None:
        unread = self.transport.get_write_buffer_size()
        idle = self.cycle is None or self.cycle.response_complete
        if (idle or unread) and self.seen == (self.cycle, unread):
            return self.transport.abort()
        self.seen = (self.cycle, unread)
        self.later = self.loop.call_later(self.seconds, self.look)
        return None
