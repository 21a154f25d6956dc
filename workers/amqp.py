"""How this service connects to its broker: as kombu does, but never waiting long to try again.

Celery waits two seconds longer after each failure, up to thirty: after a long outage work would
stand still for half a minute although Redis is back.
"""

from __future__ import annotations

from typing import Any

from celery.app.amqp import AMQP
from kombu import Connection

LONGEST_PAUSE_SECONDS = 2.0


class EagerConnection(Connection):
    """A connection that is tried again every two seconds."""

    def ensure_connection(self, *words: Any, **named: Any) -> Any:
        """Return when the connection stands; tries again as often as the caller says."""
        named.setdefault("interval_start", 1.0)
        named.setdefault("interval_max", LONGEST_PAUSE_SECONDS)
        return super().ensure_connection(*words, **named)


class EagerAMQP(AMQP):
    """The messaging of an app whose processes come back soon after their broker."""

    Connection = EagerConnection
