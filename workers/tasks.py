"""Celery's tasks: one per flow, named as the flow; the ticks of the schedule; and ``retry_job``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from celery import Task

from integration.crash_points import crash_point
from integration.errors import BridgeError, StoreAway
from integration.jobs import Flow
from integration.operate import retry
from workers.app import FlowTask, app
from workers.canary import CANARY
from workers.faults import Fault
from workers.monitors import Monitors
from workers.schedule import MOVE, PLAN, PURGE
from workers.timetable import PURGE as PURGE_APPOINTMENT
from workers.timetable import begin_due

if TYPE_CHECKING:
    PlainTask = Task[..., object]
else:
    PlainTask = Task
monitors = Monitors()
log = structlog.get_logger(__name__)


class UnknownJob(LookupError):
    """There is no job with this id; ``picqer-bridge jobs list`` shows those that there are."""


class Careful(PlainTask):
    """A task besides the flows. Celery shows everybody the words of an error: only our own may."""

    abstract = True

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Run it; a fault becomes its class only, and the log tells where."""
        try:
            return self.run(*args, **kwargs)
        except UnknownJob:
            raise
        except BridgeError as error:
            log.warning("task.failed", cause=error.code)
            raise Fault(str(error)) from None
        except Exception as error:
            log.exception("task.fault")
            raise Fault(type(error).__name__) from None


def _flow_task(flow: Flow) -> FlowTask:
    """The task of one flow."""
    kind = type(f"{flow.value}_task", (FlowTask,), {"name": flow.value, "__module__": __name__})
    task: FlowTask = app.register_task(kind())
    return task


create_product = _flow_task(Flow.CREATE_PRODUCT)
create_order = _flow_task(Flow.CREATE_ORDER)
complete_order = _flow_task(Flow.COMPLETE_ORDER)
push_stock = _flow_task(Flow.PUSH_STOCK)
reconcile = _flow_task(Flow.RECONCILE)


@app.task(name=MOVE, base=Careful)
def move() -> None:
    """Send the jobs that are due to their queues."""
    try:
        app.process.mover.tick()
    except StoreAway:
        log.warning("move.store_away")
        monitors.check_in(MOVE, well=False)
        return
    monitors.check_in(MOVE, well=True)


@app.task(name=PLAN, base=Careful)
def plan() -> None:
    """Raise the jobs whose time has come."""
    try:
        begun = begin_due(app.process.services, app.process.settings)
        crash_point("schedule.after_begin")
    except BridgeError as error:
        log.warning("plan.failed", cause=error.code)
        monitors.check_in(PLAN, well=False)
        return
    monitors.check_in(PLAN, well=True)
    if PURGE_APPOINTMENT in begun:
        app.send_task(PURGE)


@app.task(name=CANARY, acks_late=False, send_events=False)
def canary() -> None:
    """Be taken, and nothing more; ``workers.canary`` hears of it."""


@app.task(name=PURGE, base=Careful)
def purge() -> None:
    """Forget deliveries, personal fields and old timelines after the retention."""
    services = app.process.services
    before = services.store.now() - timedelta(days=app.process.settings.retention_days)
    deliveries = services.inbox.purge(before)
    lines = services.jobs.purge_events(before)
    log.info("purged", deliveries=deliveries, timeline_lines=lines)


@app.task(name="retry_job", base=Careful)
def retry_job(job_id: int | str) -> str:
    """Open a job now with fresh attempts; for administrators, through Flower's API.

    Returns a sentence that says which job it is. Raises UnknownJob.
    """
    (result,) = retry(app.process.services, [int(job_id)], "an administrator, through Flower")
    if result.job is None:
        raise UnknownJob(f"There is no job {job_id}; `picqer-bridge jobs list` shows the jobs.")
    return f"{result.job.identity} runs again"
