"""Acts on many jobs at once: what was asked, and how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from integration.jobs import Flow, State
from integration.ports import Act, BulkAct, BulkState, JobFilter
from integration.store.audit import LONGEST_WHO
from integration.store.database import Database, to_instant
from integration.store.job_list import matching
from integration.store.job_rows import plain
from integration.store.schema import bulk_acts, jobs


class SqlBulkActs:
    """The ``BulkActs`` port in SQL."""

    def __init__(self, database: Database) -> None:
        """Keep these acts in this store."""
        self._database = database

    def begin(self, act: Act, which: JobFilter, who: str, note: str | None) -> BulkAct:
        """Write down what is to be done to whatever matches now. Does none of it yet."""
        matched = select(func.count(), func.max(jobs.c.id)).where(*matching(which))
        with self._database.begin() as connection:
            total, newest = connection.execute(matched).one()
            new = self._database.insert(bulk_acts).values(
                at=self._database.now_expression(),
                who=plain(who)[:LONGEST_WHO],
                act=act.value,
                which=_written(which),
                note=None if note is None else plain(note),
                total=total,
                newest_id=newest or 0,
                state=(BulkState.RUNNING if total else BulkState.DONE).value,
            )
            return _bulk_act(connection.execute(new.returning(bulk_acts)).one())

    def find(self, bulk_id: int, *, lock: bool = False) -> BulkAct | None:
        """The act with this id; ``lock`` keeps other steps of it waiting until the commit."""
        statement = select(bulk_acts).where(bulk_acts.c.id == bulk_id)
        with self._database.begin() as connection:
            chosen = statement.with_for_update() if lock else statement
            row = connection.execute(chosen).one_or_none()
        return None if row is None else _bulk_act(row)

    def latest(self, limit: int = 20) -> list[BulkAct]:
        """The latest acts, newest first."""
        statement = select(bulk_acts).order_by(bulk_acts.c.id.desc()).limit(limit)
        with self._database.begin() as connection:
            return [_bulk_act(row) for row in connection.execute(statement)]

    def advance(self, bulk_id: int, *, last_id: int, done: int, refused: int) -> BulkAct:
        """A step dealt with the jobs up to ``last_id``: these counts are added."""
        return self._change(
            bulk_id,
            last_id=last_id,
            done=bulk_acts.c.done + done,
            refused=bulk_acts.c.refused + refused,
        )

    def finish(self, bulk_id: int, state: BulkState) -> BulkAct:
        """It came to its end, or a person stopped it."""
        return self._change(bulk_id, state=state.value)

    def _change(self, bulk_id: int, **values: Any) -> BulkAct:
        changed = update(bulk_acts).where(bulk_acts.c.id == bulk_id).values(**values)
        with self._database.begin() as connection:
            return _bulk_act(connection.execute(changed.returning(bulk_acts)).one())


def _written(which: JobFilter) -> dict[str, object]:
    """The filter as JSON, without what nobody asked for."""
    values = {field.name: getattr(which, field.name) for field in fields(which)}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if value is not None and name not in ("limit", "offset")
    }


def _read(written: dict[str, Any]) -> JobFilter:
    kinds: dict[str, Callable[[Any], Any]] = {
        "state": State,
        "backfilled": bool,
        "flow": Flow,
        "changed_since": datetime.fromisoformat,
        "changed_before": datetime.fromisoformat,
        "reasons": tuple,
    }
    values: dict[str, Any] = {name: kinds.get(name, str)(value) for name, value in written.items()}
    return JobFilter(**values)


def _bulk_act(row: Row[Any]) -> BulkAct:
    return BulkAct(
        id=row.id,
        at=to_instant(row.at),
        who=row.who,
        act=Act(row.act),
        which=_read(row.which),
        note=row.note,
        total=row.total,
        last_id=row.last_id,
        newest_id=row.newest_id,
        done=row.done,
        refused=row.refused,
        state=BulkState(row.state),
    )
