"""A worker process of the rate limit in real time: orders as they come in, and a bulk job.

The client and its limiter are the real ones. What is left out is the store: a job that is put off
sleeps here until it is due. Started as ``python -m tests.faults.rate_limit_worker``, with its
``Shift`` as JSON; writes its ``Account`` as JSON to standard output.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from pydantic import SecretStr

from integration.errors import Deferred
from integration.jobs import Lane
from integration.picqer.access import Access
from integration.picqer.client import PicqerClient
from integration.picqer.limiter import RedisLimiter
from integration.testing.open_doors import OpenGuard
from integration.testing.samples import order_draft

ORDERS_AT_ONCE = 4
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Shift:
    """What one worker does; instants are epoch seconds.

    ``orders`` are the instants at which its orders come in; bulk goes on until ``ends_at``.
    """

    number: int
    base_url: str
    api_key: str
    redis_url: str
    starts_at: float
    ends_at: float
    orders: list[float]
    bulk_callers: int = 2


@dataclass(slots=True)
class Account:
    """What a worker felt, and what put it off.

    ``orders`` holds of each order when it came in, in seconds after the beginning, and how many
    seconds later it was through.
    """

    orders: list[tuple[float, float]] = field(default_factory=list)
    bulk_calls: int = 0
    put_off: dict[str, int] = field(default_factory=dict)


class Worker:
    """One process' share of the work."""

    def __init__(self, shift: Shift) -> None:
        """Share the limit of this API key with the other processes."""
        self.account = Account()
        self._shift = shift
        self._lock = threading.Lock()
        self._access = Access("main", shift.base_url, SecretStr(shift.api_key), "ops@example.com")
        self._limiter = RedisLimiter(shift.redis_url, "main", "real-time")

    def work(self) -> Account:
        """Do the whole shift."""
        _sleep_until(self._shift.starts_at)
        callers = self._shift.bulk_callers
        with ThreadPoolExecutor(callers) as bulk, ThreadPoolExecutor(ORDERS_AT_ONCE) as orders:
            running = [bulk.submit(self._bulk) for _ in range(callers)]
            for number, came_in_at in enumerate(self._shift.orders):
                _sleep_until(came_in_at)
                running.append(orders.submit(self._order, number, came_in_at))
            for one in running:
                one.result()
        return self.account

    def _bulk(self) -> None:
        """Read the catalogue over and over."""
        client = self._client(Lane.BULK)
        while time.time() < self._shift.ends_at:
            self._until_done(lambda: list(client.products()))
            with self._lock:
                self.account.bulk_calls += 1

    def _order(self, number: int, came_in_at: float) -> None:
        """Create and process an order, each step as often as it is put off."""
        client = self._client(Lane.ORDERS)
        draft = order_draft(reference=f"{self._shift.number}-{number}")
        created = self._until_done(lambda: client.create_order(draft))
        self._until_done(lambda: client.process_order(created.idorder))
        with self._lock:
            came_in_after = came_in_at - self._shift.starts_at
            self.account.orders.append((came_in_after, time.time() - came_in_at))

    def _client(self, lane: Lane) -> PicqerClient:
        return PicqerClient(
            self._access, limiter=self._limiter, guard=OpenGuard(), lane=lane, born=time.time()
        )

    def _until_done(self, step: Callable[[], _Result]) -> _Result:
        while True:
            try:
                return step()
            except Deferred as deferral:
                with self._lock:
                    kind = type(deferral).__name__
                    self.account.put_off[kind] = self.account.put_off.get(kind, 0) + 1
                time.sleep(deferral.seconds or 0.05)


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.time()))


def main() -> None:
    """Do the shift that the only argument describes."""
    worker = Worker(Shift(**json.loads(sys.argv[1])))
    json.dump(asdict(worker.work()), sys.stdout)


if __name__ == "__main__":
    main()
