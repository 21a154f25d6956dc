"""What this process remembers of its own requests, for when Redis forgets the rate limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remembered:
    """A permit of ours: when it is freed and until when it is in flight, in monotonic seconds."""

    free_at: float
    flight_until: float


class PermitMemory:
    """The permits of this process that still count, by token. Not safe for threads by itself."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._permits: dict[str, Remembered] = {}
        self._tidy_at = 0

    def remember(self, token: str, *, free_at: float, flight_until: float, now: float) -> None:
        """Keep a permit, or replace what was known of it; all in monotonic seconds."""
        self._permits[token] = Remembered(free_at, flight_until)
        if len(self._permits) > self._tidy_at:
            self._forget_freed(now)
            self._tidy_at = 2 * len(self._permits) + 16

    def free_at(self, token: str) -> float:
        """When this permit is freed; 0.0 when it is not remembered."""
        known = self._permits.get(token)
        return known.free_at if known else 0.0

    def forget(self, token: str) -> None:
        """The permit was given back."""
        self._permits.pop(token, None)

    def recent(self, now: float) -> list[tuple[str, float, float]]:
        """(token, seconds until it is freed, seconds still in flight) of what still counts."""
        self._forget_freed(now)
        return [
            (token, permit.free_at - now, max(0.0, permit.flight_until - now))
            for token, permit in self._permits.items()
        ]

    def _forget_freed(self, now: float) -> None:
        freed = [token for token, permit in self._permits.items() if permit.free_at <= now]
        for token in freed:
            del self._permits[token]
