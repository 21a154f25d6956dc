"""What the mover asks: which jobs to wake workers for, what waits, and what opens others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, not_, or_, select, update

from integration.errors import OverBudget
from integration.jobs import Job, Queue, State
from integration.ports import Message
from integration.store.database import to_instant
from integration.store.job_endings import opened
from integration.store.job_rows import JobTable, Line, to_job, to_message
from integration.store.job_runs import take_turn
from integration.store.schema import job_events, jobs

CALLS_UNDER_WAY = {Queue.ORDERS: 5, Queue.EVENTS: 3, Queue.BULK: 100}
"""Calls that a run which has not ended may have made: a pass over a list makes many."""


class JobSending(JobTable):
    """The sending part of the ``Jobs`` port."""

    def due(
        self,
        queue: Queue,
        limit: int,
        *,
        resend_after: float,
        metered: Mapping[str, datetime] | None = None,
        ahead: float = 0.0,
    ) -> list[Message]:
        """The jobs of this queue to send now, oldest first, marked as sent.

        Movers may run side by side: each skips the rows that another has in hand. What is sent
        ``ahead`` of its moment is due from now on, or nobody could claim it.
        """
        now = self._database.now_expression()
        limits = (metered or {}).items()
        early = [_has_its_turn(account, until, now + ahead) for account, until in limits]
        chosen = (
            select(jobs)
            .where(jobs.c.queue == queue.value, or_(_wants_a_message(now), *early))
            .where(or_(jobs.c.sent_at.is_(None), jobs.c.sent_at < now - resend_after))
            .where(*(_released(account, until) for account, until in limits))
            .order_by(jobs.c.created_at, jobs.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._database.begin() as connection:
            found = [to_job(row) for row in connection.execute(chosen)]
            if found:
                due_at = case((jobs.c.due_at > now, now), else_=jobs.c.due_at)
                marked = update(jobs).where(jobs.c.id.in_([job.id for job in found]))
                connection.execute(marked.values(sent_at=now, due_at=due_at))
        return [to_message(job) for job in found]

    def backlog(
        self, account: str, code: str, *, queue: Queue | None = None
    ) -> list[tuple[int, datetime]]:
        """(id, created_at) of the account's open jobs that wait for this cause, oldest first."""
        waiting = (
            select(jobs.c.id, jobs.c.created_at)
            .where(jobs.c.state == State.OPEN.value)
            .where(jobs.c.account == account, jobs.c.code == code)
            .order_by(jobs.c.created_at, jobs.c.id)
        )
        if queue is not None:
            waiting = waiting.where(jobs.c.queue == queue.value)
        with self._database.begin() as connection:
            return [(row.id, to_instant(row.created_at)) for row in connection.execute(waiting)]

    def overdue(self) -> Mapping[Queue, float]:
        """For how many seconds the job that has been due longest is due, per queue with one."""
        now = self._database.now_expression()
        late = (
            select(jobs.c.queue, func.max(now - jobs.c.due_at).label("seconds"))
            .where(jobs.c.state == State.OPEN.value, jobs.c.due_at <= now)
            .group_by(jobs.c.queue)
        )
        with self._database.begin() as connection:
            return {Queue(row.queue): row.seconds for row in connection.execute(late)}

    def last_call_at(self) -> datetime | None:
        """When this service last sent a request, as far as its timelines know.

        A run writes its calls down when it ends, so one that is under way counts as a call.
        """
        running = select(func.max(jobs.c.updated_at)).where(jobs.c.state == State.RUNNING.value)
        written = (
            select(job_events.c.at)
            .where(job_events.c.kind == "call")
            .order_by(job_events.c.at.desc())
            .limit(1)
        )
        with self._database.begin() as connection:
            found = [connection.execute(ask).scalar_one_or_none() for ask in (running, written)]
        instants = [instant for instant in found if instant is not None]
        return to_instant(max(instants)) if instants else None

    def recent_calls(self, account: str, seconds: float) -> int:
        """How many requests to this account the last seconds may have seen, at the most."""
        now = self._database.now_expression()
        written = select(func.count()).where(
            job_events.c.kind == "call",
            job_events.c.at > now - seconds,
            job_events.c.text.startswith(f"picqer/{account}: ", autoescape=True),
        )
        running = (
            select(jobs.c.queue, func.count())
            .where(jobs.c.state == State.RUNNING.value, jobs.c.account == account)
            .group_by(jobs.c.queue)
        )
        with self._database.begin() as connection:
            count = int(connection.execute(written).scalar_one())
            under_way = connection.execute(running).all()
        return count + sum(CALLS_UNDER_WAY[Queue(row[0])] * int(row[1]) for row in under_way)

    def calls(self, seconds: float) -> Mapping[str, int]:
        """How many requests each line of the timelines tells of, in the last seconds."""
        since = self._database.now_expression() - seconds
        lines = (
            select(job_events.c.text, func.count())
            .where(job_events.c.kind == "call", job_events.c.at > since)
            .group_by(job_events.c.text)
        )
        with self._database.begin() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(lines)}

    def blocked_productcodes(self, account: str) -> frozenset[str]:
        """The productcodes that parked jobs of this account wait for."""
        waiting = (
            select(jobs.c.blocked_on)
            .where(jobs.c.account == account, jobs.c.state == State.PARKED.value)
            .where(jobs.c.blocked_on.is_not(None))
        )
        with self._database.begin() as connection:
            return frozenset(connection.execute(waiting).scalars())

    def release_blocked(self, account: str, productcode: str) -> int:
        """Open the parked jobs that wait for this productcode; returns how many.

        To be called in the transaction that writes the product into the ledger: a job that is
        just about to park looks there.
        """
        with self._database.begin() as connection:
            take_turn(connection, account, productcode)
            waiting = connection.execute(_blocked(account, productcode)).all()
            for row in waiting:
                self._release(connection, to_job(row), productcode)
        return len(waiting)

    def _release(self, connection: Connection, job: Job, productcode: str) -> None:
        reason = f"product {productcode} can be ordered at Picqer now"
        now = connection.execute(select(self._database.now_expression())).scalar_one()
        opening = (
            update(jobs)
            .where(jobs.c.id == job.id)
            .values(**opened(now, reason=reason))
            .returning(jobs)
        )
        self._write(connection, job.id, Line("released", reason))
        self._nudge(to_job(connection.execute(opening).one()))


