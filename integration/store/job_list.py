"""Jobs as people see them: finding, counting, the timeline, retrying and dismissing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, or_, select, update

from integration.errors import Refused
from integration.jobs import Flow, Identity, Job, JobEvent, State
from integration.ports import JobCause, JobFilter, JobGroup
from integration.store.database import to_instant
from integration.store.job_endings import opened
from integration.store.job_rows import JobTable, Line, read, to_job
from integration.store.schema import job_events, jobs

PURGE_BATCH = 5000
"""Timeline lines that one statement forgets, so that no other writer waits long."""


class JobList(JobTable):
    """The part of the ``Jobs`` port that people use."""

    def job(self, job_id: int) -> Job | None:
        """The job with this id."""
        with self._database.begin() as connection:
            return read(connection, job_id)

    def find_identity(self, identity: Identity) -> Job | None:
        """The job of this identity."""
        which = select(jobs).where(
            jobs.c.flow == identity.flow.value,
            jobs.c.shop == identity.shop,
            jobs.c.subject == identity.subject,
        )
        with self._database.begin() as connection:
            row = connection.execute(which).one_or_none()
        return None if row is None else to_job(row)

    def find(self, which: JobFilter) -> list[Job]:
        """Jobs that match, latest change first."""
        found = select(jobs).where(*matching(which))
        page = found.order_by(jobs.c.updated_at.desc(), jobs.c.id.desc())
        with self._database.begin() as connection:
            rows = connection.execute(page.limit(which.limit).offset(which.offset))
            return [to_job(row) for row in rows]

    def count(self, which: JobFilter) -> int:
        """How many jobs match, whatever ``limit`` and ``offset`` are."""
        number = select(func.count()).select_from(jobs).where(*matching(which))
        with self._database.begin() as connection:
            return int(connection.execute(number).scalar_one())

    def groups(self, which: JobFilter) -> list[JobGroup]:
        """The jobs that match, counted by what they have in common, largest group first."""
        same = (jobs.c.state, jobs.c.flow, jobs.c.account, jobs.c.code, jobs.c.reason)
        number = func.count().label("number")
        counted = (
            select(
                *same,
                number,
                func.max(jobs.c.id).label("newest"),
                func.min(jobs.c.updated_at).label("oldest"),
            )
            .where(*matching(which))
            .group_by(*same)
            .order_by(number.desc(), func.max(jobs.c.id))
        )
        with self._database.begin() as connection:
            return [_group(row) for row in connection.execute(counted)]

    def next_ids(self, which: JobFilter, *, after: int, until: int, limit: int) -> list[int]:
        """Ids of jobs that match, ascending: above ``after``, up to ``until``."""
        found = select(jobs.c.id).where(*matching(which), jobs.c.id > after, jobs.c.id <= until)
        with self._database.begin() as connection:
            return list(connection.execute(found.order_by(jobs.c.id).limit(limit)).scalars())

    def events(self, job_id: int) -> list[JobEvent]:
        """The timeline of a job, oldest first."""
        of_job = select(job_events).where(job_events.c.job_id == job_id)
        with self._database.begin() as connection:
            rows = connection.execute(of_job.order_by(job_events.c.at, job_events.c.id)).all()
        return [JobEvent(row.kind, row.text, to_instant(row.at), row.data) for row in rows]

    def counts(self) -> Mapping[tuple[Flow, State], int]:
        """How many jobs there are per flow and state."""
        flow, state = jobs.c.flow, jobs.c.state
        grouped = select(flow, state, func.count().label("number")).group_by(flow, state)
        with self._database.begin() as connection:
            rows = connection.execute(grouped).all()
        return {(Flow(row.flow), State(row.state)): row.number for row in rows}

    def causes(self, state: State, *, waiting_since: datetime | None = None) -> list[JobCause]:
        """The jobs in this state that have a cause, counted by it."""
        same = (jobs.c.flow, jobs.c.shop, jobs.c.account, jobs.c.code)
        counted = (
            select(*same, func.count().label("number"))
            .where(jobs.c.state == state.value, jobs.c.code.is_not(None))
            .group_by(*same)
            .order_by(*same)
        )
        if waiting_since is not None:
            counted = counted.where(jobs.c.waiting_since <= waiting_since.timestamp())
        with self._database.begin() as connection:
            return [
                JobCause(Flow(row.flow), row.shop, row.account, row.code, row.number)
                for row in connection.execute(counted)
            ]

    def retry(self, job_id: int, who: str) -> Job | None:
        """Open a job now with fresh attempts, to be looked up before anything is created.

        A running one goes round once more. None when there is no such job.
        """
        with self._database.begin() as connection:
            present = read(connection, job_id, lock=True)
            if present is None:
                return None
            self._write(connection, job_id, Line("retried", f"retried by {who}"))
            return self._open(connection, present, f"retried by {who}")

    def dismiss(self, job_id: int, who: str) -> Job | None:
        """Put a job aside for good; None when unknown. Raises Refused when it may not be."""
        with self._database.begin() as connection:
            present = read(connection, job_id, lock=True)
            if present is None:
                return None
            _refuse_dismissal(present)
            self._write(connection, job_id, Line("dismissed", f"dismissed by {who}"))
            return self._change(connection, present, self._aside(who))

    def purge_events(self, before: datetime) -> int:
        """Forget timeline lines of finished jobs from before that instant; returns how many."""
        finished = select(jobs.c.id).where(
            jobs.c.state.in_([State.DONE.value, State.DISMISSED.value])
        )
        old = (
            select(job_events.c.id)
            .where(job_events.c.at < before.timestamp(), job_events.c.job_id.in_(finished))
            .limit(PURGE_BATCH)
        )
        forget = delete(job_events).where(job_events.c.id.in_(old))
        forgotten = 0
        while True:
            with self._database.begin() as connection:
                count = connection.execute(forget).rowcount
            forgotten += count
            if count < PURGE_BATCH:
                return forgotten

    def _open(self, connection: Connection, present: Job, reason: str) -> Job:
        if present.state is State.RUNNING:
            return self._change(connection, present, {"revision": jobs.c.revision + 1})
        now = connection.execute(select(self._database.now_expression())).scalar_one()
        opening = opened(now, reason=reason) | {"look_first": True}
        job = self._change(connection, present, opening)
        self._nudge(job)
        return job

    def _aside(self, who: str) -> dict[str, Any]:
        return {
            "state": State.DISMISSED.value,
            "reason": f"dismissed by {who}",
            "code": None,
            "hold": False,
            "sent_at": None,
            "blocked_on": None,
            "updated_at": self._database.now_expression(),
        }

    def _change(self, connection: Connection, job: Job, values: dict[str, Any]) -> Job:
        changed = update(jobs).where(jobs.c.id == job.id).values(**values).returning(jobs)
        return to_job(connection.execute(changed).one())


def _group(row: Row[Any]) -> JobGroup:
    return JobGroup(
        state=State(row.state),
        flow=Flow(row.flow),
        account=row.account,
        code=row.code,
        reason=row.reason,
        count=row.number,
        newest_id=row.newest,
        oldest_change=to_instant(row.oldest),
    )


def _refuse_dismissal(job: Job) -> None:
    if not job.identity.flow.dismissable:
        raise Refused(
            f"{job.identity} cannot be dismissed: it keeps figures right for every order; "
            "pause the flow or the shop instead"
        )
    if job.state is State.RUNNING:
        raise Refused(f"{job.identity} is running at this moment; dismiss it when it has ended")


def matching(which: JobFilter) -> list[ColumnElement[bool]]:
    """The conditions of the jobs that this filter means."""
    equal = {
        "state": None if which.state is None else which.state.value,
        "flow": None if which.flow is None else which.flow.value,
        "shop": which.shop,
        "account": which.account,
        "code": which.code,
        "backfilled": which.backfilled,
    }
    found = [jobs.c[name] == value for name, value in equal.items() if value is not None]
    if which.changed_since is not None:
        found.append(jobs.c.updated_at >= which.changed_since.timestamp())
    if which.changed_before is not None:
        found.append(jobs.c.updated_at < which.changed_before.timestamp())
    if which.reasons is not None:
        found.append(func.coalesce(jobs.c.reason, "").in_(which.reasons))
    if which.reason:
        named = func.lower(jobs.c.code) == which.reason.lower()
        found.append(or_(named, jobs.c.reason.icontains(which.reason, autoescape=True)))
    if which.text:
        said = (column.icontains(which.text, autoescape=True) for column in _SEARCHED)
        found.append(or_(*said))
    return found


_SEARCHED = (jobs.c.subject, jobs.c.reason)
