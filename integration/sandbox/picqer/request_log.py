"""The sandbox's log of every API request: the proof of promises about calls and limits."""

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from integration.sandbox.picqer.rate_windows import WINDOW_SECONDS

KEPT = 500_000


@dataclass(slots=True)
class Entry:
    """One request: moments in epoch seconds; `status` is None when no answer was given.

    `fault` names the fault that was applied; `storm` for a 429 of a storm. `reference` is that of
    the order a POST /orders wanted to create.
    """

    seq: int
    received: float
    method: str
    path: str
    query: str
    reference: str | None = None
    answered: float | None = None
    status: int | None = None
    error_code: int | None = None
    limit: int = 0
    remaining: int = 0
    fault: str | None = None

    def shape(self) -> dict[str, Any]:
        """Return the entry for the control interface, with its duration in seconds."""
        seconds = None if self.answered is None else round(self.answered - self.received, 6)
        return {**asdict(self), "seconds": seconds}


class RequestLog:
    """Every request in order of arrival, and the busiest sixty seconds so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = 0
        self.reset()

    def reset(self) -> None:
        """Forget every request; sequence numbers go on."""
        with self._lock:
            self._entries: deque[Entry] = deque(maxlen=KEPT)
            self._recent: deque[float] = deque()
            self._accepted: deque[float] = deque()
            self._peak_seen = 0
            self._peak_accepted = 0
            self._over = 0
            self._rejected = 0
            self._storm_rejected = 0

    def arrive(self, now: float, method: str, path: str, query: str) -> Entry:
        """Write down that a request came in."""
        with self._lock:
            self._sequence += 1
            entry = Entry(self._sequence, now, method, path, query)
            self._entries.append(entry)
            return entry

    def count(self, entry: Entry, *, allowed: bool) -> None:
        """Count a request that carried the key against the sixty seconds before it."""
        with self._lock:
            seen = _slide(self._recent, entry.received)
            self._peak_seen = max(self._peak_seen, seen)
            self._over += seen > entry.limit
            if allowed:
                accepted = _slide(self._accepted, entry.received)
                self._peak_accepted = max(self._peak_accepted, accepted)
            else:
                self._rejected += 1
                self._storm_rejected += entry.fault == "storm"

    def entries(self) -> list[Entry]:
        """Return every entry, oldest first."""
        with self._lock:
            return list(self._entries)

    def busiest(self) -> dict[str, int]:
        """Return the largest number of requests in any sliding 60 seconds, and the refusals.

        `over_limit` counts the arrivals that made more than the limit then in force within their
        last 60 seconds; `rejected` counts 429s of the window, `storm_rejected` those of storms.
        """
        with self._lock:
            return {
                "max_in_window": self._peak_seen,
                "max_accepted_in_window": self._peak_accepted,
                "over_limit": self._over,
                "rejected": self._rejected - self._storm_rejected,
                "storm_rejected": self._storm_rejected,
            }


def _slide(moments: deque[float], now: float) -> int:
    moments.append(now)
    while now - moments[0] >= WINDOW_SECONDS:
        moments.popleft()
    return len(moments)
