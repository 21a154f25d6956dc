"""The clock of a server, as the ``Date`` headers of its answers tell it."""

from __future__ import annotations

from datetime import datetime, timedelta

from integration.http.client import Answer
from integration.ports import Clock

OVERLAP = timedelta(seconds=60)
"""Asked for before the moment itself: a change is stamped a little before others can see it."""


class ServerClock:
    """How far our clock and the server's are apart; ``is_known`` after its first dated answer."""

    def __init__(self, clock: Clock) -> None:
        """Compare with this clock of ours."""
        self._clock = clock
        self._offset: timedelta | None = None

    @property
    def is_known(self) -> bool:
        """Whether an answer told the time yet."""
        return self._offset is not None

    @property
    def offset(self) -> timedelta:
        """Our clock less the server's, from its latest answer; else zero."""
        return self._offset or timedelta(0)

    def heard(self, answer: Answer) -> None:
        """Learn from an answer that just came; one that a cache kept for a while tells no time."""
        if answer.date is not None and answer.headers.get("Age", "0").strip() in ("0", ""):
            self._offset = self._clock.now() - answer.date

    def since(self, instant: datetime) -> datetime:
        """What to ask for, in the server's own time, to miss nothing since an instant of ours."""
        return instant - self.offset - OVERLAP
