"""Acts on many jobs at once, which are carried out in steps and can be gone on with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from integration.ports.audit import Act
from integration.ports.jobs import JobFilter


class BulkState(StrEnum):
    """Where an act on many jobs is in its life."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class BulkAct:
    """An act on the jobs that matched ``which`` when it began.

    ``total`` matched then. Jobs up to ``last_id`` are dealt with, and none that is newer than
    ``newest_id`` ever is. ``done`` were changed, ``refused`` could not be; the rest no longer
    matched when their turn came.
    """

    id: int
    at: datetime
    who: str
    act: Act
    which: JobFilter
    note: str | None
    total: int
    last_id: int
    newest_id: int
    done: int
    refused: int
    state: BulkState

    @property
    def dealt_with(self) -> int:
        """How many of the jobs had their turn, for a progress bar: never more than ``total``."""
        if self.state is BulkState.DONE:
            return self.total
        return min(self.total, self.done + self.refused)


class BulkActs(Protocol):
    """Acts on many jobs at once, each a row that says how far it is."""

    def begin(self, act: Act, which: JobFilter, who: str, note: str | None) -> BulkAct:
        """Write down what is to be done to whatever matches now. Does none of it yet."""

    def find(self, bulk_id: int, *, lock: bool = False) -> BulkAct | None:
        """The act with this id; ``lock`` keeps other steps of it waiting until the commit."""

    def latest(self, limit: int = 20) -> list[BulkAct]:
        """The latest acts, newest first."""

    def advance(self, bulk_id: int, *, last_id: int, done: int, refused: int) -> BulkAct:
        """A step dealt with the jobs up to ``last_id``: these counts are added."""

    def finish(self, bulk_id: int, state: BulkState) -> BulkAct:
        """It came to its end, or a person stopped it."""
