"""A proxy that answers every look with a redirect, as one does that knows only https or www."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import cast


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, target: str, status: HTTPStatus) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.status = status


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Send whoever asks somewhere else."""
        server = cast("_Server", self.server)
        self.send_response(server.status)
        self.send_header("Location", server.target + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing on standard error."""


@contextmanager
def redirecting(target: str, status: HTTPStatus) -> Iterator[str]:
    """The address of a server that sends everybody to the same path under ``target``."""
    server = _Server(target, status)
    thread = Thread(target=server.serve_forever, args=(0.01,), name="redirecting", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
