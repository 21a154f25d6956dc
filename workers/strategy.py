"""How a worker takes a message in: as Celery does, but a task that waits stays a RETRY in Flower.

A worker fetches a message that is to run later at once, and says "received": Flower would show a
task that waits for its countdown as RECEIVED, and the reason would be gone from the list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.worker.strategy import default

TakeIn = Callable[..., object]


def keep_showing_retry(task: Any, app: Any, consumer: Any, **options: Any) -> TakeIn:
    """Celery's default strategy, followed by one more event for a message that is to run later."""
    take_in: TakeIn = default(task, app, consumer, **options)
    dispatcher = consumer.event_dispatcher

    def take_in_and_show(message: Any, body: Any, *rest: Any, **named: Any) -> object:
        taken = take_in(message, body, *rest, **named)
        headers = message.headers or {}
        if dispatcher and headers.get("eta") and headers.get("retries"):
            dispatcher.send("task-retried", uuid=headers["id"])
        return taken

    return take_in_and_show
