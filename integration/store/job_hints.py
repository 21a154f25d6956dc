"""Hints: a reason to look at something raises its job's revision and opens it when it is done."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, null, or_, update

from integration.jobs import Identity, Job, Queue, State
from integration.store.job_rows import JobTable, Line, to_job
from integration.store.schema import jobs


class JobHints(JobTable):
    """The hinting part of the ``Jobs`` port."""

    def hint(
        self,
        identity: Identity,
        account: str,
        *,
        webhook: bool = False,
        why: str = "",
        delay: float = 0.0,
        urgent: bool = True,
        backfill: bool = False,
    ) -> Job:
        """Raise the revision of this job, making it when new and opening it when it is done.

        The caller sorts by identity when it hints several jobs in one transaction.
        """
        with self._database.begin() as connection:
            known = _known(self._database.now_expression() + delay, webhook=webhook, urgent=urgent)
            statement = self._upsert(identity, account, delay, known, backfill=backfill)
            job = to_job(connection.execute(statement).one())
            line = Line("hinted", why or "hinted", {"revision": job.revision}, once=True)
            self._write(connection, job.id, line)
            return self._send_when_due(job)

    def _upsert(
        self,
        identity: Identity,
        account: str,
        delay: float,
        known: dict[str, Any],
        *,
        backfill: bool,
    ) -> Any:
        """The row of a new job; ``known`` is what changes in one that exists already."""
        now = self._database.now_expression()
        queue = Queue.BULK if backfill else identity.flow.queue
        common: dict[str, Any] = {"account": account, "queue": queue.value, "updated_at": now}
        if backfill:
            common["backfilled"] = True
        new = self._database.insert(jobs).values(
            flow=identity.flow.value,
            shop=identity.shop,
            subject=identity.subject,
            state=State.OPEN.value,
            due_at=now + delay,
            revision=1,
            progress={},
            created_at=now,
            **common,
        )
        return new.on_conflict_do_update(
            index_elements=[jobs.c.flow, jobs.c.shop, jobs.c.subject],
            set_=common | known,
        ).returning(jobs)

    def _send_when_due(self, job: Job) -> Job:
        """Nudge a job that is due when no message for it is out; the row is ours till the commit.

        A message that Celery holds back until later has its ``sent_at`` in the future: it is not
        out yet, and the hint does not wait for it.
        """
        now = self._database.now_expression()
        due_and_unsent = (
            update(jobs)
            .where(jobs.c.id == job.id, jobs.c.state == State.OPEN.value, jobs.c.due_at <= now)
            .where(or_(jobs.c.sent_at.is_(None), jobs.c.sent_at > now))
            .values(sent_at=now)
            .returning(jobs)
        )
        with self._database.begin() as connection:
            row = connection.execute(due_and_unsent).one_or_none()
        if row is None:
            return job
        sent = to_job(row)
        self._nudge(sent)
        return sent


def _known(soon: ColumnElement[float], *, webhook: bool, urgent: bool) -> dict[str, Any]:
    """What a hint changes in the row of a job that exists already."""
    was = jobs.c
    opening = [State.DONE.value, *([State.PARKED.value] if webhook else [])]
    opens = was.state.in_(opening)
    hurries = and_(was.state == State.OPEN.value, was.hold.is_(False), was.due_at > soon)
    due_at = [(opens, soon), *([(hurries, soon)] if urgent else [])]
    fresh: dict[str, Any] = {
        "state": State.OPEN.value,
        "attempts": 0,
        "waits": 0,
        "crashes": 0,
        "hold": False,
        "reason": null(),
        "code": null(),
        "blocked_on": null(),
        "waiting_since": null(),
        "sent_at": null(),
    }
    changes = {name: case((opens, value), else_=was[name]) for name, value in fresh.items()}
    return changes | {
        "revision": was.revision + 1,
        "due_at": case(*due_at, else_=was.due_at),
        "look_first": case((was.state == State.PARKED.value, True), else_=was.look_first),
    }
