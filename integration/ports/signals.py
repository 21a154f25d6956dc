"""What leaves this service beside requests: wake-ups for workers, mail for customers."""

from __future__ import annotations

from typing import Protocol

from integration.domain import Shipment
from integration.jobs import Queue
from integration.ports.jobs import Message


class WakeUp(Protocol):
    """The queue of messages in Redis: a hint that a job is due, never the job itself."""

    def nudge(self, message: Message) -> None:
        """Send one message; a failure is logged and left to the mover, never raised."""

    def waiting(self, queue: Queue) -> int | None:
        """How many messages are out in a queue; None when Redis is away."""


class Mailer(Protocol):
    """Mail to a customer."""

    def shipped(self, to: str, language: str | None, number: str, shipment: Shipment) -> None:
        """Tell the customer that a shipment is under way.

        Raises Refused or Unavailable when nothing was sent, Ambiguous when it may have been.
        """
