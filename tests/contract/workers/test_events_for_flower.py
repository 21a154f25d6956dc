"""What a worker tells Flower while its jobs run in threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Celery

from workers.app import BridgeApp
from workers.events import KeepingDispatcher

Event = dict[str, Any]


class Publisher:
    """Takes messages in; while the first is under way, something else happens."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.sent: list[str] = []
        self._meanwhile = [meanwhile]

    def publish(self, events: list[Event], **_: object) -> None:
        self.sent += [event["type"] for event in events]
        if self._meanwhile:
            self._meanwhile.pop()()


def dispatcher_with(publisher: Publisher) -> KeepingDispatcher:
    app = Celery("test", set_as_current=False, broker_url="memory://")
    dispatcher = KeepingDispatcher(
        app.connection_for_write(), app=app, enabled=False, buffer_group=frozenset({"task"})
    )
    dispatcher.enabled = True
    dispatcher.producer = publisher
    return dispatcher


def test_an_event_of_another_thread_is_kept_while_a_message_goes_out() -> None:
    publisher = Publisher(lambda: dispatcher.send("task-retried", uuid="1"))
    dispatcher = dispatcher_with(publisher)
    dispatcher.send("task-started", uuid="1")
    dispatcher.flush()
    dispatcher.flush()
    assert publisher.sent == ["task-started", "task-retried"]


def test_an_event_goes_out_once() -> None:
    publisher = Publisher(lambda: None)
    dispatcher = dispatcher_with(publisher)
    dispatcher.send("task-started", uuid="1")
    dispatcher.flush()
    dispatcher.flush()
    assert publisher.sent == ["task-started"]


def test_the_workers_of_this_service_lose_no_events() -> None:
    app = BridgeApp("test", set_as_current=False)
    assert issubclass(app.events.Dispatcher, KeepingDispatcher)
