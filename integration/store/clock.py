"""The store's clock, for what is compared with moments that are written in the store.

Leases, due moments, births and bookmarks are the store's time. What a process learns elsewhere
(how far the shop's clock is off, how long ago a call was) has to be reckoned from the same clock:
on another machine than the store's, a process' own may be minutes off, or jump.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from integration.errors import StoreAway
from integration.ports import Clock
from integration.store.database import Database

FRESH_SECONDS = 60.0
"""For how long the difference of two clocks that nobody sets is good enough."""
JUMP_SECONDS = 1.0
"""When our clock and the monotonic one disagree by more, ours was set."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """How far the store's clock was ahead of ours, and when by ours and the monotonic one."""

    ahead: timedelta
    at: datetime
    monotonic: float


class StoreClock:
    """A ``Clock`` that tells the store's time without asking it every time."""

    def __init__(self, database: Database, own: Clock) -> None:
        """``own`` is this process' clock, which also measures and sleeps."""
        self._database = database
        self._own = own
        self._compared: _Compared | None = None

    def now(self) -> datetime:
        """The instant by the store's clock, in UTC; while the store is away as last known."""
        if not self._database.has_its_own_clock:
            return self._own.now()
        if not self._is_good(self._compared):
            with suppress(StoreAway):
                self._compared = self._compare()
        ahead = timedelta(0) if self._compared is None else self._compared.ahead
        return self._own.now() + ahead

    def monotonic(self) -> float:
        """Seconds that never step back."""
        return self._own.monotonic()

    def sleep(self, seconds: float) -> None:
        """Return after that many seconds."""
        self._own.sleep(seconds)

    def _is_good(self, compared: _Compared | None) -> bool:
        if compared is None:
            return False
        passed = self._own.monotonic() - compared.monotonic
        seemed = (self._own.now() - compared.at).total_seconds()
        return passed < FRESH_SECONDS and abs(seemed - passed) < JUMP_SECONDS

    def _compare(self) -> _Compared:
        theirs = self._database.now()
        ours = self._own.now()
        return _Compared(theirs - ours, ours, self._own.monotonic())
