"""What is for people only, the console and ``/metrics``: at the door behind passwords, or inside.

Without a password both are on a listener of their own that this machine alone can reach. Behind a
proxy every visitor is loopback, so the address of a visitor proves nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request

from integration.services import Services
from integration.settings import Settings
from integration.web.console import console
from integration.web.console.access import Access, Login, Person, Role, Throttle
from integration.web.console.signing_in import source_of
from integration.web.metrics import Metrics

LOOPBACK = "127.0.0.1"
log = structlog.get_logger(__name__)


def access_of(settings: Settings) -> Access:
    """Who may sign in, as the settings say."""
    table = settings.console
    logins = []
    if table.password is not None:
        logins.append(Login(Person(table.user, Role.OPERATOR), table.password))
    if table.viewer_password is not None:
        logins.append(Login(Person(table.viewer_user, Role.VIEWER), table.viewer_password))
    return Access(logins, table.session_hours * 3600.0, settings.public_url or "")


def for_people(services: Services, settings: Settings, metrics: Metrics) -> APIRouter:
    """The console and ``/metrics``, guarded when there is a password."""
    access = access_of(settings)
    router = APIRouter()
    guards = [] if access.is_open else [Depends(login(access, Throttle(time.monotonic)))]
    router.include_router(metrics.router(), dependencies=guards)
    router.include_router(console(services, access, Throttle(time.monotonic)))
    return router


def login(access: Access, throttle: Throttle) -> Callable[[Request, HTTPBasicCredentials], None]:
    """A dependency that lets only those pass who could sign in: programs have no form."""

    def check(
        request: Request, given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]
    ) -> None:
        source = source_of(request)
        left = throttle.seconds_left(source)
        if left > 0:
            raise HTTPException(
                429, "too many wrong passwords", {"Retry-After": str(int(left) + 1)}
            )
        if access.person(given.username, given.password).role is Role.NOBODY:
            throttle.failed(source)
            raise HTTPException(401, "wrong user or password", {"WWW-Authenticate": "Basic"})
        throttle.succeeded(source)

    return check


class PeoplesListener:
    """A second server, on the loopback, for what people may see when no password is set."""

    def __init__(self, application: FastAPI, port: int) -> None:
        """Prepare to serve this application on that port."""
        # A web page elsewhere must not reach it through a name that leads to this machine.
        application.add_middleware(TrustedHostMiddleware, allowed_hosts=[LOOPBACK, "localhost"])
        self._port = port
        self._server = uvicorn.Server(
            uvicorn.Config(
                application, host=LOOPBACK, port=port, log_config=None, lifespan="off",
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
