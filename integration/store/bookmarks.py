"""Small facts to go on from, one JSON value each: polling cursors, VAT groups, warehouses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from integration.store.database import Database, to_instant
from integration.store.schema import bookmarks


class SqlBookmarks:
    """The ``Bookmarks`` port in SQL."""

    def __init__(self, database: Database) -> None:
        """Keep bookmarks in this store."""
        self._database = database

    def get(self, scope: str, name: str) -> tuple[object, datetime] | None:
        """The JSON value and when it was set; None when it never was."""
        kept = select(bookmarks).where(bookmarks.c.scope == scope, bookmarks.c.name == name)
        with self._database.begin() as connection:
            row = connection.execute(kept).one_or_none()
        return None if row is None else (row.value, to_instant(row.at))

    def set(self, scope: str, name: str, value: object) -> None:
        """Keep a JSON value without personal data, in the place of the one before."""
        new = self._database.insert(bookmarks).values(
            scope=scope, name=name, value=value, at=self._database.now_expression()
        )
        statement = new.on_conflict_do_update(
            index_elements=[bookmarks.c.scope, bookmarks.c.name],
            set_={"value": new.excluded.value, "at": new.excluded.at},
        )
        with self._database.begin() as connection:
            connection.execute(statement)
