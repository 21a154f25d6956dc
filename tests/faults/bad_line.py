"""A TCP proxy that behaves as a bad network does: slow, deaf, or cutting every call."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from typing import Self

LOOPBACK = "127.0.0.1"
CHUNK = 65536
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: a close sends a reset instead of a farewell."""


class BadLine:
    """A line to ``port`` of this machine; every attribute may be turned while it is in use.

    ``latency`` is how many seconds each piece takes, in each direction.
    """

    def __init__(self, port: int) -> None:
        self.latency = 0.0
        self.port = 0
        self._target = port
        self._deaf = False
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._calls: set[_Call] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="line", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def go_deaf(self) -> None:
        """Swallow what anybody says: connections look open, and nothing comes through any more."""
        self._loop.call_soon_threadsafe(self._swallow)

    def hear_again(self) -> None:
        """Serve new connections; those that were swallowed stay half open for ever."""
        self._deaf = False

    def reset(self) -> None:
        """Cut every connection with a reset."""
        self._loop.call_soon_threadsafe(self._cut)

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        assert self._server
        self._server.close()
        self._cut()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _swallow(self) -> None:
        self._deaf = True
        for call in self._calls:
            call.deaf = True

    def _cut(self) -> None:
        for call in self._calls:
            call.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = _Call(self, writer, deaf=self._deaf)
        self._calls.add(call)
        try:
            await call.carry(reader, self._target)
        except OSError:
            call.cut()
        finally:
            self._calls.discard(call)


class _Call:
    """One connection through the line."""

    def __init__(self, line: BadLine, near: asyncio.StreamWriter, *, deaf: bool) -> None:
        self.deaf = deaf
        self._line = line
        self._writers = [near]

    async def carry(self, near: asyncio.StreamReader, port: int) -> None:
        """Carry both directions until one side ends."""
        far, far_writer = await asyncio.open_connection(LOOPBACK, port)
        self._writers.append(far_writer)
        near_writer = self._writers[0]
        ways = [self._carry(near, far_writer), self._carry(far, near_writer)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for writer in self._writers:
                writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop, due = asyncio.get_running_loop(), 0.0
        while piece := await reader.read(CHUNK):
            due = max(due, loop.time() + self._line.latency)  # Nothing overtakes on a line.
            loop.call_at(due, self._hand_over, writer, piece)
        # Whoever hangs up on a deaf line is not heard by the other side either.
        if self.deaf:
            await asyncio.Event().wait()

    def _hand_over(self, writer: asyncio.StreamWriter, piece: bytes) -> None:
        if not self.deaf and not writer.is_closing():
            writer.write(piece)

    def cut(self) -> None:
        """Reset both ends."""
        for writer in self._writers:
            end = writer.get_extra_info("socket")
            if end is not None and not writer.is_closing():
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()
