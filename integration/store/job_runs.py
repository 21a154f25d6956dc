"""Runs: claiming a job, keeping its lease, and writing down how the run ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Update, and_, func, or_, select, update

from integration.errors import LeaseHeld
from integration.jobs import LEASE_SECONDS, Ending, Job, JobEvent, Park, State
from integration.store.job_endings import After, after, line_of
from integration.store.job_rows import JobTable, Line, to_job
from integration.store.schema import jobs, ledger

EARLY_SECONDS = 0.05
"""How much too early a message may arrive and still claim its job."""


class JobRuns(JobTable):
    """The running part of the ``Jobs`` port."""

    def claim(self, job_id: int, token: str) -> Job | None:
        """Make this job ours for 20 s when it is due, or its owner died; else None."""
        now = self._database.now_expression()
        due = and_(jobs.c.state == State.OPEN.value, jobs.c.due_at <= now + EARLY_SECONDS)
        left_behind = and_(jobs.c.state == State.RUNNING.value, jobs.c.lease_until < now)
        ours = (
            update(jobs)
            .where(jobs.c.id == job_id, or_(due, left_behind))
            .values(
                state=State.RUNNING.value,
                lease_until=now + LEASE_SECONDS,
                lease_token=token,
                claimed_revision=jobs.c.revision,
                crashes=jobs.c.crashes + 1,
                sent_at=None,
                updated_at=now,
            )
            .returning(jobs)
        )
        with self._database.begin() as connection:
            row = connection.execute(ours).one_or_none()
            if row is None:
                return None
            job = to_job(row)
            self._note_take_over(connection, job)
            return job

    def renew(self, job: Job) -> bool:
        """Extend the lease by 20 s; False when it is no longer ours."""
        until = self._database.now_expression() + LEASE_SECONDS
        with self._database.begin() as connection:
            return connection.execute(_owned(job).values(lease_until=until)).rowcount == 1

    def save_progress(self, job: Job, progress: Mapping[str, object]) -> None:
        """Keep how far a long job came. Raises LeaseHeld when the lease is lost."""
        now = self._database.now_expression()
        with self._database.begin() as connection:
            saved = _owned(job).values(progress=dict(progress), updated_at=now)
            if connection.execute(saved).rowcount != 1:
                raise _lost(job)

    def end(self, job: Job, ending: Ending, events: Sequence[JobEvent] = ()) -> Job:
        """Write the ending and the run's timeline, end the lease, and return the job after it.

        Raises LeaseHeld when the lease is lost: then nothing is written.
        """
        with self._database.begin() as connection:
            present, now, since = self._own_row(connection, job)
            freed = isinstance(ending, Park) and self._freed(connection, job, ending)
            result = after(present, ending, now, waiting_since=since, freed=freed)
            self._write_run(connection, job.id, events)
            self._write(connection, job.id, line_of(present, ending))
            return self._finish(connection, job, result)

    def _own_row(self, connection: Connection, job: Job) -> tuple[Job, float, float | None]:
        """The row as it is now, locked, the database's clock, and since when the job waits."""
        mine = (
            select(jobs, self._database.now_expression().label("now"))
            .where(_is_owned(job))
            .with_for_update()
        )
        row = connection.execute(mine).one_or_none()
        if row is None:
            raise _lost(job)
        return to_job(row), float(row.now), row.waiting_since

    def _finish(self, connection: Connection, job: Job, result: After) -> Job:
        ended = update(jobs).where(jobs.c.id == job.id).values(**result.values).returning(jobs)
        written = to_job(connection.execute(ended).one())
        if result.nudge:
            self._nudge(written)
        return written

    def _freed(self, connection: Connection, job: Job, ending: Park) -> bool:
        """Whether the product that this park waits for was created while the job ran.

        ``release_blocked`` opens parked jobs only, so one that is about to park looks once itself,
        in turn with it.
        """
        if ending.blocked_on is None:
            return False
        take_turn(connection, job.account, ending.blocked_on)
        made = select(ledger.c.id).where(
            ledger.c.account == job.account,
            ledger.c.kind == "product",
            ledger.c.subject == ending.blocked_on,
            ledger.c.state == "settled",
            ledger.c.updated_at >= job.updated_at.timestamp(),
        )
        return connection.execute(made.limit(1)).one_or_none() is not None

    def _note_take_over(self, connection: Connection, job: Job) -> None:
        """Every ending puts ``crashes`` back to 0, so more than 1 means that an owner died."""
        if job.crashes > 1:
            text = f"its worker stopped without an ending; started again, time {job.crashes}"
            line = Line("claimed", text, {"crashes": job.crashes})
            self._write(connection, job.id, line)


def take_turn(connection: Connection, account: str, productcode: str) -> None:
    """Let one transaction at a time decide about jobs that wait for this productcode.

    SQLite has one writer anyhow; PostgreSQL gets a lock that ends with the transaction.
    """
    if connection.dialect.name == "postgresql":
        key = func.hashtextextended(f"blocked on {account} {productcode}", 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))


def _is_owned(job: Job) -> Any:
    return and_(
        jobs.c.id == job.id,
        jobs.c.state == State.RUNNING.value,
        jobs.c.lease_token == job.lease_token,
    )


def _owned(job: Job) -> Update:
    return update(jobs).where(_is_owned(job))


def _lost(job: Job) -> LeaseHeld:
    return LeaseHeld(f"Another worker took {job.identity} over; this run writes nothing more.")
