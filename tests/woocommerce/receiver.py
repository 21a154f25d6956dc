"""Somebody who receives webhooks: writes down what arrives and answers what a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast


@dataclass(frozen=True, slots=True)
class Received:
    """One request: its path, its headers with names in small letters, and its raw body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def topic(self) -> str | None:
        """What it is about; a ping names nothing."""
        return self.headers.get("x-wc-webhook-topic")


@dataclass(slots=True)
class Receiver:
    """What arrived, and the status that each path is answered with; 200 unless said otherwise."""

    url: str
    statuses: dict[str, int] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def deliveries(self, topic: str | None = None) -> list[Received]:
        """What arrived without the pings, of one topic or all."""
        return [each for each in self.received if each.topic and topic in {None, each.topic}]

    def pings(self) -> list[Received]:
        """The pings that arrived."""
        return [each for each in self.received if each.topic is None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = Receiver(f"http://127.0.0.1:{self.server_address[1]}")


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Write the request down and answer."""
        receiver = cast("_Server", self.server).receiver
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.received.append(Received(self.path, headers, body))
        status = receiver.statuses.get(self.path, 200)
        self.send_response(status)
        if status in {301, 302}:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing on standard error."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Open a receiver on a free port of this machine for as long as the context lasts."""
    server = _Server()
    thread = Thread(target=server.serve_forever, args=(0.01,), name="receiver", daemon=True)
    thread.start()
    try:
        yield server.receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
