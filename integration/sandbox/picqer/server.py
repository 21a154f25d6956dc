"""A sandbox on a real port: in a thread of this process, or blocking for a command."""

import asyncio
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from integration.sandbox.picqer.app import create_app
from integration.sandbox.picqer.books import Books
from integration.sandbox.picqer.control import Control
from integration.sandbox.picqer.demo import seed_account
from integration.sandbox.picqer.demo import seed_demo as seed_products
from integration.sandbox.picqer.sending import TRANSPORT

STARTING_SECONDS = 10.0


class CuttableProtocol(H11Protocol):
    """Uvicorn's HTTP with its connection in the scope, so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Put the connection where requests find it."""
        self.app_state = {**self.app_state, TRANSPORT: transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """Uvicorn that tells when it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        self._ready()


class SandboxPicqer(Control):
    """A simulated Picqer over HTTP; also every lever of `Control`, and `.books` for tests.

    Give it `books`, or the arguments of `Books` to make new ones. New books hold an account's
    settings; with `demo` also a few products with stock. After `stop` it can start again, on the
    same port and with the same books, as a server after an outage.
    """

    def __init__(self, books: Books | None = None, *, demo: bool = False, **arguments: Any) -> None:
        if books is None:
            books = Books(**arguments)
            (seed_products if demo else seed_account)(books)
        elif arguments or demo:
            raise ValueError("Give either books or what to make them of")
        super().__init__(books)
        self.host = "127.0.0.1"
        self.port = 0
        self._server: _Server | None = None
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    @property
    def url(self) -> str:
        """The address of the API's host, such as http://127.0.0.1:40123, without a path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def start(self, port: int = 0, *, host: str = "127.0.0.1") -> Self:
        """Serve in the background; port 0 takes a free one, or the one of the last start.

        OSError when the port is taken; RuntimeError when the server does not come up.
        """
        if self._server is not None:
            raise RuntimeError("This sandbox is running already")
        listener = self._listen(host, port)
        up = threading.Event()
        self._server = self._new_server(up.set)
        serving = threading.Thread(
            target=self._server.run, args=([listener],), name="sandbox-http", daemon=True
        )
        self._begin(serving)
        if not up.wait(STARTING_SECONDS):
            raise RuntimeError("The sandbox did not start listening")
        return self

    def stop(self) -> None:
        """Stop serving and delivering; the books stay as they are."""
        if self._server is None:
            return
        self._server.should_exit = True
        self._end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    def run(self, port: int, *, host: str, on_ready: Callable[[str], None] | None = None) -> None:
        """Serve in this thread until SIGINT or SIGTERM; `on_ready` is told the address."""
        listener = self._listen(host, port)
        told = on_ready or (lambda _url: None)
        self._server = self._new_server(lambda: told(self.url))
        self._begin()
        try:
            self._server.run([listener])
        finally:
            self._end()

    def _listen(self, host: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # With the protocol named, asyncio switches Nagle's delay of 40 ms off for each connection.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port or self.port))
        except OSError:
            listener.close()
            raise
        self.host, self.port = host, listener.getsockname()[1]
        return listener

    def _new_server(self, ready: Callable[[], None]) -> _Server:
        config = uvicorn.Config(
            create_app(self.books),
            http=CuttableProtocol,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        return _Server(config, ready)

    def _begin(self, *threads: threading.Thread) -> None:
        self._stopping.clear()
        later = threading.Thread(target=self._run_agenda, name="sandbox-agenda", daemon=True)
        self._threads = [*threads, later]
        for thread in self._threads:
            thread.start()
        self.books.deliveries.start()

    def _end(self) -> None:
        self._stopping.set()
        self.books.agenda.wake()
        for thread in self._threads:
            thread.join(STARTING_SECONDS)
        self.books.deliveries.stop()
        self._threads, self._server = [], None

    def _run_agenda(self) -> None:
        while not self._stopping.is_set():
            with self.books.lock:
                due = self.books.agenda.run_due()
            # A short ceiling keeps a sandbox with a clock of its own from oversleeping.
            self.books.agenda.wait(0.25 if due is None else min(due, 0.25))


def serve(
    host: str = "127.0.0.1",
    port: int = 8021,
    *,
    demo: bool = True,
    on_ready: Callable[[str], None] | None = None,
    **arguments: Any,
) -> None:
    """Run a sandbox until it is told to stop; `arguments` are those of `Books`.

    Keep it on the loopback address: its control interface asks nobody for a password.
    """
    SandboxPicqer(demo=demo, **arguments).run(port, host=host, on_ready=on_ready)
