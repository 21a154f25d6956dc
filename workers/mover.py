"""The mover: sends what is due in the store to its queue, every two seconds.

It is what makes a lost message harmless: a job that is due and that nobody claimed is sent again.
Any number of movers may run; each row goes to one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from integration.crash_points import crash_point
from integration.errors import NoLimiter, OverBudget
from integration.jobs import Lane, Queue
from integration.services import Account, Services
from integration.settings import Settings
from integration.wiring import redis_url
from workers.queue import KEY_PREFIX, SOCKET_SECONDS

TICK_SECONDS = 2.0
MOST_OUT = 200
"""Messages that may be out in a queue, those that are sent again included."""
RESEND_SECONDS = 15.0
"""A message that nobody claimed within this time is taken for lost."""
GAP_SECONDS = 5.0
"""When our last tick is longer ago than this, something was away and messages may be lost."""
JUMP_SECONDS = 5.0
"""By how much the store's clock may gain on ours from tick to tick."""
METER_SECONDS = 2 * TICK_SECONDS
HORIZON_SECONDS = METER_SECONDS + 1.0
LANES = {Queue.ORDERS: Lane.ORDERS, Queue.EVENTS: Lane.SHIPMENTS, Queue.BULK: Lane.BULK}
"""The lane that the jobs of a queue mostly use, in the order in which queues are served."""
CALLS = {Queue.ORDERS: 2, Queue.EVENTS: 1, Queue.BULK: 1}
"""Picqer calls that one job of a queue makes at the least."""
log = structlog.get_logger(__name__)


class Epoch(Protocol):
    """Whether the broker is still the one that our messages were sent to."""

    def is_new(self) -> bool:
        """True once after the broker lost what it held."""


class RedisEpoch:
    """A key in Redis that names its server's run.

    It is gone when Redis was emptied, and names another run when Redis was restarted or replaced:
    what was sent shortly before may be lost then, and nudges in between have failed.
    """

    def __init__(self, client: redis.Redis) -> None:
        """Look through this client."""
        self._client = client

    @classmethod
    def of(cls, settings: Settings) -> RedisEpoch:
        """Look in the broker that the settings name."""
        client = redis.Redis.from_url(
            redis_url(settings),
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )
        return cls(client)

    def is_new(self) -> bool:
        """True for the one who finds another run, or none; False when Redis is away."""
        try:
            run = str(self._client.info("server")["run_id"]).encode()
            before = self._client.set(f"{KEY_PREFIX}epoch", run, get=True)
        except redis.RedisError:
            return False
        return before != run


class Mover:
    """Sends due jobs: orders before the rest, the oldest first."""

    def __init__(
        self, services: Services, epoch: Epoch, monotonic: Callable[[], float] | None = None
    ) -> None:
        """Begin as after a gap: what was sent before may be lost."""
        self._services = services
        self._epoch = epoch
        self._monotonic = monotonic or services.clock.monotonic
        self._ticked_at: float | None = None
        self._ahead: float | None = None

    def tick(self) -> int:
        """Send what is due now; returns how many messages went out. Raises StoreAway."""
        lost = self._messages_may_be_lost()
        self._mind_the_clock()
        sent = sum(self._send(queue, 0.0 if lost else RESEND_SECONDS) for queue in LANES)
        if sent:
            log.debug("mover.sent", messages=sent, again=lost)
        return sent

    def _mind_the_clock(self) -> None:
        """Before anything is sent that only seems to be due, or is left that only seems not to be.

        Only a mover sends what waited for longer than half a minute.
        """
        if mended := self._services.jobs.mend_after_set_back():
            log.warning("store.clock_set_back", jobs=mended)
        ahead = self._services.store.now().timestamp() - self._monotonic()
        before, self._ahead = self._ahead, ahead
        if before is not None and ahead - before > JUMP_SECONDS:
            in_doubt = self._services.jobs.mend_after_set_ahead()
            log.warning("store.clock_set_ahead", seconds=round(ahead - before), in_doubt=in_doubt)

    def _messages_may_be_lost(self) -> bool:
        now, before = self._monotonic(), self._ticked_at
        self._ticked_at = now
        after_gap = before is None or now - before > GAP_SECONDS
        return self._epoch.is_new() or after_gap

    def _send(self, queue: Queue, resend_after: float) -> int:
        """Nothing is marked as sent while Redis is away, so that it goes out at once later."""
        out = self._services.wake_up.waiting(queue)
        if out is None or out >= MOST_OUT:
            return 0
        metered = self._metered(queue)
        messages = self._services.jobs.due(
            queue,
            MOST_OUT - out,
            resend_after=resend_after,
            metered=metered,
            ahead=METER_SECONDS,
        )
        if messages:
            crash_point("mover.after_marking", queue)
        for message in messages:
            self._services.wake_up.nudge(message)
            crash_point("mover.after_nudge", queue)
        return len(messages)

    def _metered(self, queue: Queue) -> dict[str, datetime]:
        """Up to which age each account's jobs that wait for budget are released."""
        released = {}
        for name, account in self._services.accounts.items():
            until = self._release(queue, name, account)
            if until is not None:
                released[name] = until
        return released

    def _release(self, queue: Queue, name: str, account: Account) -> datetime | None:
        """As many as the next two ticks can serve; None when that is all of them.

        Meanwhile no younger job of the lane gets a permit: it would overtake those that wait.
        """
        meter = account.limiter
        backlog = self._services.jobs.backlog(name, OverBudget.__name__, queue=queue)
        if not backlog:
            return None
        lane = LANES[queue]
        try:
            served = max(1, meter.budget(METER_SECONDS, lane) // CALLS[queue])
            if served >= len(backlog):
                meter.publish_horizon(lane, None, HORIZON_SECONDS)
                return None
            until = backlog[served - 1][1]
            meter.publish_horizon(lane, until.timestamp(), HORIZON_SECONDS)
        except NoLimiter:
            return backlog[0][1]
        return until
