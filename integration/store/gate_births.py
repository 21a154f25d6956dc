"""Birth and heartbeats: what tells a store that went on from one that was restored.

A restored backup does not know what was made since, so what was paid before the birth is looked up
at Picqer before it is created. A store is born when it is made; and again when a process starts
more than two minutes after the last heartbeat, or a running process does not find the number that
it wrote.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from integration.store.database import Database, to_instant
from integration.store.schema import births, first_sights, heartbeats

GAP_SECONDS = 120.0
"""A start this long after the last heartbeat makes the store be born again."""
FORGET_SECONDS = 86400.0
"""A process that was silent for a day is no longer listed."""
_ONLY = 1


class Births:
    """The remembering part of the ``Gate`` port."""

    def __init__(self, database: Database) -> None:
        """Keep the birth and the heartbeats in this store."""
        self._database = database

    def first_sight(self, account: str, shop: str) -> datetime:
        """When this store first saw the shop on this account; written at the first question."""
        seen = select(first_sights.c.at).where(
            first_sights.c.account == account, first_sights.c.shop == shop
        )
        now = self._database.now_expression()
        new = self._database.insert(first_sights).values(account=account, shop=shop, at=now)
        with self._database.begin() as connection:
            at = connection.execute(seen).scalar_one_or_none()
            if at is None:
                connection.execute(new.on_conflict_do_nothing())
                at = connection.execute(seen).scalar_one()
        return to_instant(at)

    def cut_over(self, account: str, shop: str) -> datetime:
        """The shop goes over to this service now: as if it were seen first at this moment."""
        now = self._database.now_expression()
        with self._database.begin() as connection:
            self.first_sight(account, shop)
            connection.execute(
                update(first_sights)
                .values(at=now)
                .where(first_sights.c.account == account, first_sights.c.shop == shop)
            )
            return self.first_sight(account, shop)

    def birth(self) -> datetime:
        """When this store was born, or born again after a gap in its heartbeat."""
        return to_instant(self._row().born_at)

    def gap_since(self) -> datetime | None:
        """The last heartbeat before the latest rebirth: reconcile from there; None: never."""
        since = self._row().gap_since
        return None if since is None else to_instant(since)

    def installation(self) -> str:
        """A short id of this store, made once; it is part of the names of our hooks."""
        return str(self._row().installation)

    def beat(self, process: str, number: int, *, in_order: bool = True) -> int:
        """This process lives: returns the number to say next time (0: it is starting).

        ``process`` is this process' own name, not shared with any other that runs. ``in_order``:
        it also gets on with its work.
        """
        with self._database.begin() as connection:
            born = self._present(connection, lock=True)
            starting = number == 0
            found = self._say(connection, process, number, in_order=in_order)
            late = born.now - born.heartbeat_at > GAP_SECONDS
            values: dict[str, Any] = {"heartbeat_at": born.now}
            if late if starting else not found:
                values |= {"born_at": born.now, "gap_since": _gap(born)}
            connection.execute(update(births).values(**values))
            if starting:
                forgotten = heartbeats.c.at < born.now - FORGET_SECONDS
                connection.execute(delete(heartbeats).where(forgotten))
        return number + 1

    def heartbeats(self) -> Mapping[str, datetime]:
        """When each process was last seen."""
        with self._database.begin() as connection:
            rows = connection.execute(select(heartbeats).order_by(heartbeats.c.process)).all()
        return {row.process: to_instant(row.at) for row in rows}

    def in_order(self) -> Mapping[str, datetime]:
        """When each process last got on with its work; those that never did are left out."""
        working = select(heartbeats).where(heartbeats.c.in_order_at.is_not(None))
        with self._database.begin() as connection:
            rows = connection.execute(working.order_by(heartbeats.c.process)).all()
        return {row.process: to_instant(row.in_order_at) for row in rows}

    def _row(self) -> Row[Any]:
        with self._database.begin() as connection:
            return self._present(connection)

    def _present(self, connection: Connection, *, lock: bool = False) -> Row[Any]:
        """The one row of the birth with the database's clock; written at the first question."""
        now = self._database.now_expression()
        present = select(births, now.label("now")).where(births.c.id == _ONLY)
        if lock:
            present = present.with_for_update()
        row = connection.execute(present).one_or_none()
        if row is None:
            new = self._database.insert(births).values(
                id=_ONLY, installation=secrets.token_hex(4), born_at=now, heartbeat_at=now
            )
            connection.execute(new.on_conflict_do_nothing())
            row = connection.execute(present).one()
        return row

    def _say(self, connection: Connection, process: str, number: int, *, in_order: bool) -> bool:
        """Write the process' next number; False when the one it wrote last is not there."""
        now = self._database.now_expression()
        values: dict[str, Any] = {"number": number + 1, "at": now}
        if in_order:
            values["in_order_at"] = now
        mine = heartbeats.c.process == process
        next_one = update(heartbeats).where(mine, heartbeats.c.number == number)
        if connection.execute(next_one.values(**values)).rowcount == 1:
            return True
        new = self._database.insert(heartbeats).values(process=process, **values)
        statement = new.on_conflict_do_update(
            index_elements=[heartbeats.c.process],
            set_={name: new.excluded[name] for name in values},
        )
        connection.execute(statement)
        return False


def _gap(born: Row[Any]) -> float:
    """Since when beats are missing; several processes that notice one restore keep the first."""
    if born.gap_since is not None and born.now - born.born_at <= GAP_SECONDS:
        return float(min(born.gap_since, born.heartbeat_at))
    return float(born.heartbeat_at)
