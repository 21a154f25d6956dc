"""A real socket that behaves badly on purpose."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from integration.http import forget_session

Behaviour = Callable[[socket.socket, threading.Event], None]


class BadServer:
    """Accepts connections, reads one request on each, and behaves as it was told."""

    def __init__(self, behave: Behaviour) -> None:
        self.requests: list[bytes] = []
        self._behave = behave
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._stop.is_set():
                connection.close()
                return
            with connection, suppress(OSError):
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        while request := whole_request(connection):
            self.requests.append(request)
            self._behave(connection, self._stop)

    def close(self) -> None:
        self._stop.set()
        with suppress(OSError), socket.create_connection(self._listener.getsockname(), 1):
            pass
        self._thread.join(2)
        self._listener.close()


def whole_request(connection: socket.socket) -> bytes:
    """Head and body of the next request, which may come in several packets."""
    request = b""
    while not is_whole(request):
        packet = connection.recv(65536)
        if not packet:
            return b""
        request += packet
    return request


def is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return bool(end) and len(body) >= (int(length[1]) if length else 0)


def answers(*parts: bytes, status: str = "200 OK", headers: str = "") -> Behaviour:
    """Answer with this body and keep the connection open."""
    body = b"".join(parts)
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()

    def behave(connection: socket.socket, _stop: threading.Event) -> None:
        connection.sendall(head + body)

    return behave


def sends(raw: bytes) -> Behaviour:
    """Send these bytes and hang up."""

    def behave(connection: socket.socket, _stop: threading.Event) -> None:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_RDWR)

    return behave


def drips(raw: bytes) -> Behaviour:
    """Send a byte each tenth of a second, for ever."""

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        for byte in raw * 1000:
            connection.sendall(bytes([byte]))
            if stop.wait(0.1):
                return

    return behave


def head_then_drips(head: bytes) -> Behaviour:
    def behave(connection: socket.socket, stop: threading.Event) -> None:
        connection.sendall(head)
        drips(b" ")(connection, stop)

    return behave


Serve = Callable[[Behaviour], BadServer]


@contextmanager
def bad_servers() -> Iterator[Serve]:
    """Start servers as they are wanted, and close them all."""
    servers: list[BadServer] = []

    def start(behave: Behaviour) -> BadServer:
        servers.append(BadServer(behave))
        return servers[-1]

    yield start
    forget_session()
    for server in servers:
        server.close()
