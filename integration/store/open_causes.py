"""The ``OpenCauses`` port in SQL: what is wrong, and what a person was told of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, and_, case, delete, func, or_, select, update

from integration.ports import OpenCause
from integration.store.database import Database, to_instant
from integration.store.schema import open_causes

UNWATCHED_SECONDS = 120.0
"""A cause nobody looked at for this long may have come and gone meanwhile."""
_was = open_causes.c


class SqlOpenCauses:
    """Open causes in a table, one row each."""

    def __init__(self, database: Database) -> None:
        """Keep them in this store."""
        self._database = database

    def all(self) -> list[OpenCause]:
        """Every cause that is not over, the one that was seen first first."""
        rows = select(open_causes).order_by(_was.seen_at, _was.cause)
        with self._database.begin() as connection:
            return [_to_cause(row) for row in connection.execute(rows)]

    def seen(self, cause: str, sentence: str) -> OpenCause:
        """It is there now. One that nobody looked at for two minutes, untold, begins anew."""
        now = self._database.now_expression()
        new = self._database.insert(open_causes).values(
            cause=cause, sentence=sentence, seen_at=now, looked_at=now
        )
        unwatched = and_(_was.messages == 0, _was.looked_at < now - UNWATCHED_SECONDS)
        statement = new.on_conflict_do_update(
            index_elements=[_was.cause],
            set_={
                "sentence": new.excluded.sentence,
                "seen_at": case((unwatched, now), else_=_was.seen_at),
                "looked_at": now,
                "gone_at": None,
            },
        )
        with self._database.begin() as connection:
            return _to_cause(connection.execute(statement.returning(open_causes)).one())

    def gone(self, cause: str) -> None:
        """It is not there now; the first such look counts until it is seen again."""
        now = self._database.now_expression()
        self._update(cause, {"gone_at": func.coalesce(_was.gone_at, now), "looked_at": now})

    def claim(self, known: OpenCause, seconds: float) -> bool:
        """Be the only one to send the next message about it, for so long; False: another is."""
        now = self._database.now_expression()
        free = or_(_was.claimed_until.is_(None), _was.claimed_until <= now)
        mine = (
            update(open_causes)
            .where(_was.cause == known.cause, _was.messages == known.messages, free)
            .values(claimed_until=now + seconds)
        )
        with self._database.begin() as connection:
            return connection.execute(mine).rowcount == 1

    def told(self, known: OpenCause, count: int) -> None:
        """The message that was claimed went out, with this count."""
        values = {
            "messages": known.messages + 1,
            "told_at": self._database.now_expression(),
            "told_count": count,
            "claimed_until": None,
        }
        self._update(known.cause, values)

    def forget(self, cause: str) -> None:
        """It is over, and nobody has to be told any more."""
        with self._database.begin() as connection:
            connection.execute(delete(open_causes).where(_was.cause == cause))

    def _update(self, cause: str, values: dict[str, Any]) -> None:
        with self._database.begin() as connection:
            connection.execute(update(open_causes).where(_was.cause == cause).values(**values))


def _to_cause(row: Row[Any]) -> OpenCause:
    return OpenCause(
        cause=row.cause,
        sentence=row.sentence,
        seen_at=to_instant(row.seen_at),
        gone_at=None if row.gone_at is None else to_instant(row.gone_at),
        messages=row.messages,
        told_at=None if row.told_at is None else to_instant(row.told_at),
        told_count=row.told_count,
    )
