"""A message that waits for its countdown stays a RETRY in Flower."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from workers import strategy


class Dispatcher:
    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, object]]] = []

    def send(self, kind: str, **fields: object) -> None:
        self.sent.append((kind, fields))


@pytest.fixture
def dispatcher() -> Dispatcher:
    return Dispatcher()


def taken(
    monkeypatch: pytest.MonkeyPatch, dispatcher: Dispatcher | None, headers: dict[str, Any]
) -> object:
    def default(*_: object, **__: object) -> Any:
        return lambda message, body, *rest: ("taken", message, body, rest)

    monkeypatch.setattr(strategy, "default", default)
    consumer = SimpleNamespace(event_dispatcher=dispatcher)
    take_in = strategy.keep_showing_retry("task", "app", consumer)
    message = SimpleNamespace(headers=headers)
    answer = take_in(message, "body", "ack")
    assert answer == ("taken", message, "body", ("ack",))
    return answer


def test_a_retry_for_later_is_said_again(
    monkeypatch: pytest.MonkeyPatch, dispatcher: Dispatcher
) -> None:
    taken(monkeypatch, dispatcher, {"id": "abc", "eta": "2026-11-23T12:00:05", "retries": 1})
    assert dispatcher.sent == [("task-retried", {"uuid": "abc"})]


@pytest.mark.parametrize(
    "headers",
    [
        {"id": "abc", "eta": None, "retries": 0},
        {"id": "abc", "eta": None, "retries": 2},
        {"id": "abc", "eta": "2026-11-23T12:00:05", "retries": 0},
    ],
)
def test_any_other_message_is_only_taken_in(
    monkeypatch: pytest.MonkeyPatch, dispatcher: Dispatcher, headers: dict[str, Any]
) -> None:
    taken(monkeypatch, dispatcher, headers)
    assert dispatcher.sent == []


def test_a_worker_without_events_takes_messages_in_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert taken(monkeypatch, None, {"id": "abc", "eta": "2026-11-23T12:00:05", "retries": 1})