def _wants_a_message(now: Any) -> Any:
    """Due, or running with an owner that died."""
    return or_(
        and_(jobs.c.state == State.OPEN.value, jobs.c.due_at <= now),
        and_(jobs.c.state == State.RUNNING.value, jobs.c.lease_until < now),
    )


def _waits_for_budget(account: str) -> Any:
    return and_(
        jobs.c.account == account,
        jobs.c.state == State.OPEN.value,
        jobs.c.code == OverBudget.__name__,
    )


def _has_its_turn(account: str, until: datetime, soon: Any) -> Any:
    """Waiting for this account's budget, old enough, and due soon."""
    old_enough = and_(jobs.c.created_at <= until.timestamp(), jobs.c.due_at <= soon)
    return and_(_waits_for_budget(account), old_enough)


def _released(account: str, until: datetime) -> Any:
    """Not waiting for this account's budget, or old enough to have its turn."""
    too_young = and_(_waits_for_budget(account), jobs.c.created_at > until.timestamp())
    return not_(func.coalesce(too_young, False))


def _blocked(account: str, productcode: str) -> Any:
    """Locked in the order of their identities, as every other writer does."""
    return (
        select(jobs)
        .where(jobs.c.state == State.PARKED.value)
        .where(jobs.c.account == account, jobs.c.blocked_on == productcode)
        .order_by(jobs.c.flow, jobs.c.shop, jobs.c.subject)
        .with_for_update()
    )
