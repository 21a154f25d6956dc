"""Pauses: a person holds back a flow, a shop, or everything, until a person lets it go on."""

from __future__ import annotations

from sqlalchemy import delete, select

from integration.errors import Paused
from integration.jobs import Flow
from integration.store.database import Database
from integration.store.schema import pauses

ANY = ""
"""In the table, a pause of every flow or of every shop."""


class Pauses:
    """The pausing part of the ``Gate`` port."""

    def __init__(self, database: Database) -> None:
        """Keep pauses in this store."""
        self._database = database

    def admit(self, flow: Flow, shop: str) -> None:
        """Raises Paused while a person paused this flow or shop."""
        holding = select(pauses.c.flow, pauses.c.shop, pauses.c.who).where(
            pauses.c.flow.in_([ANY, flow.value]), pauses.c.shop.in_([ANY, shop])
        )
        with self._database.begin() as connection:
            row = connection.execute(holding.limit(1)).one_or_none()
        if row is not None:
            what = " of ".join(part for part in (row.flow or "everything", row.shop) if part)
            raise Paused(f"{row.who} paused {what}; `picqer-bridge resume` lets it go on")

    def pause(self, flow: Flow | None, shop: str | None, who: str) -> None:
        """Pause a flow, a shop, or (both None) everything; survives restarts."""
        new = self._database.insert(pauses).values(
            flow=flow or ANY, shop=shop or ANY, who=who, at=self._database.now_expression()
        )
        statement = new.on_conflict_do_update(
            index_elements=[pauses.c.flow, pauses.c.shop],
            set_={"who": new.excluded.who, "at": new.excluded.at},
        )
        with self._database.begin() as connection:
            connection.execute(statement)

    def resume(self, flow: Flow | None, shop: str | None, who: str) -> None:
        """Undo exactly that pause; ``who`` is for the caller's log."""
        del who
        undone = delete(pauses).where(
            pauses.c.flow == (flow or ANY), pauses.c.shop == (shop or ANY)
        )
        with self._database.begin() as connection:
            connection.execute(undone)

    def pauses(self) -> list[tuple[str | None, str | None, str]]:
        """(flow, shop, who) of each pause."""
        with self._database.begin() as connection:
            rows = connection.execute(select(pauses).order_by(pauses.c.flow, pauses.c.shop)).all()
        return [(row.flow or None, row.shop or None, row.who) for row in rows]
