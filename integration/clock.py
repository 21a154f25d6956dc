"""The clock of this process."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The ``Clock`` of a real process."""

    def now(self) -> datetime:
        """The instant, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        time.sleep(seconds)
