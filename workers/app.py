"""The Celery app: its settings, its signals, and the task that wraps every flow.

Celery imports this module; nothing is connected and no setting is read before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import structlog
from celery import Celery, Task, signals
from celery.exceptions import Retry
from kombu import Exchange
from kombu import Queue as KombuQueue

from integration.crash_points import crash_point
from integration.errors import StoreAway
from integration.jobs import LEASE_SECONDS, Queue
from integration.liveness import MOVER_QUEUE, QUEUES
from integration.settings import Settings
from integration.wiring import redis_url
from workers import faults, logs
from workers.alarm_watch import AlarmThread
from workers.canary import Canaries
from workers.faults import Fault
from workers.process import Process
from workers.pulse import Ask
from workers.queue import KEY_PREFIX, CeleryWakeUp
from workers.schedule import BEAT_SCHEDULE, MOVE, PLAN, PURGE
from workers.signs_of_life import SignsOfLife
from workers.steps import Fail, Finished, HoldBack, LeaveToMover, Parked, Step, Waiting, next_step

if TYPE_CHECKING:
    FlowTaskParent = Task[..., None]
else:
    FlowTaskParent = Task

VISIBILITY_SECONDS = 300
"""When a killed worker's messages come back; longer than any countdown and any run."""
SOCKET_SECONDS = 4.0
"""Longer than the second that a worker listens at a time, so that only a dead Redis exceeds it.

And short: whoever talks to a half-open connection when Redis can be reached again is to notice
soon enough to be back at work within ten seconds."""
log = structlog.get_logger(__name__)


