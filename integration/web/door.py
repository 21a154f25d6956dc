"""The door: webhooks of Picqer and of the shops come in here.

It verifies the signature over the raw bytes, stores the delivery with the facts and jobs it calls
for, commits, and answers 200. It calls nobody and never waits for Redis.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

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


def door(services: Services, count: Count = lambda _source, _outcome: None) -> APIRouter:
    """The two addresses of the door; looking at one with a browser says that it is there.

    What floods the door is a POST: those two are tried first.
    """
    router = APIRouter(route_class=_Entrance)
    keeper = _Keeper(services, count, RefusalLog(services.clock.monotonic))

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

    @router.get("/webhooks/picqer/{account}")
    async def for_picqer(account: str, _request: Request) -> Response:
        """Say that this is where Picqer's webhooks go."""
        return _sign(f"picqer/{account}", is_there=account in services.accounts)

    @router.get("/webhooks/shops/{shop}")
    async def for_shop(shop: str, _request: Request) -> Response:
        """Say that this is where this shop's webhooks go."""
        return _sign(f"shops/{shop}", is_there=shop in services.shops)

    return router


class _Entrance(APIRoute):
    """Hands its endpoint the one name in the path and the request, and nothing else.

    FastAPI would read, check and inject what an endpoint declares; that costs more than refusing
    a bad signature, and whoever floods the door makes us pay it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """See FastAPI's page on custom APIRoute classes; asked for once per route."""
        endpoint = self.endpoint
        (name,) = self.param_convertors

        async def enter(request: Request) -> Response:
            answer: Response = await endpoint(request.path_params[name], request)
            return answer

        return enter


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
