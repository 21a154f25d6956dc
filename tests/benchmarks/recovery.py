"""How soon work goes on after a worker was killed, and after Redis was away.

Orders are under way all the time, so that some are between "sent to Picqer" and "written down" when
their worker dies: those are in doubt, and are looked up after a minute, because Picqer may still be
committing.
"""

from __future__ import annotations

import math
import os
import signal
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, text

from integration.embedded_broker import EmbeddedBroker
from integration.errors import InDoubt
from tests.benchmarks.service import Running, running, wait_until

ORDERS = 24
"""Under way at each kill."""
PICQER_SECONDS = 0.4
"""Picqer answers slowly, so that many orders are with it when their worker dies."""
OUTAGES = (3.0, 20.0, 45.0)
"""Seconds without Redis: the longer it is away, the longer Celery would wait to try again."""
AFTER_OUTAGE = 5
LONGEST_SECONDS = 300.0
WAITS = text(
    "SELECT jobs.subject, job_events.data FROM job_events JOIN jobs ON jobs.id = job_events.job_id "
    "WHERE jobs.flow = 'create_order' AND job_events.kind = 'wait'"
)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds until an order is processing at Picqer, and the promise.

    Without a single order (``count`` 0) nothing was measured, and no promise is shown to be kept.
    """

    what: str
    count: int
    p50: float
    p99: float
    target_p99: float

    @property
    def met(self) -> bool:
        """Whether the promise was seen to be kept."""
        return self.count > 0 and self.p99 <= self.target_p99

    @property
    def verdict(self) -> str:
        """Said in a word."""
        if not self.count:
            return "not measured"
        return "kept" if self.met else "BROKEN"


def measure(folder: Path, kills: int) -> list[Recovery]:
    """Kills first, then outages of a broker that is not the service's own."""
    with running(folder / "kills") as service:
        sure, doubted = _kills(service, kills, Random(5))
    rows = [
        summary("worker killed", sure, 30.0),
        summary("worker killed, order in doubt", doubted, 90.0),
    ]
    with EmbeddedBroker(folder / "broker") as broker:
        environment = {**os.environ, "REDIS_URL": broker.url}
        with running(folder / "outages", environment=environment) as service:
            returned = [one for seconds in OUTAGES for one in _outage(service, broker, seconds)]
    return [*rows, summary("Redis returned", returned, 10.0)]


def _kills(service: Running, kills: int, random: Random) -> tuple[list[float], list[float]]:
    """Seconds from each kill to each order that it met; those in doubt apart."""
    service.picqer.tune(answer_seconds=PICQER_SECONDS)
    sure: list[float] = []
    doubted: list[float] = []
    for _ in range(kills):
        placed = _place(service, ORDERS)
        time.sleep(random.uniform(0.1, 1.2))
        left = [order for order in placed if not _is_processing(service, order)]
        began = time.monotonic()
        os.kill(service.service.pids["worker"], signal.SIGKILL)
        seconds = _until_processing(service, left, began)
        looked_up = _looked_up(service)
        for order, taken in seconds.items():
            (doubted if order in looked_up else sure).append(taken)
    return sure, doubted


def _outage(service: Running, broker: EmbeddedBroker, seconds: float) -> list[float]:
    """Seconds from Redis' return to each order that was placed while it was away."""
    broker.kill()
    time.sleep(seconds - 1.0)
    placed = _place(service, AFTER_OUTAGE)
    time.sleep(1.0)
    broker.start()
    return list(_until_processing(service, placed, time.monotonic()).values())


def _place(service: Running, count: int) -> list[str]:
    return [service.shop.place_order([("TEAPOT", 1)]) for _ in range(count)]


def _is_processing(service: Running, order: str) -> bool:
    return any(row.status == "processing" for row in service.picqer.orders_of(order))


def _until_processing(service: Running, orders: list[str], began: float) -> Mapping[str, float]:
    seconds: dict[str, float] = {}

    def all_there() -> bool:
        for order in orders:
            if order not in seconds and _is_processing(service, order):
                seconds[order] = time.monotonic() - began
        return len(seconds) == len(orders)

    wait_until(all_there, f"{len(orders)} orders", LONGEST_SECONDS)
    return seconds


def _looked_up(service: Running) -> set[str]:
    """The orders that were looked up at Picqer, because their creation was in doubt."""
    engine = create_engine(service.service.settings.database_url.get_secret_value())
    try:
        with engine.connect() as connection:
            waits = connection.execute(WAITS).all()
    finally:
        engine.dispose()
    return {row.subject for row in waits if InDoubt.__name__ in str(row.data)}


def summary(what: str, seconds: Sequence[float], target: float) -> Recovery:
    """The figures of so many orders."""
    if not seconds:
        return Recovery(what, 0, math.nan, math.nan, target)
    at_least_two = [*seconds, *seconds]
    p99 = statistics.quantiles(at_least_two, n=100, method="inclusive")[98]
    return Recovery(what, len(seconds), statistics.median(seconds), p99, target)
