"""A job as a row: reading it, writing its timeline, and nudging a worker after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, insert, literal, select

from integration.jobs import Flow, Identity, Job, JobEvent, Queue, State
from integration.ports import Message, WakeUp
from integration.store.database import Database, to_instant
from integration.store.schema import job_events, jobs

LONGEST_TEXT = 4000
"""Characters of a reason or a timeline line that are kept."""


def to_job(row: Row[Any]) -> Job:
    """The job of a whole row of the table."""
    return Job(
        id=row.id,
        identity=Identity(Flow(row.flow), row.shop, row.subject),
        account=row.account,
        queue=Queue(row.queue),
        state=State(row.state),
        due_at=to_instant(row.due_at),
        reason=row.reason,
        code=row.code,
        revision=row.revision,
        claimed_revision=row.claimed_revision,
        attempts=row.attempts,
        waits=row.waits,
        crashes=row.crashes,
        hold=row.hold,
        look_first=row.look_first,
        blocked_on=row.blocked_on,
        progress=row.progress,
        lease_until=None if row.lease_until is None else to_instant(row.lease_until),
        lease_token=row.lease_token,
        sent_at=None if row.sent_at is None else to_instant(row.sent_at),
        created_at=to_instant(row.created_at),
        updated_at=to_instant(row.updated_at),
        backfilled=row.backfilled,
    )


def to_message(job: Job) -> Message:
    """The wake-up for this job."""
    identity = job.identity
    return Message(job.id, identity.flow, job.queue, identity.shop, identity.subject)


def plain(text: str) -> str:
    """Text that every database takes: PostgreSQL refuses NUL, and neither takes half a pair."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole.replace("\x00", "")[:LONGEST_TEXT]


@dataclass(frozen=True, slots=True)
class Line:
    """A timeline line about to be written; ``once``: not when the line before it says the same."""

    kind: str
    text: str
    data: Mapping[str, object] = field(default_factory=dict)
    once: bool = False


class JobTable:
    """What every part of the job store shares."""

    def __init__(self, database: Database, wake_up: WakeUp) -> None:
        """Work on this store and wake workers through this queue."""
        self._database = database
        self._wake_up = wake_up

    def _nudge(self, job: Job) -> None:
        """Send the job's message once the present transaction has been committed."""
        message = to_message(job)
        self._database.after_commit(lambda: self._wake_up.nudge(message))

    def _write(self, connection: Connection, job_id: int, line: Line) -> None:
        """Add one line to a job's timeline."""
        now = self._database.now_expression()
        text = plain(line.text)
        values = select(
            literal(job_id), now, literal(line.kind), literal(text), literal(line.data, job_json)
        )
        if line.once:
            values = values.where(~_said_last(job_id, line.kind, text))
        columns = ["job_id", "at", "kind", "text", "data"]
        connection.execute(insert(job_events).from_select(columns, values))

    def _write_run(self, connection: Connection, job_id: int, events: Sequence[JobEvent]) -> None:
        """Add what a run wrote down, each line at its own instant."""
        if not events:
            return
        now = connection.execute(select(self._database.now_expression())).scalar_one()
        rows = [
            {
                "job_id": job_id,
                "at": now if event.at is None else event.at.timestamp(),
                "kind": event.kind,
                "text": plain(event.text),
                "data": dict(event.data),
            }
            for event in events
        ]
        connection.execute(insert(job_events), rows)


job_json = job_events.c.data.type


def _said_last(job_id: int, kind: str, text: str) -> Any:
    """Whether the newest line of this job's timeline is of this kind and text."""
    newest = (
        select(job_events.c.id)
        .where(job_events.c.job_id == job_id)
        .order_by(job_events.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(job_events.c.id)
        .where(job_events.c.id == newest)
        .where(job_events.c.kind == kind, job_events.c.text == text)
        .exists()
    )


def read(connection: Connection, job_id: int, *, lock: bool = False) -> Job | None:
    """The job with this id; ``lock`` keeps others from changing it until the commit."""
    statement = select(jobs).where(jobs.c.id == job_id)
    row = connection.execute(statement.with_for_update() if lock else statement).one_or_none()
    return None if row is None else to_job(row)
