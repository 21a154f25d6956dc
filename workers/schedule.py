"""Celery's beat: small ticks. What they lead to is decided from the store, so that two beats,
or one that was started again, do no harm.
"""

from __future__ import annotations

from typing import TypedDict

from integration.liveness import MOVER_QUEUE, QUEUES
from workers.canary import CANARY
from workers.mover import TICK_SECONDS

PLAN_SECONDS = 5.0
CANARY_SECONDS = 10.0
MOVE = "move"
PLAN = "plan"
PURGE = "purge"


class Options(TypedDict):
    """How a tick is sent: to which queue.

    It does not expire: that would be judged by the clocks of two machines, and with beat's ten
    minutes behind none would be taken. Beat sends none while the one before it still waits.
    """

    queue: str


class Tick(TypedDict):
    """One entry of Celery's schedule; ``schedule`` is in seconds."""

    task: str
    schedule: float
    options: Options


def _tick(task: str, seconds: float, queue: str = MOVER_QUEUE) -> Tick:
    return {"task": task, "schedule": seconds, "options": {"queue": queue}}


BEAT_SCHEDULE: dict[str, Tick] = {
    MOVE: _tick(MOVE, TICK_SECONDS),
    PLAN: _tick(PLAN, PLAN_SECONDS),
    **{f"{CANARY} {queue}": _tick(CANARY, CANARY_SECONDS, queue) for queue in QUEUES},
}
"""``move`` sends due jobs to their queues; ``plan`` raises the jobs whose time has come; a canary
goes through each queue."""
