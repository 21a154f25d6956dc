"""The lines of the ledger: read, written, forgotten. ``ledger`` says how they come to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from integration.errors import Unmappable
from integration.ports import LedgerEntry, LedgerKey, LedgerState, Made
from integration.store.database import Database, to_instant
from integration.store.schema import ledger


class LedgerEntries:
    """The part of the ``Ledger`` that keeps its lines."""

    def __init__(self, database: Database) -> None:
        """Work on this store."""
        self._database = database

    def find(self, key: LedgerKey) -> LedgerEntry | None:
        """The entry of this key, settled or not."""
        row = self._row(key)
        return None if row is None else _entry(row)

    def find_by_id(self, account: str, kind: str, picqer_id: int) -> LedgerEntry | None:
        """The settled entry with this id of Picqer's."""
        return self._first(
            ledger.c.account == account, ledger.c.kind == kind, ledger.c.picqer_id == picqer_id
        )

    def find_by_reference(self, account: str, reference: str) -> LedgerEntry | None:
        """The entry of an order by its reference at Picqer."""
        return self._first(ledger.c.account == account, ledger.c.reference == reference)

    def find_by_orderid(self, account: str, orderid: str) -> LedgerEntry | None:
        """The settled entry of an order by Picqer's own number. Reads the whole ledger."""
        return self._first(
            ledger.c.account == account,
            ledger.c.kind == "order",
            ledger.c.details["orderid"].as_string() == orderid,
        )

    def unknown_productcodes(self, account: str, productcodes: Iterable[str]) -> list[str]:
        """Those of these productcodes that are not settled, in the given order."""
        wanted = list(dict.fromkeys(productcodes))
        query = select(ledger.c.subject).where(
            ledger.c.account == account,
            ledger.c.kind == "product",
            ledger.c.state == LedgerState.SETTLED,
            ledger.c.subject.in_(wanted),
        )
        with self._database.begin() as connection:
            known = set(connection.execute(query).scalars())
        return [productcode for productcode in wanted if productcode not in known]

    def count(self, account: str, kind: str, shop: str | None = None) -> int:
        """How many settled entries of this kind there are, of one shop or in all."""
        query = (
            select(func.count())
            .select_from(ledger)
            .where(ledger.c.account == account, ledger.c.kind == kind)
            .where(ledger.c.state == LedgerState.SETTLED)
        )
        if shop is not None:
            query = query.where(ledger.c.shop == shop)
        with self._database.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def adopt(self, key: LedgerKey, made: Made, *, reference: str | None = None) -> None:
        """Write down what already exists. Raises Unmappable when another key owns that id."""
        now = self._database.now_expression()
        settled: dict[str, Any] = {
            "state": LedgerState.SETTLED,
            "reference": reference,
            "picqer_id": made.picqer_id,
            "details": dict(made.details),
            "in_doubt": False,
            "owner_job": None,
            "owner_token": None,
            "look_after": None,
            "updated_at": now,
        }
        statement = self._database.insert(ledger).values(
            **columns_of(key), created_at=now, **settled
        )
        statement = statement.on_conflict_do_update(
            index_elements=["account", "kind", "shop", "subject"],
            set_=settled,
            where=ledger.c.state == LedgerState.INTENT,
        )
        try:
            with self._database.begin() as connection:
                with connection.begin_nested():
                    connection.execute(statement)
                row = connection.execute(select(ledger).where(is_entry(key))).one()
        except IntegrityError as error:
            raise self._id_taken(key, made, reference) from error
        if row.picqer_id != made.picqer_id:
            raise Unmappable(
                f"{spelt(key)} exists twice at Picqer: {row.picqer_id} and {made.picqer_id}. "
                f"Cancel one of them there, then retry."
            )

    def note(self, key: LedgerKey, details: Mapping[str, object]) -> None:
        """Add to the details of a settled entry."""
        with self._database.begin() as connection:
            present = select(ledger.c.details).where(is_entry(key)).with_for_update()
            known = connection.execute(present).scalar_one()
            connection.execute(
                update(ledger)
                .where(is_entry(key))
                .values(details={**known, **details}, updated_at=self._database.now_expression())
            )

    def forget(self, key: LedgerKey) -> None:
        """Remove an entry: the thing is gone at Picqer, or never came to be."""
        with self._database.begin() as connection:
            connection.execute(delete(ledger).where(is_entry(key)))

    def first(self, key: LedgerKey) -> bool:
        """Claim what can be done only once and not looked up: True the first time."""
        now = self._database.now_expression()
        statement = self._database.insert(ledger).values(
            **columns_of(key), state=LedgerState.SETTLED, details={}, created_at=now, updated_at=now
        )
        statement = statement.on_conflict_do_nothing().returning(ledger.c.id)
        with self._database.begin() as connection:
            return connection.execute(statement).first() is not None

    def release(self, key: LedgerKey) -> None:
        """Give such a claim back: it was refused before anything went out."""
        self.forget(key)

    def _row(self, key: LedgerKey) -> Row[Any] | None:
        with self._database.begin() as connection:
            return connection.execute(select(ledger).where(is_entry(key))).first()

    def _first(self, *conditions: Any) -> LedgerEntry | None:
        with self._database.begin() as connection:
            row = connection.execute(
                select(ledger).where(*conditions).order_by(ledger.c.id)
            ).first()
        return None if row is None else _entry(row)

    def reference_taken(self, key: LedgerKey, reference: str | None) -> Unmappable:
        """The error that says which order has this reference."""
        other = self.find_by_reference(key.account, reference or "")
        owner = spelt(other.key) if other else "another order"
        return Unmappable(
            f"reference {reference!r} of {spelt(key)} already belongs to {owner} on account "
            f"{key.account}. Give the shops different `reference` templates, then retry."
        )

    def _id_taken(self, key: LedgerKey, made: Made, reference: str | None) -> Unmappable:
        other = self.find_by_id(key.account, key.kind, made.picqer_id)
        if other is None:
            return self.reference_taken(key, reference)
        return Unmappable(
            f"Picqer's {key.kind} {made.picqer_id} already belongs to {spelt(other.key)}, so it "
            f"cannot be {spelt(key)} too. Look at both in Picqer, then retry."
        )


def columns_of(key: LedgerKey) -> dict[str, str]:
    """The columns that name an entry."""
    return {"account": key.account, "kind": key.kind, "shop": key.shop, "subject": key.subject}


def is_entry(key: LedgerKey) -> Any:
    """The condition of the one row with this key."""
    return and_(
        ledger.c.account == key.account,
        ledger.c.kind == key.kind,
        ledger.c.shop == key.shop,
        ledger.c.subject == key.subject,
    )


def spelt(key: LedgerKey) -> str:
    """The key as people read it: ``order 1042 of shop nl``."""
    where = f" of shop {key.shop}" if key.shop else ""
    return f"{key.kind} {key.subject}{where}"


def made_of(row: Row[Any]) -> Made:
    """What a settled row says is at Picqer."""
    return Made(int(row.picqer_id or 0), dict(row.details))


def _entry(row: Row[Any]) -> LedgerEntry:
    return LedgerEntry(
        key=LedgerKey(row.account, row.kind, row.shop, row.subject),
        state=LedgerState(row.state),
        reference=row.reference,
        picqer_id=row.picqer_id,
        details=dict(row.details),
        in_doubt=row.in_doubt,
        intent_at=None if row.intent_at is None else to_instant(row.intent_at),
        updated_at=to_instant(row.updated_at),
    )
