"""A place that Sentry's library reports to, on a real port: it keeps every envelope as text."""

from __future__ import annotations

import gzip
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar, Self


class SentrySink:
    """Collects envelopes; ``dsn`` is what SENTRY_DSN has to be."""

    def __init__(self) -> None:
        self.envelopes: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            sink: ClassVar[SentrySink] = self

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                self.sink.envelopes.append(body.decode(errors="replace"))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing: the envelopes are kept."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, name="sentry", daemon=True)

    @property
    def dsn(self) -> str:
        """The address, with a key that means nothing."""
        return f"http://public@127.0.0.1:{self._server.server_address[1]}/1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
