"""Celery's beat, telling at each tick that it has not stood still."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from celery.beat import Scheduler

from workers.app import app
from workers.queue import CeleryWakeUp
from workers.schedule import BEAT_SCHEDULE

LONGEST_SECONDS = max(tick["schedule"] for tick in BEAT_SCHEDULE.values())
"""More than this is never to be waited for."""


class TellingScheduler(Scheduler):
    """A scheduler without a file of its own; when something was done last is in the store."""

    def tick(self, *words: Any, **named: Any) -> float:
        """One turn of the schedule; returns the seconds until the next.

        Celery's own waits until the time at which it did something last comes again, when the
        clock of its machine was set back: then this one counts from now on.
        """
        app.answer()
        seconds = float(super().tick(*words, **named))
        if seconds <= LONGEST_SECONDS or not self.schedule:
            return seconds
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now()
        self._heap = None
        return 0.0

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send a tick, unless the one before it still waits: then this one is of no use."""
        if not self._queues.is_waiting(entry.task, entry.options["queue"]):
            super().apply_entry(entry, producer=producer)

    @cached_property
    def _queues(self) -> CeleryWakeUp:
        return app.queues()
