"""The ASGI application for ``uvicorn workers.web:app``: the door, health, and the console."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

import structlog
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integration.errors import BridgeError, StoreAway
from integration.services import Services
from integration.settings import Settings
from integration.web.door import open_door
from integration.web.health import health
from integration.web.metrics import Metrics
from integration.wiring import build_services, redis_url, store_serves
from workers import faults, logs
from workers.alarm_watch import AlarmThread
from workers.app import app as celery_app
from workers.people import PeoplesListener, for_people
from workers.process import load_settings
from workers.queue import BackgroundWakeUp, CeleryWakeUp
from workers.signs_of_life import SignsOfLife

STORE_PATIENCE_SECONDS = 3.0
"""A sender waits 5 seconds (WooCommerce) or 10 (Picqer): a busy store must be a 503 before that."""
log = structlog.get_logger(__name__)


def create_app(settings: Settings) -> FastAPI:
    """The application for these settings; nothing is connected before it starts."""
    wake_up = BackgroundWakeUp(CeleryWakeUp(celery_app, redis_url(settings)))
    services = build_services(settings, wake_up=wake_up, store_patience=STORE_PATIENCE_SECONDS)
    metrics = Metrics(services)

    def inside() -> PeoplesListener:
        application = _bare("picqer-bridge, inside")
        application.include_router(for_people(services, settings, metrics))
        return PeoplesListener(application, settings.console.port)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        signs = _signs_of(services, settings, asyncio.get_running_loop())
        signs.start()
        alarms = AlarmThread(services, settings)
        alarms.start()
        see_shops(services)
        listener = None if settings.console.password else inside()
        if listener:
            listener.start()
        yield
        if listener:
            listener.stop()
        alarms.stop()
        signs.stop()

    application = _bare("picqer-bridge", lifespan)
    open_door(application, services, metrics.count_delivery)
    application.include_router(health(services, lambda: store_serves(services)))
    if settings.console.password:
        application.include_router(for_people(services, settings, metrics))
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
    application = create_app(settings)
    _keep_for_good()
    return application


def _keep_for_good() -> None:
    """Have Python's collector pass over all that the start made and that stays as it is.

    Looking through it takes a tenth of a second and more, in which the door answers nobody; a
    flood would bring that about every few seconds.
    """
    gc.collect()
    gc.freeze()


def __getattr__(name: str) -> FastAPI:
    """``app``, made when uvicorn asks for it, so that importing this module reads no settings."""
    if name != "app":
        raise AttributeError(name)
    made = globals()["app"] = _start()
    return made
