"""Workers that are frozen past their lease, or asked to stop again and again under load."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from integration.sandbox.picqer import Fault
from integration.sandbox.shop import Fault as ShopFault
from tests.acceptance.installation import until
from tests.faults.scenario import Scenario, fault, on_both_stores, representative, soak

pytestmark = pytest.mark.process

WORKERS = ("worker", "second")
RESCUER = "second-worker"
LEASE_SECONDS = 20.0
DOUBT_SECONDS = 120.0
"""A take-over waits 60 seconds from the intent, and 40 from the take-over."""
RESUME_SECONDS = 30.0
PACE_SECONDS = 0.4
"""Between two orders of the load."""
IN_TURN = ("worker", "bulk", "second", "mover", "beat", "web")


@fault("F17 workers frozen past their lease")
@on_both_stores
def test_a_frozen_worker_that_wakes_up_does_nothing_that_another_did(scenario: Scenario) -> None:
    bridge = scenario.start()
    bridge.picqer.add_fault(Fault("late", method="POST", path="/orders", seconds=8.0))
    (created,) = scenario.buy(1)
    until(lambda: bridge.oracle.live_orders(created), 30, "an order is made, and not answered")
    bridge.shop.faults.add(ShopFault(kind="late", method="GET", path="/orders/*", seconds=8.0))
    (unread,) = scenario.buy(1)
    until(lambda: bridge.worker_of(unread), 30, "an order is being read")
    for name in WORKERS:
        bridge.signal(name, signal.SIGSTOP)
    frozen_at = time.monotonic()

    bridge.start(RESCUER)
    scenario.measure(
        "taken over",
        lambda: len(bridge.oracle.live_orders(unread)) == 1,
        within=60,
        since=frozen_at,
    )
    time.sleep(max(0.0, frozen_at + LEASE_SECONDS + 5.0 - time.monotonic()))
    for name in WORKERS:
        bridge.signal(name, signal.SIGCONT)

    scenario.until_at_picqer(within=DOUBT_SECONDS, since=frozen_at)
    scenario.judge()
    assert bridge.oracle.attempts_to_create(created) == 1
    assert bridge.oracle.attempts_to_create(unread) == 1
    assert any("run.overtaken" in bridge.logs()[name] for name in WORKERS)


@fault("F25 workers asked to stop under load")
@representative
def test_a_worker_that_is_asked_to_stop_leaves_its_orders_to_others(scenario: Scenario) -> None:
    bridge = scenario.start()
    scenario.buy(12)
    scenario.until_processed(1)

    asked_at = time.monotonic()
    for name in WORKERS:
        bridge.stop(name)
    scenario.tell(f"stopped after {time.monotonic() - asked_at:.1f} s")
    scenario.start_again(*WORKERS)

    scenario.until_at_picqer(within=RESUME_SECONDS, since=asked_at)
    scenario.judge()
    assert "Traceback" not in "".join(bridge.logs()[name] for name in WORKERS)


@fault("F25 ten rolling restarts under load")
@on_both_stores
def test_ten_rolling_restarts_lose_and_double_nothing(scenario: Scenario) -> None:
    _roll(scenario, 10)


@fault("F25 a hundred rolling restarts under load")
@soak
@on_both_stores
def test_a_hundred_rolling_restarts_lose_and_double_nothing(scenario: Scenario) -> None:
    _roll(scenario, 100)


def _roll(scenario: Scenario, restarts: int) -> None:
    bridge = scenario.start()
    with _load(scenario):
        for turn in range(restarts):
            name = IN_TURN[turn % len(IN_TURN)]
            bridge.stop(name)
            bridge.start(name)
            time.sleep(1.0)
    ended_at = time.monotonic()

    scenario.until_at_picqer(within=RESUME_SECONDS, since=ended_at)
    scenario.judge()


@contextmanager
def _load(scenario: Scenario) -> Iterator[None]:
    """Orders come in all the while."""
    ended = threading.Event()

    def trade() -> None:
        while not ended.wait(PACE_SECONDS):
            scenario.buy(1)

    trader = threading.Thread(target=trade, name="trade")
    trader.start()
    try:
        yield
    finally:
        ended.set()
        trader.join()
