"""A worker's canaries: whether it takes what it sends itself, and takes from all its queues."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery, signals
from celery.worker import state
from kombu import Connection, Queue
from kombu.exceptions import LimitExceeded, OperationalError
from structlog.testing import capture_logs

from workers import canary as module
from workers.amqp import EagerAMQP, EagerConnection
from workers.canary import CANARY, Canaries

OWN = "worker@here.canary"


class Post:
    """Takes what a worker sends itself; fails while ``away``."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.away: Exception | None = None
        self.expiring = ""

    def send(self, task: str, args: list[object], queue: str, *, expires: float) -> None:
        if self.away:
            raise self.away
        self.sent.append((task, queue))

    def let_expire(self, queue: str, seconds: float) -> None:
        self.expiring = queue


class Worker:
    """A worker of two threads that was started with ``-Q orders,events``."""

    hostname = "worker@here"
    concurrency = 2

    def __init__(self) -> None:
        self.app = Celery("test", set_as_current=False)
        self.app.conf.task_queues = [Queue("orders"), Queue("events"), Queue("bulk")]
        self.app.amqp.queues.select(["orders", "events"])
        self.taken_from = {"orders", "events"}
        self.consumer = SimpleNamespace(
            task_consumer=SimpleNamespace(consuming_from=lambda queue: queue in self.taken_from)
        )


class Bench:
    """Canaries between a worker and its post."""

    def __init__(self) -> None:
        self.worker, self.post = Worker(), Post()
        self.answers = 0
        self.canaries = Canaries(self.worker, self.post, self.answer)  # type: ignore[arg-type]

    def answer(self) -> None:
        self.answers += 1

    def run(self, queue: str) -> None:
        """The worker runs something that came through this queue."""
        request = SimpleNamespace(delivery_info={"routing_key": queue})
        signals.task_prerun.send(sender=None, task=SimpleNamespace(request=request))
        signals.task_postrun.send(sender=None)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    active: set[object] = set()
    monkeypatch.setattr(state, "active_requests", active)
    bench = Bench()
    before = signals.task_prerun.receivers, signals.task_postrun.receivers
    signals.task_prerun.receivers, signals.task_postrun.receivers = [], []
    bench.canaries.listen()
    yield bench
    signals.task_prerun.receivers, signals.task_postrun.receivers = before


def test_a_worker_listens_on_a_queue_of_its_own_beside_its_others(bench: Bench) -> None:
    queues = bench.worker.app.amqp.queues
    assert set(queues.consume_from) == {"orders", "events", OWN}
    assert not queues[OWN].exchange.name


def test_what_it_sends_itself_and_takes_is_an_answer(bench: Bench) -> None:
    assert bench.canaries.ask()
    assert bench.post.sent == [(CANARY, OWN)]
    assert bench.post.expiring == OWN
    bench.run(OWN)
    assert bench.answers == 1


def test_it_is_no_answer_while_one_of_its_queues_is_not_taken_from(bench: Bench) -> None:
    bench.worker.taken_from.remove("orders")
    with capture_logs() as lines:
        bench.run(OWN)
    assert bench.answers == 0
    assert lines[0]["queues"] == ["orders"]


def test_it_is_no_answer_while_it_has_no_consumer(bench: Bench) -> None:
    bench.worker.consumer.task_consumer = None
    with capture_logs():
        bench.run(OWN)
    assert bench.answers == 0


def test_it_remembers_from_which_queues_it_took_until_it_is_asked(bench: Bench) -> None:
    for queue in ("orders", "orders", OWN, "elsewhere"):
        bench.run(queue)
    assert bench.canaries.taken() == {"orders"}
    assert bench.canaries.taken() == set()


@pytest.mark.parametrize("error", [OperationalError(), LimitExceeded(), OSError()])
def test_while_the_broker_is_away_it_cannot_be_asked(bench: Bench, error: Exception) -> None:
    bench.post.away = error
    assert not bench.canaries.ask()


def test_while_every_thread_is_at_work_it_is_busy_but_not_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    active: Any = state.active_requests
    active |= {"one"}
    assert bench.canaries.ask()
    active |= {"two"}
    assert not bench.canaries.ask()
    monkeypatch.setattr(module, "LONGEST_RUN_SECONDS", 0.0)
    assert bench.canaries.ask()


def test_a_process_never_waits_long_before_it_connects_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(Connection, "ensure_connection", lambda _, **named: asked.append(named))
    EagerConnection("memory://").ensure_connection(max_retries=None)
    assert asked == [{"max_retries": None, "interval_start": 1.0, "interval_max": 2.0}]
    assert Celery("test", amqp=EagerAMQP, set_as_current=False).amqp.Connection is EagerConnection
