"""The demo shop on a real port: in a thread beside the caller, or as a process of its own."""

import asyncio
import base64
import secrets
import socket
from collections.abc import Sequence
from functools import cached_property
from random import Random
from threading import Thread
from types import TracebackType
from typing import Self, cast

import uvicorn
from pydantic import SecretStr
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from integration.sandbox.shop.app import create_app
from integration.sandbox.shop.books import Books
from integration.sandbox.shop.faults import Faults
from integration.sandbox.shop.instants import Clock, utc_now
from integration.sandbox.shop.manners import Manners
from integration.sandbox.shop.trade import Trade
from integration.sandbox.shop.traffic import ABORT
from integration.sandbox.shop.webhooks import RETRY_SECONDS, Webhooks

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 5.0
BACKLOG = 256


class CuttableConnection(H11Protocol):
    """An HTTP connection that lets the application cut it, as a failing network would."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Leave the call that cuts this connection where the application finds it."""
        connection = cast("asyncio.Transport", transport)
        self.app_state = {**self.app_state, ABORT: connection.abort}
        super().connection_made(connection)


class SandboxShop(Trade):
    """A small webshop that speaks the custom webshop contract, on a port of its own.

    `token` is what the bridge shows to call the shop, `secret` (`whsec_...`) signs the events;
    both are drawn when left out. `door_url` is where events go, None until the bridge runs.
    `clock` is the shop's idea of now, also in its `Date` headers. Any thread may act on the shop.
    """

    def __init__(
        self,
        *,
        token: SecretStr | None = None,
        secret: SecretStr | None = None,
        door_url: str | None = None,
        manners: Manners | None = None,
        duplicate_every: int = 0,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        clock: Clock = utc_now,
        rng: Random | None = None,
    ) -> None:
        rng = rng or Random()
        self.token = token or SecretStr(secrets.token_urlsafe(24))
        self.secret = secret or new_secret()
        self.faults = Faults()
        webhooks = Webhooks(
            self.secret,
            door_url=door_url,
            clock=clock,
            rng=rng,
            duplicate_every=duplicate_every,
            retry_seconds=retry_seconds,
        )
        super().__init__(Books(clock), webhooks, manners or Manners(), rng)
        self._server: uvicorn.Server | None = None
        self._thread: Thread | None = None
        self._address: tuple[str, int] | None = None

    @cached_property
    def app(self) -> ASGIApp:
        """The shop as an ASGI application."""
        return create_app(self, self.faults, self.token)

    @property
    def url(self) -> str:
        """The address of the contract's endpoints; RuntimeError while the shop is closed."""
        if self._address is None:
            raise RuntimeError("the demo shop is not started, so it has no address yet")
        host, port = self._address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def picture_url(self, name: str) -> str:
        """The address of a product picture, for `image_urls`; anybody may fetch it."""
        return f"{self.url}/pictures/{name}.png"

    def start(self, port: int = 0, host: str = LOOPBACK) -> Self:
        """Open the shop in a thread of its own; port 0 takes a free one. Raises OSError: taken."""
        sock = self._open(host, port)
        self._thread = Thread(
            target=self._serve_on, args=(sock,), name="demo-shop-http", daemon=True
        )
        self._thread.start()
        self.webhooks.start()
        return self

    def stop(self) -> None:
        """Close the shop and wait for its threads; nothing happens when it is closed already."""
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
            self._thread = self._server = self._address = None
        self.webhooks.stop()

    def serve(self, host: str = LOOPBACK, port: int = 8100) -> None:
        """Open the shop and stay until SIGINT, SIGTERM or `stop` from another thread."""
        sock = self._open(host, port)
        self.webhooks.start()
        try:
            self._serve_on(sock)
        finally:
            self._server = self._address = None
            self.webhooks.stop()

    def __enter__(self) -> Self:
        """Open the shop on a free port."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the shop."""
        self.stop()

    def _open(self, host: str, port: int) -> socket.socket:
        """Bind before anything runs, so that the address is known and callers may queue up."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Named as TCP, because asyncio sends small packets at once only on such a socket; without
        # it every answer waits 40 ms for the other side's delayed acknowledgement.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            sock.close()
            raise
        sock.listen(BACKLOG)
        self._address = (host, sock.getsockname()[1])
        config = uvicorn.Config(
            self.app,
            http=CuttableConnection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        return sock

    def _serve_on(self, sock: socket.socket) -> None:
        if self._server is not None:
            self._server.run(sockets=[sock])


def new_secret() -> SecretStr:
    """Draw a secret for Standard Webhooks: `whsec_` and 32 random bytes in base64."""
    return SecretStr("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())


def serve(
    host: str,
    port: int,
    *,
    token: SecretStr,
    secret: SecretStr,
    door_url: str | None = None,
    manners: Manners | None = None,
    stocked: bool = True,
) -> None:
    """Run a demo shop until SIGINT or SIGTERM; `stocked`: with a handful of products on sale."""
    shop = SandboxShop(token=token, secret=secret, manners=manners)
    if stocked:
        shop.add_demo_products()
    shop.webhooks.door_url = door_url
    shop.serve(host, port)
