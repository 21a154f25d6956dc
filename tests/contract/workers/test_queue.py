"""A job becomes one message; nobody waits long for a broker that is away."""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence

import pytest
import redis
from celery import Celery
from structlog.testing import capture_logs

from integration.jobs import Flow, Queue
from integration.ports import Message
from integration.settings import Settings
from integration.testing.wake_up import RecordedWakeUp
from workers.app import celery_settings
from workers.queue import KEY_PREFIX, BackgroundWakeUp, CeleryWakeUp

ORDER = Message(7, Flow.CREATE_ORDER, Queue.ORDERS, "nl", "1042")
ACCOUNT = Message(8, Flow.RECONCILE, Queue.BULK, "", "orders:main")


def wake_up_at(url: str) -> CeleryWakeUp:
    app = Celery(f"test-{secrets.token_hex(4)}", set_as_current=False)
    app.conf.update(celery_settings(Settings.load({"REDIS_URL": url})))
    return CeleryWakeUp(app, url)


@pytest.fixture
def broker(valkey_url: str) -> Iterator[redis.Redis]:
    """A database of the server that no other test uses, empty."""
    client = redis.Redis.from_url(valkey_url.removesuffix("/0") + "/9")
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def wake_up(valkey_url: str, broker: redis.Redis) -> CeleryWakeUp:
    return wake_up_at(valkey_url.removesuffix("/0") + "/9")


@pytest.fixture
def silent_server() -> Iterator[str]:
    """Something that accepts connections and never answers, like a frozen Redis."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_message_names_the_flow_and_carries_only_ids(
    wake_up: CeleryWakeUp, broker: redis.Redis
) -> None:
    wake_up.nudge(ORDER)
    wake_up.nudge(ACCOUNT)
    [order] = broker.lrange(f"{KEY_PREFIX}orders", 0, -1)
    [account] = broker.lrange(f"{KEY_PREFIX}bulk", 0, -1)
    headers = json.loads(order)["headers"]
    assert headers["task"] == "create_order"
    assert headers["argsrepr"] == "[7, 'nl 1042']"
    assert headers["ignore_result"] is True
    assert json.loads(account)["headers"]["argsrepr"] == "[8, 'orders:main']"


def test_messages_that_are_out_are_counted_per_queue(wake_up: CeleryWakeUp) -> None:
    assert [wake_up.waiting(queue) for queue in Queue] == [0, 0, 0]
    wake_up.nudge(ORDER)
    wake_up.nudge(ORDER)
    wake_up.nudge(ACCOUNT)
    assert [wake_up.waiting(queue) for queue in Queue] == [2, 0, 1]


def test_a_task_that_nobody_fetched_yet_is_seen_waiting(
    wake_up: CeleryWakeUp, broker: redis.Redis
) -> None:
    broker.lpush(f"{KEY_PREFIX}mover", "no message of ours", '{"headers": null}')
    assert not wake_up.is_waiting("move", "mover")
    wake_up.send("move", [], "mover")
    wake_up.send("plan", [], "mover")
    assert wake_up.is_waiting("move", "mover")
    assert not wake_up.is_waiting("move", "orders")
    assert not wake_up.is_waiting("canary", "mover")
    assert not wake_up_at("redis://127.0.0.1:1/0").is_waiting("move", "mover")


IDS = {"flow": "create_order", "shop": "nl", "subject": "1042", "job": 7}


def named(lines: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Which message each line says it is about."""
    return [{name: line.get(name) for name in IDS} for line in lines]


def test_a_broker_that_is_away_is_logged_with_the_ids_of_the_message_and_never_raised() -> None:
    wake_up = wake_up_at("redis://127.0.0.1:1/0")
    with capture_logs() as lines:
        wake_up.nudge(ORDER)
    assert [line["event"] for line in lines] == ["nudge.failed"]
    assert named(lines) == [IDS]
    assert wake_up.waiting(Queue.ORDERS) is None


def test_a_broker_that_never_answers_costs_at_most_a_few_seconds(silent_server: str) -> None:
    wake_up = wake_up_at(silent_server)
    begun = time.monotonic()
    with capture_logs():
        wake_up.nudge(ORDER)
    assert time.monotonic() - begun < 3.5


class Slow:
    """A queue that passes nothing on before it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.recorded = RecordedWakeUp()

    def nudge(self, message: Message) -> None:
        self.go.wait(5)
        self.recorded.nudge(message)

    def waiting(self, queue: Queue) -> int | None:
        return self.recorded.waiting(queue)


def test_nobody_waits_for_the_queue_behind_and_all_arrive_in_order() -> None:
    slow = Slow()
    wake_up = BackgroundWakeUp(slow)
    wake_up.nudge(ORDER)
    wake_up.nudge(ACCOUNT)
    assert slow.recorded.messages == []
    slow.go.set()
    wake_up.flush()
    assert slow.recorded.messages == [ORDER, ACCOUNT]
    assert wake_up.waiting(Queue.ORDERS) == 1


def test_what_does_not_fit_is_dropped_and_logged() -> None:
    slow = Slow()
    wake_up = BackgroundWakeUp(slow, most_waiting=1)
    with capture_logs() as lines:
        for _ in range(4):
            wake_up.nudge(ORDER)
    slow.go.set()
    wake_up.flush()
    dropped = sum(line["event"] == "nudge.dropped" for line in lines)
    assert named(lines) == [IDS] * dropped
    assert dropped >= 2
    assert len(slow.recorded.messages) == 4 - dropped


class Broken:
    def nudge(self, message: Message) -> None:
        raise ZeroDivisionError

    def waiting(self, queue: Queue) -> int | None:
        return None


def test_a_fault_behind_does_not_end_the_thread() -> None:
    wake_up = BackgroundWakeUp(Broken())
    with capture_logs() as lines:
        wake_up.nudge(ORDER)
        wake_up.nudge(ORDER)
        wake_up.flush()
    assert [line["event"] for line in lines] == ["nudge.fault", "nudge.fault"]
    assert named(lines) == [IDS, IDS]
