"""Canaries: tasks that do nothing but be taken, so that an idle queue can be told from a deaf one.

Beat sends one to every queue every few seconds; whichever worker takes it writes that down. That a
queue is served does not say that each of its workers serves it, so every worker also sends itself
canaries, through a queue of its own that nobody else takes from.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from celery import signals
from celery.worker import state
from kombu import Exchange
from kombu import Queue as KombuQueue
from kombu.exceptions import KombuError

from integration.crash_points import crash_point
from workers.queue import AWAY, CeleryWakeUp

CANARY = "canary"
EXPIRY_SECONDS = 60.0
LONGEST_RUN_SECONDS = 900.0
"""A worker none of whose threads ended anything for this long is no longer called busy."""
log = structlog.get_logger(__name__)


class Canaries:
    """The canaries of one worker, and what it takes from its queues.

    ``worker`` is Celery's WorkController, after it has read its queues. ``answer`` hears that a
    canary came through while the worker takes from all of them.
    """

    def __init__(self, worker: Any, wake_up: CeleryWakeUp, answer: Callable[[], None]) -> None:
        """Give the worker a queue of its own, beside those it was started with."""
        self._worker = worker
        self._wake_up = wake_up
        self._answer = answer
        self._own = f"{worker.hostname}.{CANARY}"
        queues = worker.app.amqp.queues
        self._queues = frozenset(queues.consume_from)
        queues.select_add(KombuQueue(self._own, routing_key=self._own))
        # Celery gives it an exchange. Without one nothing of it stays in Redis after the worker.
        queues[self._own].exchange = Exchange("")
        self._noting = threading.Lock()
        self._taken: set[str] = set()
        self._ended_at = time.monotonic()

    def listen(self) -> None:
        """Hear of every task that this worker runs."""
        signals.task_prerun.connect(self._begins, weak=False)
        signals.task_postrun.connect(self._ends, weak=False)

    def ask(self) -> bool:
        """Send one to ourselves; False while the broker is away or every thread is at work."""
        if self._is_busy():
            return False
        try:
            self._wake_up.send(CANARY, [], self._own, expires=EXPIRY_SECONDS)
            crash_point("canary.before_expiry")
            # Nobody else will ever take it: nothing is left in Redis of a worker that is gone.
            self._wake_up.let_expire(self._own, EXPIRY_SECONDS)
        except (*AWAY, KombuError):
            return False
        return True

    def taken(self) -> set[str]:
        """The queues that something was taken from since this was last asked."""
        with self._noting:
            taken, self._taken = self._taken, set()
        return taken

    def _is_busy(self) -> bool:
        if len(state.active_requests) < self._worker.concurrency:
            return False
        return time.monotonic() - self._ended_at < LONGEST_RUN_SECONDS

    def _begins(self, task: Any = None, **_: object) -> None:
        queue = (task.request.delivery_info or {}).get("routing_key") if task else None
        if queue == self._own:
            self._heard()
        elif queue in self._queues:
            with self._noting:
                self._taken.add(str(queue))

    def _heard(self) -> None:
        deaf = self._deaf()
        if deaf:
            log.warning("canary.deaf", queues=deaf)
        else:
            self._answer()

    def _deaf(self) -> list[str]:
        """The queues that this worker was started with and takes nothing from."""
        consumer = getattr(self._worker.consumer, "task_consumer", None)
        if consumer is None:
            return sorted(self._queues)
        return sorted(queue for queue in self._queues if not consumer.consuming_from(queue))

    def _ends(self, **_: object) -> None:
        self._ended_at = time.monotonic()
