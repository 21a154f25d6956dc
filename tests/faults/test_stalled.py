"""Processes that live without working, under the supervisor of ``picqer-bridge run``.

One service serves all tests of this file; each leaves it working.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests
from celery import Celery

from tests.acceptance.installation import until
from tests.benchmarks.service import Running, running
from tests.faults.scenario import alone, fault, representative
from workers.app import celery_settings

pytestmark = pytest.mark.process

PATIENCE = 20.0
"""A third of the real one; four times what a process needs to say that it is in order."""
RESTART_SECONDS = PATIENCE + 13.0 + 10.0
"""Noticed, asked to stop, killed, and started again."""


@dataclass(frozen=True, slots=True)
class Supervised:
    """A running service, and what its supervisor told."""

    running: Running
    told: list[str]

    def pid(self, name: str) -> int | None:
        """The process id of a child; None while it does not run."""
        return self.running.service.pids.get(name)

    def is_new(self, name: str, before: int | None) -> bool:
        """Whether the child was started again."""
        return self.pid(name) not in (None, before)

    def buy(self) -> Callable[[], bool]:
        """Place an order; the result says whether it is processing at Picqer."""
        number = self.running.shop.place_order([("TEAPOT", 1)])
        orders_of = self.running.picqer.orders_of
        return lambda: any(order.status == "processing" for order in orders_of(number))

    def ready(self) -> dict[str, list[str]]:
        """What /health/ready says."""
        url = f"{self.running.service.door_url}/health/ready"
        body: dict[str, list[str]] = requests.get(url, timeout=10).json()
        return body

    def deafen(self, queue: str) -> None:
        """Have every worker of this queue take nothing from it any more, and stay alive."""
        settings = self.running.service.settings
        app = Celery("saboteur", set_as_current=False)
        app.conf.update(celery_settings(settings), broker_url=self.running.service.redis_url)
        with app.connection_for_write() as connection:
            replies = app.control.cancel_consumer(
                queue, connection=connection, reply=True, timeout=5.0
            )
        assert replies


@pytest.fixture(scope="module")
def supervised(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervised]:
    """A service at rest, whose supervisor is less patient than usual."""
    told: list[str] = []
    folder = tmp_path_factory.mktemp("stalled")
    with running(folder, tell=told.append, patience=PATIENCE) as service:
        yield Supervised(service, told)


def freeze_and_see(supervised: Supervised, name: str, figures: list[str]) -> None:
    """SIGSTOP: it lives, and says nothing more."""
    before = supervised.pid(name)
    assert before
    os.kill(before, signal.SIGSTOP)
    began = time.monotonic()
    until(lambda: supervised.is_new(name, before), RESTART_SECONDS, f"{name} starts again")
    figures.append(f"{name} restarted after {time.monotonic() - began:.0f} s")
    assert any(sentence.startswith(f"{name} lives but") for sentence in supervised.told)
    until(supervised.buy(), 40, "an order is processed")


@fault("F11 a worker takes nothing more from its queue")
@representative
def test_a_worker_whose_consumer_was_cancelled_is_started_again_and_work_resumes(
    supervised: Supervised, figures: list[str]
) -> None:
    before = supervised.pid("worker")
    supervised.deafen("orders")
    is_processed = supervised.buy()
    began = time.monotonic()

    until(lambda: supervised.is_new("worker", before), RESTART_SECONDS, "worker starts again")
    until(is_processed, 40, "the order is processed")

    figures.append(f"the order is processed after {time.monotonic() - began:.0f} s")
    assert any(sentence.startswith("worker lives but") for sentence in supervised.told)


@fault("F17 a worker is frozen")
def test_a_frozen_worker_is_started_again_and_work_resumes(
    supervised: Supervised, figures: list[str]
) -> None:
    freeze_and_see(supervised, "worker", figures)


@fault("F23 beat stands still")
def test_a_beat_that_stands_still_is_started_again(
    supervised: Supervised, figures: list[str]
) -> None:
    freeze_and_see(supervised, "beat", figures)


@fault("F11 nothing to do")
@alone
def test_a_service_without_work_is_left_alone_and_said_to_be_in_order(
    supervised: Supervised, figures: list[str]
) -> None:
    until(lambda: len(supervised.ready()["queues"]) == 4, 40, "each queue was served")
    before, told = supervised.running.service.pids, len(supervised.told)
    end = time.monotonic() + 2 * PATIENCE
    until(lambda: time.monotonic() > end, 3 * PATIENCE, "time passes")

    assert supervised.running.service.pids == before
    assert supervised.told[told:] == []
    ready = supervised.ready()
    assert (ready["missing"], ready["stalled"], ready["unserved"]) == ([], [], [])
    figures.append(f"left alone for {2 * PATIENCE:.0f} s")
