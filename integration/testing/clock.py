"""A clock for tests: it stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
"""The instant at which tests begin."""


class HandClock:
    """A ``Clock`` that is moved by hand; sleeping moves it and is written down in seconds."""

    def __init__(self, start: datetime = NOON) -> None:
        """Stand still at that instant."""
        self.instant = start
        self.slept: list[float] = []
        self._set_by = 0.0

    def now(self) -> datetime:
        """The instant it was moved to."""
        return self.instant

    def monotonic(self) -> float:
        """Seconds that move with it, but do not notice that it was set."""
        return self.instant.timestamp() - self._set_by

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.slept.append(seconds)
        self.advance(seconds)

    def set_to(self, instant: datetime) -> None:
        """Be set, as by somebody who finds it wrong."""
        self._set_by += (instant - self.instant).total_seconds()
        self.instant = instant

    def advance(self, seconds: float) -> None:
        """Move on by that many seconds."""
        self.instant += timedelta(seconds=seconds)
