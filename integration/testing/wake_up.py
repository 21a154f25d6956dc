"""A wake-up queue for tests: it only writes down what was sent."""

from __future__ import annotations

from integration.jobs import Queue
from integration.ports import Message


class RecordedWakeUp:
    """A ``WakeUp`` whose ``messages`` are what workers would have got, oldest first."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.messages: list[Message] = []

    def nudge(self, message: Message) -> None:
        """Write the message down."""
        self.messages.append(message)

    def waiting(self, queue: Queue) -> int | None:
        """How many messages of this queue were sent and not taken out of ``messages``."""
        return sum(message.queue is queue for message in self.messages)
