"""The door: webhooks of Picqer and of the shops come in here.

It verifies the signature over the raw bytes, stores the delivery with the facts and jobs it calls
for, commits, and answers 200. It calls nobody and never waits for Redis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from fastapi import APIRouter, FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from integration.crash_points import crash_point
from integration.errors import StoreAway
from integration.jobs import Delivery
from integration.services import Account, Services, Shop
from integration.web.body import TooLarge, TooSlow, read_body
from integration.web.refusals import RefusalLog
from integration.web.routing import accept

STORED_HEADERS = frozenset({"content-type", "user-agent"})
"""Kept of every delivery, besides what begins with one of the prefixes below."""
STORED_PREFIXES = ("x-picqer-", "webhook-", "x-wc-webhook-")
SECRET_MARKS = ("signature", "authorization", "cookie", "secret", "token")
NO_SUCH_SOURCE = "there is no account or shop of this name"
log = structlog.get_logger(__name__)

Count = Callable[[str, str], None]
"""Counts an answer: (source, outcome)."""


def open_door(
    application: FastAPI, services: Services, count: Count = lambda _source, _outcome: None
) -> None:
    """Give the application the two addresses of the door, and its fast way in."""
    keeper = _Keeper(services, count, RefusalLog(services.clock.monotonic))
    application.include_router(_addresses(keeper))
    application.add_middleware(_FastWay, keeper=keeper)


def _addresses(keeper: _Keeper) -> APIRouter:
    """Where deliveries go; looking at one with a browser says that it is there."""
    router, services = APIRouter(), keeper.services

    @router.get("/webhooks/picqer/{account}")
    def for_picqer(account: str) -> Response:
        """Say that this is where Picqer's webhooks go."""
        return _sign(f"picqer/{account}", is_there=account in services.accounts)

    @router.get("/webhooks/shops/{shop}")
    def for_shop(shop: str) -> Response:
        """Say that this is where this shop's webhooks go."""
        return _sign(f"shops/{shop}", is_there=shop in services.shops)

    @router.post("/webhooks/picqer/{account}")
    async def from_picqer(account: str, request: Request) -> Response:
        """A delivery of Picqer for one of the configured accounts."""
        found = services.accounts.get(account)
        return await keeper.receive(found, f"picqer/{account}", request)

    @router.post("/webhooks/shops/{shop}")
    async def from_shop(shop: str, request: Request) -> Response:
        """A delivery of one of the configured shops."""
        found = services.shops.get(shop)
        return await keeper.receive(found, f"shops/{shop}", request)

    return router


class _FastWay:
    """Takes in what is posted to a source there is, before the rest of the application is asked.

    The way through middleware and routes costs as much as finding a signature wrong, and whoever
    floods the door would make us pay it. Everything else, also a path that is written in another
    way, goes on to the routes, which do the same.
    """

    def __init__(self, app: ASGIApp, keeper: _Keeper) -> None:
        self._app = app
        self._keeper = keeper
        services = keeper.services
        self._sources: dict[str, Account | Shop] = {
            **{f"/webhooks/picqer/{name}": one for name, one in services.accounts.items()},
            **{f"/webhooks/shops/{name}": one for name, one in services.shops.items()},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        source = None
        if scope["type"] == "http" and scope["method"] == "POST":
            source = self._sources.get(scope["path"])
        if source is None:
            await self._app(scope, receive, send)
            return
        name = scope["path"].removeprefix("/webhooks/")
        answer = await self._keeper.receive(source, name, Request(scope, receive))
        await answer(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Takes one delivery after another in, and refuses what is not signed."""

    services: Services
    count: Count
    refusals: RefusalLog

    async def receive(self, source: Account | Shop | None, name: str, request: Request) -> Response:
        if source is None:
            return self._answer(404, "unknown", NO_SUCH_SOURCE)
        try:
            body = await read_body(request)
        except TooLarge:
            return self._answer(413, name, "the body is larger than 1 MiB")
        except (TooSlow, ClientDisconnect):
            return self._answer(408, name, "the body did not arrive within 5 seconds")
        structlog.contextvars.bind_contextvars(source=name)
        delivery = Delivery(name, _headers(request), body)
        if isinstance(source, Shop) and source.is_ping(delivery):
            self.count(name, "ping")
            return JSONResponse({"state": "ping"})
        if not source.verify(delivery):
            self.refusals.note(name)
            return self._answer(401, name, "the signature is missing or wrong")
        return await run_in_threadpool(self._accept, source, delivery)

    def _accept(self, source: Account | Shop, delivery: Delivery) -> Response:
        name = delivery.source
        stored = Delivery(name, _allowed(delivery.headers), delivery.body)
        try:
            accepted = accept(self.services, source, stored)
        except StoreAway:
            log.error("door.store_away", source=name)  # noqa: TRY400 - the cause is in the name
            return self._answer(503, name, "the store is away; send it again later")
        except Exception:
            log.exception("door.fault", source=name)
            return self._answer(503, name, "it could not be stored; send it again later")
        log.info(
            "door.accepted",
            source=name,
            delivery=accepted.delivery_id,
            state=accepted.state,
            jobs=accepted.jobs,
        )
        self.count(name, accepted.state)
        crash_point("door.before_answer")
        return JSONResponse({"delivery": accepted.delivery_id, "state": accepted.state})

    def _answer(self, status: int, source: str, message: str) -> Response:
        self.count(source, str(status))
        return JSONResponse({"error": message}, status_code=status)


def _headers(request: Request) -> dict[str, str]:
    """Every header; one that came more than once is joined by commas, so that none is overlooked.

    Two signatures make no signature: which one a proxy before us looked at is unknown.
    """
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _allowed(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers worth keeping; never one that carries a signature or a credential."""
    return {
        name: value[:200]
        for name, value in ((key.lower(), value) for key, value in headers.items())
        if (name in STORED_HEADERS or name.startswith(STORED_PREFIXES))
        and not any(mark in name for mark in SECRET_MARKS)
    }


def _sign(name: str, *, is_there: bool) -> Response:
    """What somebody sees who looks at an address of the door."""
    if not is_there:
        return JSONResponse({"error": NO_SUCH_SOURCE}, status_code=404)
    return JSONResponse({"door": name, "takes": "signed webhooks, by POST"})
