"""The acts of people, one row each; nothing changes or removes them but an erasure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Select, or_, select

from integration.ports import Act, AuditEntry, AuditFilter
from integration.store.database import Database, to_instant
from integration.store.job_rows import plain
from integration.store.schema import audit

LONGEST_ABOUT = 400
LONGEST_WHO = 120


class SqlAudit:
    """The ``Audit`` port in SQL."""

    def __init__(self, database: Database) -> None:
        """Keep acts in this store."""
        self._database = database

    def write(self, entry: AuditEntry) -> AuditEntry:
        """Keep an act; returns it with its id and its instant."""
        new = self._database.insert(audit).values(
            at=self._database.now_expression(),
            who=plain(entry.who)[:LONGEST_WHO],
            act=entry.act.value,
            about=plain(entry.about)[:LONGEST_ABOUT],
            note=None if entry.note is None else plain(entry.note),
            job_id=entry.job_id,
            shop=entry.shop,
            order_id=entry.order_id,
            delivery_id=entry.delivery_id,
            data=dict(entry.data),
        )
        with self._database.begin() as connection:
            return _entry(connection.execute(new.returning(audit)).one())

    def find(self, which: AuditFilter) -> list[AuditEntry]:
        """Acts that match, the latest first."""
        with self._database.begin() as connection:
            return [_entry(row) for row in connection.execute(_matching(which))]


def _matching(which: AuditFilter) -> Select[Any]:
    columns = audit.c
    equal = {
        columns.act: None if which.act is None else which.act.value,
        columns.who: which.who,
        columns.job_id: which.job_id,
        columns.shop: which.shop,
        columns.order_id: which.order_id,
        columns.delivery_id: which.delivery_id,
    }
    found = select(audit).where(
        *(one == value for one, value in equal.items() if value is not None)
    )
    if which.since is not None:
        found = found.where(columns.at >= which.since.timestamp())
    if which.until is not None:
        found = found.where(columns.at < which.until.timestamp())
    if which.text:
        searched = (columns.about, columns.who, columns.note)
        found = found.where(or_(*(one.icontains(which.text, autoescape=True) for one in searched)))
    return found.order_by(columns.id.desc()).limit(which.limit).offset(which.offset)


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=to_instant(row.at),
        who=row.who,
        act=Act(row.act),
        about=row.about,
        note=row.note,
        job_id=row.job_id,
        shop=row.shop,
        order_id=row.order_id,
        delivery_id=row.delivery_id,
        data=row.data,
    )
