"""Runs one job: claims it, calls its flow, and turns what happened into one of the four endings."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from integration.crash_points import crash_point
from integration.errors import LeaseHeld
from integration.guard import Lease, RunGuard
from integration.jobs import MAX_CRASHES, Done, Ending, Flow, Job, JobEvent, Park, ending_of
from integration.services import Services, Work

log = structlog.get_logger(__name__)

FlowFunction = Callable[[Work], Ending]
ALONE_AFTER_CRASHES = 2
"""A job that killed its worker this often runs while nothing else does."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: the job as it is afterwards, and the ending."""

    job: Job
    ending: Ending


class Solitude:
    """Many may run together, or one alone: a suspect job must not take its neighbours along."""

    def __init__(self) -> None:
        """Nobody runs yet."""
        self._changed = threading.Condition()
        self._together = 0
        self._alone = False
        self._want_alone = 0

    @contextmanager
    def run(self, *, alone: bool) -> Iterator[None]:
        """Wait for our turn and take it; nobody joins in while somebody waits to be alone."""
        with self._changed:
            if alone:
                self._take_alone()
            else:
                self._changed.wait_for(lambda: not self._alone and not self._want_alone)
                self._together += 1
        try:
            yield
        finally:
            with self._changed:
                if alone:
                    self._alone = False
                else:
                    self._together -= 1
                self._changed.notify_all()

    def _take_alone(self) -> None:
        self._want_alone += 1
        try:
            self._changed.wait_for(lambda: not self._alone and not self._together)
        finally:
            self._want_alone -= 1
        self._alone = True


class Runner:
    """Runs jobs in this process.

    ``chance`` gives random numbers in [0, 1) for jitter; ``stopping`` says that the process was
    asked to stop; ``report`` tells the people who mend faults (Sentry), with ids and codes only.
    """

    def __init__(
        self,
        services: Services,
        flows: Mapping[Flow, FlowFunction],
        *,
        chance: Callable[[], float],
        stopping: Callable[[], bool] = lambda: False,
        report: Callable[[Job, Park, BaseException | None], None] = lambda *_: None,
    ) -> None:
        """Prepare; nothing runs before ``run``."""
        self._services = services
        self._flows = flows
        self._chance = chance
        self._stopping = stopping
        self._report = report
        self._solitude = Solitude()

    def run(self, job_id: int) -> Outcome | None:
        """Run the job once; None when there is nothing to claim (done, held, not due)."""
        before = self._services.jobs.job(job_id)
        if before is None:
            return None
        with self._solitude.run(alone=before.crashes >= ALONE_AFTER_CRASHES):
            return self._claim_and_run(job_id)

    def _claim_and_run(self, job_id: int) -> Outcome | None:
        claimed_at = self._services.clock.monotonic()
        job = self._services.jobs.claim(job_id, secrets.token_hex(8))
        if job is None:
            return None
        with structlog.contextvars.bound_contextvars(
            flow=job.identity.flow.value,
            shop=job.identity.shop,
            subject=job.identity.subject,
            job=job.id,
        ):
            crash_point("runner.after_claim", job.identity.flow)
            return self._run_claimed(job, claimed_at)

    def _run_claimed(self, job: Job, claimed_at: float) -> Outcome | None:
        timeline: list[JobEvent] = []
        ending, error = self._ending(job, claimed_at, timeline)
        crash_point("runner.before_end", job.identity.flow)
        try:
            after = self._services.jobs.end(job, ending, timeline)
        except LeaseHeld:
            log.warning("run.overtaken", ending=type(ending).__name__.lower())
            return None
        crash_point("runner.after_end", job.identity.flow)
        self._tell(after, ending, error)
        return Outcome(after, ending)

    def _ending(
        self, job: Job, claimed_at: float, timeline: list[JobEvent]
    ) -> tuple[Ending, BaseException | None]:
        if job.crashes > MAX_CRASHES:
            return _poisoned(job), None
        try:
            return self._flows[job.identity.flow](self._work(job, claimed_at, timeline)), None
        except Exception as error:  # noqa: BLE001 - whatever happens, the job gets an ending
            return ending_of(error, job, self._chance()), error

    def _work(self, job: Job, claimed_at: float, timeline: list[JobEvent]) -> Work:
        services = self._services
        lease = Lease(job, services.jobs, services.clock, claimed_at)

        def guard(scope: str) -> RunGuard:
            return RunGuard(
                scope,
                lease=lease,
                gate=services.gate,
                stopping=self._stopping,
                timeline=timeline,
            )

        return Work(job, services, guard)

    def _tell(self, job: Job, ending: Ending, error: BaseException | None) -> None:
        """One log line per run; a park also reaches the people who look after the service."""
        if isinstance(ending, Done):
            log.info("job.done", note=ending.note)
        elif isinstance(ending, Park):
            log.error("job.parked", code=ending.code, reason=ending.reason)
            self._report(job, ending, error)
        else:
            log.info(
                "job.waits",
                ending=type(ending).__name__.lower(),
                code=ending.code,
                seconds=round(ending.seconds, 1),
            )


def _poisoned(job: Job) -> Park:
    return Park(
        f"its worker died {job.crashes - 1} times while running this; look at the worker's log "
        f"(memory, a crash in a library), then retry",
        "Crashes",
    )
