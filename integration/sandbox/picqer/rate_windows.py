"""Five ways in which a server may count "500 requests a minute".

Picqer publishes its limit in headers, not the kind of window behind it (picqer.com/en/api/basics),
so that a client is only right when it is right under all of them. Moments are epoch seconds.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

WINDOW_SECONDS = 60.0
WindowKind = Literal["fixed", "first_hit", "sliding", "sliding_counting_rejections", "token_bucket"]


class Window(Protocol):
    """A way of counting; the limit is an argument because it may change at any moment."""

    def take(self, now: float, limit: int) -> bool:
        """Count one request and say whether it is let through."""
        ...

    def burn(self, now: float, limit: int, count: int) -> None:
        """Use up `count` permits for somebody else."""
        ...

    def remaining(self, now: float, limit: int) -> int:
        """Say how many requests would be let through now."""
        ...


class FixedWindow:
    """A counter that returns to nought at every whole minute of the clock."""

    def __init__(self) -> None:
        self._minute = -1
        self._used = 0

    def _turn(self, now: float) -> None:
        minute = math.floor(now / WINDOW_SECONDS)
        if minute != self._minute:
            self._minute, self._used = minute, 0

    def take(self, now: float, limit: int) -> bool:
        """Count within the minute of the clock."""
        self._turn(now)
        if self._used >= limit:
            return False
        self._used += 1
        return True

    def burn(self, now: float, limit: int, count: int) -> None:
        """Count somebody else's requests in this minute."""
        self._turn(now)
        self._used = min(max(limit, self._used), self._used + count)

    def remaining(self, now: float, limit: int) -> int:
        """Return what is left of this minute."""
        self._turn(now)
        return max(0, limit - self._used)


class FirstHitWindow:
    """A counter whose minute begins with the first request after the last minute ended."""

    def __init__(self) -> None:
        self._opened = -math.inf
        self._used = 0

    def _expire(self, now: float) -> None:
        if now - self._opened >= WINDOW_SECONDS:
            self._opened, self._used = -math.inf, 0

    def take(self, now: float, limit: int) -> bool:
        """Count within the minute that the first hit opened."""
        self._expire(now)
        if self._used >= limit:
            return False
        if self._used == 0:
            self._opened = now
        self._used += 1
        return True

    def burn(self, now: float, limit: int, count: int) -> None:
        """Count somebody else's requests; they open a minute as ours do."""
        self._expire(now)
        if self._used == 0 and count > 0:
            self._opened = now
        self._used = min(max(limit, self._used), self._used + count)

    def remaining(self, now: float, limit: int) -> int:
        """Return what is left of the minute that is open."""
        self._expire(now)
        return max(0, limit - self._used)


class SlidingWindow:
    """Every request counts for sixty seconds; when `rejections` is set, refused ones do too."""

    def __init__(self, *, rejections: bool = False) -> None:
        self._rejections = rejections
        self._hits: deque[float] = deque()

    def _forget(self, now: float) -> None:
        while self._hits and now - self._hits[0] >= WINDOW_SECONDS:
            self._hits.popleft()

    def take(self, now: float, limit: int) -> bool:
        """Count the requests of the last sixty seconds."""
        self._forget(now)
        allowed = len(self._hits) < limit
        if allowed or self._rejections:
            self._hits.append(now)
        return allowed

    def burn(self, now: float, limit: int, count: int) -> None:
        """Count somebody else's requests as made now."""
        self._forget(now)
        room = count if self._rejections else min(count, max(0, limit - len(self._hits)))
        self._hits.extend([now] * room)

    def remaining(self, now: float, limit: int) -> int:
        """Return what the last sixty seconds leave."""
        self._forget(now)
        return max(0, limit - len(self._hits))


class TokenBucket:
    """A bucket of `limit` tokens that fills at `limit` tokens a minute."""

    def __init__(self) -> None:
        self._tokens: float | None = None
        self._seen = 0.0

    def _fill(self, now: float, limit: int) -> float:
        if self._tokens is None:
            self._tokens = float(limit)
        else:
            gained = max(0.0, now - self._seen) * limit / WINDOW_SECONDS
            self._tokens = min(float(limit), self._tokens + gained)
        self._seen = now
        return self._tokens

    def take(self, now: float, limit: int) -> bool:
        """Take one token when there is a whole one."""
        tokens = self._fill(now, limit)
        # Floating point must not refuse the request that arrives exactly when its token is full.
        if tokens < 1.0 - 1e-9:
            return False
        self._tokens = max(0.0, tokens - 1.0)
        return True

    def burn(self, now: float, limit: int, count: int) -> None:
        """Take somebody else's tokens, as far as there are any."""
        self._tokens = max(0.0, self._fill(now, limit) - count)

    def remaining(self, now: float, limit: int) -> int:
        """Return the whole tokens in the bucket."""
        return int(self._fill(now, limit) + 1e-9)


def new_window(kind: WindowKind) -> Window:
    """Return an empty window of a kind; ValueError when there is no such kind."""
    windows: dict[str, Window] = {
        "fixed": FixedWindow(),
        "first_hit": FirstHitWindow(),
        "sliding": SlidingWindow(),
        "sliding_counting_rejections": SlidingWindow(rejections=True),
        "token_bucket": TokenBucket(),
    }
    if kind not in windows:
        raise ValueError(f"no such window: {kind}; known: {', '.join(get_args(WindowKind))}")
    return windows[kind]


@dataclass(frozen=True, slots=True)
class Permit:
    """The verdict on one request, and what its two headers say."""

    allowed: bool
    limit: int
    remaining: int


class RateLimit:
    """The limit of one API key: a number that may change, and a way of counting."""

    def __init__(self, limit: int = 500, kind: WindowKind = "fixed") -> None:
        self.limit = limit
        self.kind: WindowKind = kind
        self._window = new_window(kind)

    def switch(self, kind: WindowKind) -> None:
        """Count in another way from now on, beginning with nothing used."""
        self._window = new_window(kind)
        self.kind = kind

    def admit(self, now: float) -> Permit:
        """Count one request and return the verdict on it."""
        allowed = self._window.take(now, self.limit)
        remaining = self._window.remaining(now, self.limit) if allowed else 0
        return Permit(allowed, self.limit, remaining)

    def refuse(self, now: float) -> Permit:
        """Refuse a request whatever was used; it counts only where rejected ones count."""
        if self.kind == "sliding_counting_rejections":
            self._window.burn(now, self.limit, 1)
        return Permit(allowed=False, limit=self.limit, remaining=0)

    def look(self, now: float) -> Permit:
        """Return what the headers say without counting anything."""
        return Permit(True, self.limit, self._window.remaining(now, self.limit))

    def foreign_use(self, now: float, count: int) -> None:
        """Burn `count` permits, as another program with the same API key would."""
        self._window.burn(now, self.limit, count)
