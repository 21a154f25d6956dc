"""How a worker tells Flower what happens: as Celery does, but nothing said meanwhile is lost.

Celery sends the events of a moment in one message and then empties the list that it sent. Jobs
run in threads here: what a thread adds to the list while the message goes out would be emptied
with the rest, and Flower would not show that RETRY, or that SUCCESS, ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from celery.app.events import Events
from celery.events.dispatcher import EventDispatcher


class KeepingDispatcher(EventDispatcher):
    """Forgets the events that it sent, and no others."""

    # What the library has and its published types leave out.
    mutex: threading.Lock
    producer: Any
    _publish: Callable[[list[dict[str, Any]], Any, str], None]
    _group_buffer: dict[str, list[dict[str, Any]]]

    def flush(self, errors: bool = True, groups: bool = True) -> None:
        """Send what waits for the broker (``errors``) and what waits for company (``groups``)."""
        super().flush(errors=errors, groups=False)
        if not groups:
            return
        with self.mutex:
            for group, events in tuple(self._group_buffer.items()):
                sent = tuple(events)
                if sent:
                    self._publish(list(sent), self.producer, f"{group}.multi")
                # Threads only ever append, so those that came meanwhile are at the end.
                del events[: len(sent)]


class KeepingEvents(Events):
    """The events of an app whose workers lose none."""

    dispatcher_cls = "workers.events:KeepingDispatcher"
