"""Real servers on the loopback that stand where the door ought to be."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import trustme
import uvicorn
from fastapi import FastAPI

from integration.services import Services
from integration.web.door import open_door
from workers.bounded_http import BoundedHttp

Behaviour = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One request to a server that behaves as it was told."""

    behave: ClassVar[Behaviour]
    asked: ClassVar[list[str]]
    closing: ClassVar[threading.Event]
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.close_connection = True
        with suppress(OSError):
            type(self).behave(self)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


class DoorServer(ThreadingHTTPServer):
    """Listens on a free port; ``asked`` are the paths of the requests so far."""

    daemon_threads = True

    def __init__(self, behave: Behaviour, tls: Path | None = None) -> None:
        self.asked: list[str] = []
        self.closing = threading.Event()
        members = {"behave": behave, "asked": self.asked, "closing": self.closing}
        super().__init__(("127.0.0.1", 0), type("Told", (Visit,), members))
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """A visitor who hangs up is no error."""


@contextmanager
def standing(behave: Behaviour, tls: Path | None = None) -> Iterator[DoorServer]:
    """Let such a server stand there. ``tls``: a file with its key and certificate."""
    server = DoorServer(behave, tls)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def certificate(folder: Path, host: str, ends: datetime | None = None) -> Path:
    """A certificate for this host with its key and its whole chain, which nobody trusts by itself.

    ``authority.pem`` beside it is what one has to trust.
    """
    authority, file = trustme.CA(), folder / "server.pem"
    server = authority.issue_cert(host, not_after=ends)
    for part in (server.private_key_pem, *server.cert_chain_pems, authority.cert_pem):
        part.write_to_path(file, append=True)
    authority.cert_pem.write_to_path(folder / "authority.pem")
    return file


@contextmanager
def wordless(words: bytes = b"") -> Iterator[int]:
    """A port that takes every connection and only ever says these words; by default nothing."""
    taken: list[socket.socket] = []

    def take() -> None:
        with suppress(OSError):
            while True:
                visitor, _ = listener.accept()
                taken.append(visitor)
                visitor.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for visitor in taken:
                visitor.close()


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answer with this; ``content_type`` is the header Content-Type."""

    def behave(visit: Visit) -> None:
        visit.send_response(status)
        for name, value in headers.items():
            visit.send_header(name.replace("_", "-").title(), value)
        visit.send_header("Content-Length", str(len(body)))
        visit.end_headers()
        visit.wfile.write(body)

    return behave


def dripping(visit: Visit) -> None:
    """Answer 200, and then a byte now and then, for ever."""
    visit.send_response(200)
    visit.end_headers()
    while not visit.closing.wait(0.02):
        visit.wfile.write(b" ")


def silent(visit: Visit) -> None:
    """Take the request and never answer."""
    visit.closing.wait()


@contextmanager
def real_door(services: Services) -> Iterator[str]:
    """The door itself, served as in production; gives its public_url."""
    application = FastAPI()
    open_door(application, services)
    config = uvicorn.Config(application, port=0, log_config=None, lifespan="off", http=BoundedHttp)
    listener = config.bind_socket()
    listener.listen()  # Who comes before uvicorn is ready waits, instead of being refused.
    server = uvicorn.Server(config)
    sockets: list[Any] = [listener]
    thread = threading.Thread(target=lambda: server.run(sockets=sockets))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
