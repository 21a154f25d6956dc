"""Who lives and gets on with their work, as far as the store knows: for health, metrics and doctor.

Every process says each few seconds that it lives, and whether it also gets on with its work; every
worker says which queues it took something from. Through each queue goes a **canary** every few
seconds, so that a queue nobody takes from shows also while there is no work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from integration.jobs import Queue
from integration.ports import Bookmarks
from integration.services import Services

STALE_SECONDS = 60.0
"""A process, or a queue, of which nothing was seen for this long is told."""
EXPECTED = ("beat", "worker")
MOVER_QUEUE = "mover"
QUEUES = (*(queue.value for queue in Queue), MOVER_QUEUE)
SCOPE = "taken"
"""The scope of the bookmarks that say when something was last taken from a queue."""


@dataclass(frozen=True, slots=True)
class Liveness:
    """Seconds by kind of process or by queue. Kinds: ``worker``, ``bulk``, ``mover``, ``beat``, ...

    ``heartbeats``: since the latest heartbeat of each kind. ``working`` and ``stalled``: how many
    processes of each kind live, and get on with their work or not. ``queues``: since something was
    last taken from each queue that anything was ever taken from.
    """

    heartbeats: Mapping[str, float]
    working: Mapping[str, int]
    stalled: Mapping[str, int]
    queues: Mapping[str, float]

    @property
    def missing(self) -> list[str]:
        """The kinds of process that ought to run and were not seen lately."""
        return [kind for kind in EXPECTED if _is_stale(self.heartbeats.get(kind))]

    @property
    def unserved(self) -> list[str]:
        """The queues nobody takes from, although beat sends canaries; unknown without beat."""
        if _is_stale(self.heartbeats.get("beat")) or "beat" in self.stalled:
            return []
        return [queue for queue in QUEUES if _is_stale(self.queues.get(queue))]


def look(services: Services) -> Liveness:
    """What the store knows now. Raises StoreAway."""
    now = services.store.now()
    beats = services.gate.heartbeats()
    alive = [name for name, at in beats.items() if _seconds(at, now) < STALE_SECONDS]
    in_order = services.gate.in_order()
    # Processes of an earlier version say nothing about it.
    told = [name for name in alive if name in in_order]
    stalled = [name for name in told if _seconds(in_order[name], now) >= STALE_SECONDS]
    return Liveness(
        heartbeats=ages(beats, now),
        working=_count(name for name in alive if name not in stalled),
        stalled=_count(stalled),
        queues=_queues(services.bookmarks, now),
    )


def note_taken(bookmarks: Bookmarks, queue: str) -> None:
    """A worker took something from this queue."""
    bookmarks.set(SCOPE, queue, True)


def ages(beats: Mapping[str, datetime], now: datetime) -> dict[str, float]:
    """Seconds since the latest heartbeat of each kind of process: ``worker``, ``beat``, ``web``.

    Names look like ``worker@shop-1:4711``.
    """
    found: dict[str, float] = {}
    for name, at in beats.items():
        kind = _kind(name)
        age = _seconds(at, now)
        found[kind] = min(age, found.get(kind, age))
    return {kind: round(found[kind], 1) for kind in sorted(found)}


def _queues(bookmarks: Bookmarks, now: datetime) -> dict[str, float]:
    kept = {queue: bookmarks.get(SCOPE, queue) for queue in QUEUES}
    return {queue: round(_seconds(at[1], now), 1) for queue, at in kept.items() if at is not None}


def _count(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(_kind(name) for name in names).items()))


def _kind(name: str) -> str:
    return name.partition("@")[0]


def _seconds(at: datetime, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds())


def _is_stale(age: float | None) -> bool:
    return age is None or age >= STALE_SECONDS
