"""Deliveries as they came in: stored once each, copies counted, forgotten after a while."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select, update

from integration.jobs import Delivery
from integration.ports import DeliveryRecord
from integration.store.database import Database, to_instant
from integration.store.job_rows import plain
from integration.store.schema import deliveries, delivery_jobs


class SqlInbox:
    """The ``Inbox`` port in SQL."""

    def __init__(self, database: Database) -> None:
        """Keep deliveries in this store."""
        self._database = database

    def add(
        self, delivery: Delivery, state: str, reason: str | None, *, erased: bool = False
    ) -> tuple[int, bool]:
        """Store a delivery; returns its id and False when it is a copy of a stored one.

        A copy has the same source and the same bytes. Once one of the copies was routed the
        delivery stays so; otherwise the latest verdict counts, as when it is replayed after a fix.
        ``erased``: it is about what a person had erased, so its content is not kept.
        """
        new = self._database.insert(deliveries).values(
            source=delivery.source,
            digest=hashlib.sha256(delivery.body).hexdigest(),
            received_at=self._database.now_expression(),
            state=state,
            reason=None if reason is None else plain(reason),
            headers={} if erased else dict(delivery.headers),
            body=None if erased else delivery.body,
        )
        statement = new.on_conflict_do_update(
            index_elements=[deliveries.c.source, deliveries.c.digest], set_=_copy_of(new.excluded)
        ).returning(deliveries.c.id, deliveries.c.copies)
        with self._database.begin() as connection:
            row = connection.execute(statement).one()
        return row.id, row.copies == 0

    def raised(self, delivery_id: int, job_id: int, revision: int) -> None:
        """Write down which job a delivery raised, at which revision; the latest is kept."""
        new = self._database.insert(delivery_jobs).values(
            delivery_id=delivery_id, job_id=job_id, revision=revision
        )
        statement = new.on_conflict_do_update(
            index_elements=[delivery_jobs.c.delivery_id, delivery_jobs.c.job_id],
            set_={"revision": new.excluded.revision},
        )
        with self._database.begin() as connection:
            connection.execute(statement)

    def delivery(self, delivery_id: int) -> DeliveryRecord | None:
        """The stored delivery with this id."""
        found = self._records(select(deliveries).where(deliveries.c.id == delivery_id))
        return found[0] if found else None

    def find(
        self,
        *,
        state: str | None = None,
        source: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[DeliveryRecord]:
        """Stored deliveries, newest first; of one source (``shops/nl``) or of any.

        ``before`` is the id of the last one of the part before, to go on from there.
        """
        chosen = select(deliveries).order_by(
            deliveries.c.received_at.desc(), deliveries.c.id.desc()
        )
        if before is not None:
            chosen = chosen.where(deliveries.c.id < before)
        if state is not None:
            chosen = chosen.where(deliveries.c.state == state)
        if source is not None:
            chosen = chosen.where(deliveries.c.source == source)
        return self._records(chosen.limit(limit))

    def received(
        self,
        since: datetime,
        until: datetime,
        *,
        source: str | None = None,
        after: int = 0,
        limit: int = 200,
    ) -> list[DeliveryRecord]:
        """Deliveries first received from ``since`` until before ``until``, oldest first.

        ``after`` is the id of the last one of the part before, to go on from there.
        """
        columns = deliveries.c
        chosen = select(deliveries).where(
            columns.received_at >= since.timestamp(),
            columns.received_at < until.timestamp(),
            columns.id > after,
        )
        if source is not None:
            chosen = chosen.where(columns.source == source)
        return self._records(chosen.order_by(columns.id).limit(limit))

    def after(self, after: int, sources: Sequence[str], limit: int) -> list[DeliveryRecord]:
        """Deliveries with a higher id that still have their body, of these sources or of any."""
        chosen = select(deliveries).where(deliveries.c.id > after, deliveries.c.body.is_not(None))
        if sources:
            chosen = chosen.where(deliveries.c.source.in_(sources))
        return self._records(chosen.order_by(deliveries.c.id).limit(limit))

    def find_of_job(self, job_id: int) -> list[DeliveryRecord]:
        """The deliveries that raised this job, oldest first."""
        raising = select(delivery_jobs.c.delivery_id).where(delivery_jobs.c.job_id == job_id)
        of_job = select(deliveries).where(deliveries.c.id.in_(raising))
        return self._records(of_job.order_by(deliveries.c.received_at, deliveries.c.id))

    def purge(self, before: datetime) -> int:
        """Forget headers and bodies received before that instant; returns how many."""
        forget = (
            update(deliveries)
            .where(deliveries.c.received_at < before.timestamp(), deliveries.c.body.is_not(None))
            .values(headers={}, body=None)
        )
        with self._database.begin() as connection:
            return connection.execute(forget).rowcount

    def _records(self, chosen: Select[Any]) -> list[DeliveryRecord]:
        with self._database.begin() as connection:
            rows = connection.execute(chosen).all()
            raised = _raised_by(connection, [row.id for row in rows])
        return [_record(row, raised.get(row.id, ())) for row in rows]


def _copy_of(excluded: Any) -> dict[str, Any]:
    """What a copy changes: the count, the verdict, and what was forgotten comes back."""
    was = deliveries.c
    return {
        "copies": was.copies + 1,
        "state": case((was.state == "routed", was.state), else_=excluded.state),
        "reason": case((was.state == "routed", was.reason), else_=excluded.reason),
        "headers": case((was.body.is_(None), excluded.headers), else_=was.headers),
        "body": func.coalesce(was.body, excluded.body),
    }


def _raised_by(
    connection: Connection, delivery_ids: Iterable[int]
) -> dict[int, tuple[tuple[int, int], ...]]:
    """(job id, revision) of every job that these deliveries raised."""
    links = (
        select(delivery_jobs)
        .where(delivery_jobs.c.delivery_id.in_(list(delivery_ids)))
        .order_by(delivery_jobs.c.job_id)
    )
    raised: dict[int, tuple[tuple[int, int], ...]] = {}
    for link in connection.execute(links):
        found = raised.get(link.delivery_id, ())
        raised[link.delivery_id] = (*found, (link.job_id, link.revision))
    return raised


def _record(row: Row[Any], raised: tuple[tuple[int, int], ...]) -> DeliveryRecord:
    return DeliveryRecord(
        id=row.id,
        source=row.source,
        received_at=to_instant(row.received_at),
        state=row.state,
        reason=row.reason,
        copies=row.copies,
        headers=row.headers,
        body=row.body,
        jobs=raised,
    )
