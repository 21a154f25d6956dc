"""The mover sends what is due, again what was lost, and of a backlog what can be served."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
import redis
from structlog.testing import capture_logs

from integration.embedded_broker import EmbeddedBroker
from integration.errors import Ambiguous, InDoubt, NoLimiter, StoreAway
from integration.jobs import Flow, Identity, Job, Lane, Queue, Wait
from integration.ports import LedgerKey, Made
from integration.services import Services
from integration.settings import Settings
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp
from workers.mover import MOST_OUT, Mover, RedisEpoch


class FakeMeter(Protocol):
    permits: int
    horizons: list[tuple[Lane, float | None]]
    away: Exception | None


class Broker:
    """An epoch that is new when the broker was emptied."""

    def __init__(self) -> None:
        self.was_emptied = False

    def is_new(self) -> bool:
        was, self.was_emptied = self.was_emptied, False
        return was


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def mover(services: Services, broker: Broker, wake_up: RecordedWakeUp) -> Mover:
    """A mover that ticked a moment ago."""
    mover = Mover(services, broker)
    mover.tick()
    wake_up.messages.clear()
    return mover


def raise_order(services: Services, number: int) -> Job:
    return services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", str(number)), "main")


def wait_for_budget(services: Services, job: Job, seconds: float = 4.0) -> None:
    claimed = services.jobs.claim(job.id, "token")
    assert claimed
    wait = Wait(seconds, "no budget", "OverBudget", celery=False)
    services.jobs.end(claimed, wait)


def ids(wake_up: RecordedWakeUp) -> list[int]:
    return [message.job_id for message in wake_up.messages]


def test_what_is_due_and_was_never_sent_is_sent(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock
) -> None:
    job = services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "1"), "main", delay=60)
    clock.advance(2)
    assert mover.tick() == 0
    clock.advance(60)
    mover.tick()
    assert ids(wake_up) == [job.id]


def test_a_message_that_nobody_claimed_is_sent_again_after_15_seconds(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock
) -> None:
    job = raise_order(services, 1)
    assert ids(wake_up) == [job.id]
    for _ in range(7):
        clock.advance(2)
        mover.tick()
    assert ids(wake_up) == [job.id]
    clock.advance(2)
    mover.tick()
    assert ids(wake_up) == [job.id, job.id]


def test_an_emptied_broker_has_everything_sent_again_at_once_and_only_once(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock, broker: Broker
) -> None:
    job = raise_order(services, 1)
    wake_up.messages.clear()
    clock.advance(2)
    broker.was_emptied = True
    mover.tick()
    clock.advance(2)
    mover.tick()
    assert ids(wake_up) == [job.id]


def test_a_mover_that_stood_still_sends_everything_again_at_once(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock
) -> None:
    raise_order(services, 1)
    wake_up.messages.clear()
    clock.advance(6)
    assert mover.tick() == 1


def test_no_more_than_200_messages_are_out_in_a_queue(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock
) -> None:
    for number in range(MOST_OUT + 5):
        identity = Identity(Flow.CREATE_ORDER, "nl", str(number))
        services.jobs.hint(identity, "main", delay=1)
    clock.advance(2)
    assert mover.tick() == MOST_OUT
    clock.advance(2)
    assert mover.tick() == 0
    del wake_up.messages[:3]
    assert mover.tick() == 3


def test_orders_go_before_the_rest(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock
) -> None:
    services.jobs.hint(Identity(Flow.RECONCILE, "", "orders:main"), "main", delay=1)
    services.jobs.hint(Identity(Flow.PUSH_STOCK, "nl", "stock"), "main", delay=1)
    services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "1"), "main", delay=1)
    clock.advance(2)
    mover.tick()
    queues = [message.queue for message in wake_up.messages]
    assert queues == [Queue.ORDERS, Queue.EVENTS, Queue.BULK]


def test_nothing_is_marked_as_sent_while_redis_is_away(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    job = services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "1"), "main", delay=1)
    clock.advance(2)
    with monkeypatch.context() as away:
        away.setattr(wake_up, "waiting", lambda _queue: None)
        assert mover.tick() == 0
    found = services.jobs.job(job.id)
    assert found
    assert found.sent_at is None
    assert mover.tick() == 1


def test_a_metered_backlog_holds_back_younger_jobs_and_lets_others_pass(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock, meter: FakeMeter
) -> None:
    backlog = []
    for number in range(6):
        backlog.append(raise_order(services, number))
        clock.advance(0.2)
        wait_for_budget(services, backlog[-1])
    other = services.jobs.hint(Identity(Flow.CREATE_ORDER, "nl", "other"), "main", delay=2)
    wake_up.messages.clear()
    clock.advance(4.5)
    meter.permits = 4
    mover.tick()
    assert ids(wake_up) == [backlog[0].id, backlog[1].id, other.id]
    assert meter.horizons == [(Lane.ORDERS, backlog[1].created_at.timestamp())]


def test_a_backlog_that_can_be_served_whole_is_not_metered(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock, meter: FakeMeter
) -> None:
    job = raise_order(services, 1)
    wait_for_budget(services, job)
    wake_up.messages.clear()
    clock.advance(4.5)
    mover.tick()
    assert ids(wake_up) == [job.id]
    assert meter.horizons == [(Lane.ORDERS, None)]


def test_one_job_of_a_backlog_tries_when_the_limiter_is_away(
    services: Services, mover: Mover, wake_up: RecordedWakeUp, clock: HandClock, meter: FakeMeter
) -> None:
    backlog = []
    for number in range(3):
        backlog.append(raise_order(services, number))
        clock.advance(0.2)
        wait_for_budget(services, backlog[-1])
    wake_up.messages.clear()
    clock.advance(4.5)
    meter.away = NoLimiter()
    mover.tick()
    assert ids(wake_up) == [backlog[0].id]


def test_a_store_that_is_away_is_said_so(
    services: Services, mover: Mover, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreAway

    monkeypatch.setattr(services.jobs, "due", away)
    with pytest.raises(StoreAway):
        mover.tick()


def test_the_epoch_is_new_once_and_again_after_the_broker_was_emptied(valkey_url: str) -> None:
    client = redis.Redis.from_url(valkey_url)
    client.delete("bridge:epoch")
    assert [RedisEpoch(client).is_new() for _ in range(2)] == [True, False]
    client.delete("bridge:epoch")
    assert [RedisEpoch(client).is_new() for _ in range(2)] == [True, False]
    client.close()


def test_the_epoch_is_new_after_the_broker_was_restarted_with_what_it_had(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        settings = Settings.load({"REDIS_URL": broker.url})
        first, second = RedisEpoch.of(settings), RedisEpoch.of(settings)
        before = [first.is_new(), second.is_new()]
        broker.restart()
        after = [epoch.is_new() for epoch in (first, second, first)]
    assert (before, after) == ([True, False], [True, False, False])


def test_the_epoch_is_not_new_while_the_broker_is_away() -> None:
    nowhere = Settings.load({"REDIS_URL": "redis://127.0.0.1:1/0"})
    assert RedisEpoch.of(nowhere).is_new() is False


def test_what_was_due_is_sent_although_the_clock_of_the_store_was_set_back(
    mover: Mover, services: Services, wake_up: RecordedWakeUp, clock: HandClock
) -> None:
    job = raise_order(services, 1)
    wake_up.messages.clear()
    clock.set_to(clock.now() - timedelta(minutes=10))

    mover.tick()

    assert [one.job_id for one in wake_up.messages] == [job.id]
    assert services.jobs.claim(job.id, "token") is not None


def test_what_is_in_doubt_is_left_alone_for_a_minute_when_the_clock_was_set_ahead(
    mover: Mover, services: Services, clock: HandClock
) -> None:
    key = LedgerKey("main", "order", "nl", "1")
    job = services.jobs.claim(raise_order(services, 1).id, "token")
    assert job is not None

    def no_answer() -> Made:
        raise Ambiguous("no answer")

    def make() -> Made:
        return services.ledger.once(
            key, owner=job, reference="1", look_first=False, find=lambda: None, create=no_answer
        )

    with pytest.raises(Ambiguous):
        make()
    clock.set_to(clock.now() + timedelta(minutes=10))

    mover.tick()

    with pytest.raises(InDoubt) as waits:
        make()
    assert waits.value.seconds == 60.0


def test_a_mover_whose_own_clock_runs_with_the_stores_minds_nothing(
    mover: Mover, clock: HandClock
) -> None:
    with capture_logs() as lines:
        for seconds in (2.0, 30.0, 600.0):
            clock.advance(seconds)
            mover.tick()
    assert [line for line in lines if "clock" in str(line["event"])] == []
