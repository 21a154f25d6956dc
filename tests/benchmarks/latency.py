"""From an event to its effect while the service is idle: p50 and p99."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.service import Running, wait_until

STOCK_EVENTS = 100
ORDERS = 60
PAUSE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from event to effect, and the targets (None: there is none)."""

    path: str
    count: int
    p50: float
    p99: float
    target_p50: float | None
    target_p99: float

    @property
    def met(self) -> bool:
        """Whether both keep to their targets."""
        return self.p99 <= self.target_p99 and self.p50 <= (self.target_p50 or self.p50)


def measure(running: Running) -> list[Latency]:
    """Stock events and paid orders, one at a time."""
    stock = [_stock(running, number) for number in range(STOCK_EVENTS)]
    orders = [_order(running) for _ in range(ORDERS)]
    return [
        _summary("stock event -> shop", stock, 150.0, 500.0),
        _summary("paid order -> processing", orders, None, 1000.0),
    ]


def _stock(running: Running, number: int) -> float:
    sellable = running.shop.books.sellable
    figure = 1000 + number
    return _timed(
        lambda: running.picqer.set_stock("TEA-BOX", amount=figure),
        lambda: sellable["TEA-BOX"] == figure,
        f"stock event {number}",
    )


def _order(running: Running) -> float:
    placed: list[str] = []

    def processing() -> bool:
        rows = running.picqer.orders_of(placed[0])
        return any(row.status == "processing" for row in rows)

    return _timed(
        lambda: placed.append(running.shop.place_order([("TEAPOT", 1)])), processing, "an order"
    )


def _timed(event: Callable[[], object], effect: Callable[[], bool], what: str) -> float:
    time.sleep(PAUSE_SECONDS)
    began = time.perf_counter()
    event()
    wait_until(effect, what)
    return (time.perf_counter() - began) * 1000


def _summary(path: str, times: list[float], target_p50: float | None, target_p99: float) -> Latency:
    p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
    return Latency(path, len(times), statistics.median(times), p99, target_p50, target_p99)
