"""The ASGI application for ``uvicorn workers.web:app``: the door, health, and metrics.

What is for people only (metrics) is on the door's own address when a password is set; otherwise on
a listener of its own that this machine alone can reach. Behind a proxy every visitor is loopback,
so the address of a visitor proves nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Annotated

import structlog
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integration.errors import BridgeError, StoreAway
from integration.services import Services
from integration.settings import Settings
from integration.web.door import door
from integration.web.health import health
from integration.web.metrics import Metrics
from integration.wiring import build_services, redis_url, store_serves
from workers import faults, logs
from workers.app import app as celery_app
from workers.process import load_settings
from workers.queue import BackgroundWakeUp, CeleryWakeUp
from workers.signs_of_life import SignsOfLife

LOOPBACK = "127.0.0.1"
STORE_PATIENCE_SECONDS = 3.0
"""A sender waits 5 seconds (WooCommerce) or 10 (Picqer): a busy store must be a 503 before that."""
log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings; nothing is connected before it starts."""
    wake_up = BackgroundWakeUp(CeleryWakeUp(celery_app, redis_url(settings)))
    services = build_services(settings, wake_up=wake_up, store_patience=STORE_PATIENCE_SECONDS)
    metrics = Metrics(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        signs = _signs_of(services, settings, asyncio.get_running_loop())
        signs.start()
        see_shops(services)
        listener = None if settings.console.password else PeoplesListener(settings, metrics)
        if listener:
            listener.start()
        yield
        if listener:
            listener.stop()
        signs.stop()

    application = _bare("picqer-bridge", lifespan)
    application.include_router(door(services, metrics.count_delivery))
    application.include_router(health(services, lambda: store_serves(services)))
    if settings.console.password:
        application.include_router(metrics.router(), dependencies=[Depends(password(settings))])
    return application


def _signs_of(
    services: Services, settings: Settings, loop: asyncio.AbstractEventLoop
) -> SignsOfLife:
    """The web process is in order while its event loop turns."""

    def ask() -> bool:
        loop.call_soon_threadsafe(signs.pulse.answer)
        return True

    signs = SignsOfLife(services, settings, "web", ask)
    return signs


def see_shops(services: Services) -> None:
    """Write down that these shops are here, before the door opens.

    Orders placed before the first sight of a shop are not imported, and the first order must not
    be the first sight.
    """
    for shop in services.shops.values():
        with suppress(BridgeError):
            services.gate.first_sight(shop.policy.account.name, shop.policy.name)


class PeoplesListener:
    """A second server, on the loopback, for what people may see when no password is set."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        """Prepare the server for the port that the settings name."""
        inside = _bare("picqer-bridge, inside")
        inside.include_router(metrics.router())
        # A web page elsewhere must not reach it through a name that leads to this machine.
        inside.add_middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])
        self._port = settings.console.port
        self._server = uvicorn.Server(
            uvicorn.Config(
                inside, host=LOOPBACK, port=self._port, log_config=None, lifespan="off",
                server_header=False, timeout_graceful_shutdown=1,
            )
        )  # fmt: skip
        self._thread = threading.Thread(target=self._run, name="people", daemon=True)

    def start(self) -> None:
        """Listen; when the port is taken, only this listener is missing."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.should_exit = True
        self._thread.join(timeout=2.0)

    def _run(self) -> None:
        with suppress(SystemExit):
            self._server.run()
        if not self._server.started:
            log.warning("console.port_taken", port=self._port)


def password(settings: Settings) -> Callable[[HTTPBasicCredentials], None]:
    """A dependency that lets only the console's user pass, in constant time."""
    user = settings.console.user.encode()
    secret = settings.console.password
    expected = secret.get_secret_value().encode() if secret else b""

    def check(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> None:
        right_user = secrets.compare_digest(given.username.encode(), user)
        right_password = secrets.compare_digest(given.password.encode(), expected)
        if not (expected and right_user and right_password):
            raise HTTPException(401, "wrong user or password", {"WWW-Authenticate": "Basic"})

    return check


Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def _bare(title: str, lifespan: Lifespan | None = None) -> FastAPI:
    """An application without pages that describe it, whose errors are JSON without traces."""
    application = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    application.add_exception_handler(BridgeError, _known)
    application.add_exception_handler(Exception, _unknown)
    return application


async def _known(_: Request, error: Exception) -> Response:
    status = 503 if isinstance(error, StoreAway) else 500
    return JSONResponse({"error": str(error)}, status_code=status)


async def _unknown(_: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "a fault in picqer-bridge itself"}, status_code=500)


def _start() -> FastAPI:
    settings = load_settings()
    logs.configure(settings)
    faults.start(settings)
    return create_app(settings)


def __getattr__(name: str) -> FastAPI:
    """``app``, made when uvicorn asks for it, so that importing this module reads no settings."""
    if name != "app":
        raise AttributeError(name)
    made = globals()["app"] = _start()
    return made
