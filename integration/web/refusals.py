"""Writing refused signatures down without letting whoever sends them fill the disk."""

from __future__ import annotations

from collections.abc import Callable

import structlog

EVERY_SECONDS = 10.0
"""A source has at most one line in this time; it tells how many refusals it stands for."""
log = structlog.get_logger(__name__)


class RefusalLog:
    """The first refusal of a source is a line at once; of those after it the next line tells.

    ``monotonic`` gives seconds. For one thread: the event loop's.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Nothing was refused yet."""
        self._monotonic = monotonic
        self._written_at: dict[str, float] = {}
        self._unwritten: dict[str, int] = {}

    def note(self, source: str) -> None:
        """A signature of this source was missing or wrong; ``source`` is one that is configured."""
        count = self._unwritten.get(source, 0) + 1
        now = self._monotonic()
        if now - self._written_at.get(source, -EVERY_SECONDS) < EVERY_SECONDS:
            self._unwritten[source] = count
            return
        self._written_at[source] = now
        self._unwritten[source] = 0
        log.warning("door.signature_refused", source=source, times=count)
