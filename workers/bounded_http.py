"""How the web process reads HTTP: with httptools, and the head of a request within a bound.

``uvicorn --http workers.bounded_http:BoundedHttp``. httptools is written in C and costs a quarter
of the parser that uvicorn has by itself, which bounds the head at the same size; this one would
collect headers for as long as somebody sends them.
"""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
"""Of the request line and the headers together."""
TOO_LARGE = "The head of the request is larger than 64 KiB."


class BoundedHttp(HttpToolsProtocol):
    """One connection. What comes in one piece is a quarter of a MiB at most (asyncio)."""

    _in_head = False
    _head_bytes = 0

    def data_received(self, data: bytes) -> None:
        """Parse what came; a head that is too large is answered 400 and the connection closed."""
        went_on = self._in_head
        super().data_received(data)
        if not self._in_head:
            return
        # Of a piece in which a head only began, a body may be the larger part.
        self._head_bytes += len(data) if went_on else 0
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.logger.warning(TOO_LARGE)
            self.send_400_response(TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._in_head = False
        super().on_headers_complete()
