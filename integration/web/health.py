"""Whether this installation lives and can work: for load balancers, supervisors and people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum

import structlog
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from integration.errors import BridgeError
from integration.flows.observe_account import doubled_references
from integration.jobs import Queue
from integration.liveness import Liveness, look
from integration.services import Services

log = structlog.get_logger(__name__)


class StoreState(StrEnum):
    """How the store is."""

    OK = "ok"
    AWAY = "away"
    NOT_MIGRATED = "not migrated: run `picqer-bridge migrate`"


def health(services: Services, is_migrated: Callable[[], bool]) -> APIRouter:
    """``/health/live`` and ``/health/ready``. ``is_migrated``: the store has all its tables."""
    router = APIRouter(prefix="/health")
    look = SharedLook(lambda: _readiness(services, is_migrated))

    @router.get("/live")
    def live() -> Response:
        """200 as long as this process answers at all."""
        return JSONResponse({"live": True})

    @router.get("/ready")
    async def ready() -> Response:
        """200 when deliveries can be stored, else 503; the body says how everything is.

        ``missing``: kinds of process that were not seen for a minute. ``stalled``: kinds of which
        one lives but does not get on with its work. ``unserved``: queues nobody takes from.
        """
        body = await look.take()
        return JSONResponse(body, status_code=200 if body["ready"] else 503)

    return router


Readiness = dict[str, object]


class SharedLook:
    """One look at a time, shared by all who ask meanwhile.

    Anybody may ask, and a look takes seconds while Redis is away: without this, those who ask
    would take the threads that the door stores deliveries with.
    """

    def __init__(self, look: Callable[[], Readiness]) -> None:
        """Look at nothing yet."""
        self._look = look
        self._under_way: asyncio.Future[Readiness] | None = None

    async def take(self) -> Readiness:
        """What the look that is under way sees, or a new one."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.ensure_future(run_in_threadpool(self._look))
        # Whoever goes away does not end it for the others.
        return await asyncio.shield(self._under_way)


def _readiness(services: Services, is_migrated: Callable[[], bool]) -> Readiness:
    store = _store(is_migrated)
    is_ready = store is StoreState.OK
    redis_is_away = services.wake_up.waiting(Queue.ORDERS) is None
    seen = _liveness(services) if is_ready else None
    return {
        "ready": is_ready,
        "store": store.value,
        "redis": "away" if redis_is_away else "ok",
        "heartbeats": seen.heartbeats if seen else {},
        "missing": seen.missing if seen else [],
        "stalled": list(seen.stalled) if seen else [],
        "queues": seen.queues if seen else {},
        "unserved": seen.unserved if seen and not redis_is_away else [],
        "doubled_orders": _doubled(services) if is_ready else {},
    }


def _doubled(services: Services) -> dict[str, int]:
    """How many references two live orders share, per account: a person has to cancel one of them.

    `picqer-bridge jobs list --flow reconcile` names them; this answer anybody may read.
    """
    found = {name: len(doubled_references(services.bookmarks, name)) for name in services.accounts}
    return {name: count for name, count in found.items() if count}


def _store(is_migrated: Callable[[], bool]) -> StoreState:
    try:
        return StoreState.OK if is_migrated() else StoreState.NOT_MIGRATED
    except BridgeError:
        return StoreState.AWAY
    except Exception:
        log.exception("health.store_fault")
        return StoreState.AWAY


def _liveness(services: Services) -> Liveness | None:
    try:
        return look(services)
    except BridgeError:
        return None