def celery_settings(settings: Settings) -> dict[str, Any]:
    """Celery's configuration for these settings."""
    return {
        "broker_url": redis_url(settings),
        "broker_transport_options": {
            "global_keyprefix": KEY_PREFIX,
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_timeout": SOCKET_SECONDS,
            "socket_connect_timeout": SOCKET_SECONDS,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        "visibility_timeout": VISIBILITY_SECONDS,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_queues": [_queue(name) for name in QUEUES],
        "task_default_queue": Queue.EVENTS.value,
        "task_routes": {
            MOVE: {"queue": MOVER_QUEUE},
            PLAN: {"queue": MOVER_QUEUE},
            PURGE: {"queue": Queue.BULK.value},
        },
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_pool": "threads",
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": True,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "beat_schedule": BEAT_SCHEDULE,
        # When something was done last is in the store: beat writes no file of its own.
        "beat_scheduler": "workers.beat:TellingScheduler",
        "enable_utc": True,
        "timezone": "UTC",
    }


def _queue(name: str) -> KombuQueue:
    """A queue with an exchange of its own: with a shared one, each message would go to all."""
    return KombuQueue(name, Exchange(name, type="direct"), routing_key=name)


class BridgeApp(Celery):
    """A Celery app that knows the process it works in."""

    amqp_cls = "workers.amqp:EagerAMQP"
    events_cls = "workers.events:KeepingEvents"
    process: Process
    signs: SignsOfLife | None = None

    def answer(self) -> None:
        """This process gave a sign of getting on with its work."""
        if self.signs is not None:
            self.signs.pulse.answer()

    def queues(self) -> CeleryWakeUp:
        """The broker's queues, over connections of their own."""
        return CeleryWakeUp(self, redis_url(self.process.settings))


app = BridgeApp("picqer-bridge", include=["workers.tasks"], set_as_current=True)
app.process = Process(lambda settings: CeleryWakeUp(app, redis_url(settings)))
app.add_defaults(lambda: celery_settings(app.process.settings))


class FlowTask(FlowTaskParent):
    """Runs one job of a flow. Its arguments are the job's id and, for people, its subject."""

    abstract = True
    max_retries = None
    Strategy = "workers.strategy:keep_showing_retry"
    throws = (Parked,)

    def run(self, job_id: int, _subject: str = "") -> None:
        """Run the job; what it leads to is visible in Flower, with the sentence of the store."""
        crash_point("task.before_run")
        try:
            outcome = app.process.runner.run(int(job_id))
        except StoreAway as error:
            # The mover sends the job again when the store is back and its lease has run out.
            log.warning("run.store_away", job=job_id)
            why = Waiting.of(str(error), LEASE_SECONDS)
            raise _shown(why, LEASE_SECONDS) from None
        except Exception as error:
            # Its own words may hold a row of the store, and Celery would show them to everybody.
            log.exception("run.fault", job=job_id)
            raise Fault(type(error).__name__) from None
        crash_point("task.before_ack")
        if outcome is not None:
            self._take(next_step(outcome))

    def _take(self, step: Step) -> None:
        match step:
            case HoldBack(seconds, why):
                raise self.retry(exc=why, countdown=seconds, max_retries=None)
            case LeaveToMover(seconds, why):
                raise _shown(why, seconds)
            case Fail(why):
                raise why
            case Finished():
                return


def _shown(why: Waiting, seconds: Any) -> Retry:
    """A RETRY that Celery only shows: nothing is sent, the mover sends the job when it is due."""
    return Retry(str(why), why, seconds)


# --- What happens to a process -------------------------------------------------------------------


@signals.setup_logging.connect
def _configure_logging(**_: object) -> None:
    """Keep Celery from configuring logging: all processes of this service log alike."""
    logs.configure(app.process.settings)


@signals.task_prerun.connect
def _task_begins(task: Any = None, args: Any = (), **_: object) -> None:
    """Every line until the task is over says which task and job it belongs to, Celery's too."""
    structlog.contextvars.bind_contextvars(task=task.name)
    if isinstance(task, FlowTask) and args:
        structlog.contextvars.bind_contextvars(job=args[0])


@signals.task_postrun.connect
def _task_ends(**_: object) -> None:
    structlog.contextvars.clear_contextvars()


@signals.worker_init.connect
def _worker_begins(**_: object) -> None:
    faults.start(app.process.settings)


@signals.celeryd_after_setup.connect
def _worker_has_queues(instance: Any, **_: object) -> None:
    begin_to_take(instance.app.amqp.queues.consume_from)
    canaries = Canaries(instance, app.queues(), app.answer)
    canaries.listen()
    _give_signs(str(instance.hostname), canaries.ask, canaries.taken)


def begin_to_take(queues: Iterable[str]) -> None:
    """Tell the rate limits of the past before the first job of these queues; the mover has none.

    Should Redis be emptied before that job comes, this process is not the first to speak to a
    limit without a past: that would have every call of the last minute waited out.
    """
    if {queue.value for queue in Queue}.intersection(queues):
        app.process.tell_limits()


@signals.beat_init.connect
def _beat_begins(**_: object) -> None:
    faults.start(app.process.settings)
    wake_up = app.process.services.wake_up
    # While Redis is away beat may wait for it: its silence then means nothing.
    _give_signs("beat", lambda: wake_up.waiting(Queue.ORDERS) is not None)
    AlarmThread(app.process.services, app.process.settings).start()
    queues = app.queues()
    for tick in BEAT_SCHEDULE.values():
        # Beat itself waits for one interval first; a service that was started has work now.
        queue = tick["options"]["queue"]
        if not queues.is_waiting(tick["task"], queue):
            app.send_task(tick["task"], queue=queue, retry=False)


@signals.worker_shutting_down.connect
def _worker_ends(**_: object) -> None:
    """SIGTERM came: jobs end before their next call."""
    app.process.stop()
    if app.signs is not None:
        app.signs.stop_asking()


def _give_signs(kind: str, ask: Ask, taken: Callable[[], Iterable[str]] = lambda: ()) -> None:
    process = app.process
    app.signs = SignsOfLife(process.services, process.settings, kind, ask, taken)
    app.signs.start()
