"""The ``WakeUp`` port over Celery: a job becomes one message in Redis that carries its id.

A message is only a hint that a job is due. Whatever is lost here is sent again by the mover.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Sequence
from functools import cached_property

import redis
import structlog
from celery import Celery
from kombu import pools
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

from integration.crash_points import crash_point
from integration.jobs import Queue
from integration.ports import Message, WakeUp

KEY_PREFIX = "bridge:"
"""Before every key of the broker, so that a Redis may be shared with others."""
SOCKET_SECONDS = 1.0
"""Connecting and each answer may take this long, so that a nudge ends within two seconds."""
MOST_WAITING = 1000
"""Nudges that the web process holds; what does not fit is left to the mover."""
NEWEST = 10
"""So many messages of a queue are looked at to see whether a tick still waits."""
log = structlog.get_logger(__name__)

AWAY = (OperationalError, redis.RedisError, OSError)
"""What kombu and redis raise when the broker is away, full, or does not answer."""


class CeleryWakeUp:
    """Sends messages through a Celery app, over connections of its own with short time-outs."""

    def __init__(self, app: Celery, url: str) -> None:
        """Connect to nothing before the first message; ``url`` is the broker's."""
        self._app = app
        self._url = url

    def nudge(self, message: Message) -> None:
        """Send one message; a failure is logged and left to the mover."""
        try:
            subject = " ".join(part for part in (message.shop, message.subject) if part)
            args = [message.job_id, subject]
            self.send(message.flow.value, args, message.queue.value)
        except AWAY as error:
            log.warning("nudge.failed", **_ids(message), cause=type(error).__name__)

    def waiting(self, queue: Queue) -> int | None:
        """How many messages are out in a queue, not counting those that a worker fetched."""
        try:
            return self._client.llen(f"{KEY_PREFIX}{queue.value}")
        except redis.RedisError:
            return None

    def send(
        self, task: str, args: Sequence[object], queue: str, *, expires: float | None = None
    ) -> None:
        """Send one task. Raises one of AWAY, or kombu's LimitExceeded, when it cannot be sent."""
        with self._producers.acquire(block=True, timeout=SOCKET_SECONDS) as producer:
            self._app.send_task(
                task,
                args=list(args),
                queue=queue,
                expires=expires,
                producer=producer,
                retry=False,
                ignore_result=True,
            )

    def is_waiting(self, task: str, queue: str) -> bool:
        """Whether this task is among the last messages of a queue, and nobody has fetched it.

        False while the broker is away.
        """
        try:
            newest = self._client.lrange(f"{KEY_PREFIX}{queue}", 0, NEWEST - 1)
        except redis.RedisError:
            return False
        return any(_task_of(message) == task for message in newest)

    def let_expire(self, queue: str, seconds: float) -> None:
        """Have what lies in this queue forgotten after that long. Raises one of AWAY."""
        self._client.expire(f"{KEY_PREFIX}{queue}", round(seconds))

    @cached_property
    def _producers(self) -> pools.ProducerPool:
        options = {
            "socket_timeout": SOCKET_SECONDS,
            "socket_connect_timeout": SOCKET_SECONDS,
            # Otherwise kombu tries to connect again and again before it says so.
            "max_retries": 1,
            "interval_start": 0.0,
            "interval_step": 0.0,
            "interval_max": 0.0,
        }
        connection = self._app.connection_for_write(url=self._url, transport_options=options)
        pool: pools.ProducerPool = pools.producers[connection]
        return pool

    @cached_property
    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(
            self._url,
            socket_timeout=SOCKET_SECONDS,
            socket_connect_timeout=SOCKET_SECONDS,
            health_check_interval=15,
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )


def _task_of(message: bytes | str) -> object:
    """The task that a message of Celery is for; None: another program's, or another version's."""
    try:
        return json.loads(message)["headers"]["task"]
    except (ValueError, KeyError, TypeError):
        return None


class BackgroundWakeUp:
    """Stands in front of another ``WakeUp``, so that the caller never waits for Redis."""

    def __init__(self, behind: WakeUp, *, most_waiting: int = MOST_WAITING) -> None:
        """Start the thread at the first nudge; it ends with the process."""
        self._behind = behind
        self._waiting: queue.Queue[Message] = queue.Queue(most_waiting)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def nudge(self, message: Message) -> None:
        """Have the message sent soon; when too many wait it is left to the mover."""
        self._ensure_started()
        try:
            self._waiting.put_nowait(message)
        except queue.Full:
            log.warning("nudge.dropped", **_ids(message))

    def waiting(self, queue: Queue) -> int | None:
        """How many messages are out in a queue; asks Redis, so it may take two seconds."""
        return self._behind.waiting(queue)

    def flush(self) -> None:
        """Return when everything handed in so far was passed on."""
        self._waiting.join()

    def _ensure_started(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._pass_on, name="nudges", daemon=True)
                self._thread.start()

    def _pass_on(self) -> None:
        while True:
            message = self._waiting.get()
            crash_point("door.before_nudge")
            try:
                self._behind.nudge(message)
            except Exception:
                log.exception("nudge.fault", **_ids(message))
            finally:
                self._waiting.task_done()


def _ids(message: Message) -> dict[str, object]:
    """What a line about this message names: also what the run that sent it bound of another job."""
    return {
        "flow": message.flow.value,
        "shop": message.shop,
        "subject": message.subject,
        "job": message.job_id,
    }
