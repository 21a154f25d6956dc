"""Celery's beat: two small ticks. What they lead to is decided from the store, so that two beats,
or one that was started again, do no harm.
"""

from __future__ import annotations

from typing import TypedDict

from workers.mover import TICK_SECONDS

PLAN_SECONDS = 5.0
MOVER_QUEUE = "mover"
MOVE = "move"
PLAN = "plan"
PURGE = "purge"


class Tick(TypedDict):
    """One entry of Celery's schedule; ``schedule`` is in seconds."""

    task: str
    schedule: float
    options: dict[str, object]


def _tick(task: str, seconds: float) -> Tick:
    """A tick that nobody took before the next one is of no use any more."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


BEAT_SCHEDULE: dict[str, Tick] = {
    MOVE: _tick(MOVE, TICK_SECONDS),
    PLAN: _tick(PLAN, PLAN_SECONDS),
}
"""``move`` sends due jobs to their queues; ``plan`` raises the jobs whose time has come."""
