"""The ledger: what was made at Picqer, each exactly once.

Picqer has no idempotency key (no page of picqer.com/en/api names one), so an intent is committed
before every creation. An intent whose write provably changed nothing is withdrawn; only one with
an unanswered write, or whose owner died, is *in doubt*: it is waited for, looked up twice, and
created anew only when it is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Row, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from integration.crash_points import crash_point
from integration.errors import Ambiguous, BridgeError, InDoubt, LeaseHeld, Unmappable
from integration.jobs import Job
from integration.ports import LedgerEntry, LedgerKey, LedgerState, Made
from integration.store.database import Database, to_instant
from integration.store.schema import jobs, ledger

SETTLING_SECONDS = 60.0
"""After an unanswered write Picqer may still be committing; before this nothing is looked up."""
TAKE_OVER_SECONDS = 40.0
"""A dead owner's last request may still be under way this long after the take-over."""
SECOND_LOOK_SECONDS = 5.0
"""Picqer's lists lag, so absence is believed only when it was seen twice, this far apart."""
LOOKS = 2

Find = Callable[[], Made | None]
Create = Callable[[], Made]


class SqlLedger:
    """The ``Ledger`` over SQLite or PostgreSQL."""

    def __init__(self, database: Database) -> None:
        """Work on this store."""
        self._database = database

    # --- reading ---------------------------------------------------------------------------------

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

    # --- making something exactly once -----------------------------------------------------------

    def once(
        self,
        key: LedgerKey,
        *,
        owner: Job,
        reference: str | None,
        look_first: bool,
        find: Find,
        create: Create,
        on_settled: Callable[[Made], None] | None = None,
    ) -> Made:
        """Make it exist exactly once and return it; see the port."""
        row = self._row(key)
        if row is not None and row.state == LedgerState.SETTLED:
            return _made(row)
        if row is not None:
            self._take(row, key, owner)
            look_first = True
        made = self._look(key, find, doubted=row is not None) if look_first else None
        if made is None:
            self._intend(key, owner, reference)
            crash_point("ledger.after_intent", key.kind)
            made = self._create(key, owner, create)
            crash_point("ledger.after_create", key.kind)
        return self._settle(key, made, reference, on_settled)

    def resolve(
        self,
        key: LedgerKey,
        find: Find,
        *,
        on_settled: Callable[[Made], None] | None = None,
    ) -> int | None:
        """Look an intent in doubt up, never creating; None when it is absent."""
        row = self._row(key)
        if row is None:
            return None
        if row.state == LedgerState.SETTLED:
            return int(row.picqer_id)
        self._take(row, key, None)
        made = self._look(key, find, doubted=True)
        if made is None:
            self.forget(key)
            crash_point("ledger.after_absence", key.kind)
            return None
        return self._settle(key, made, row.reference, on_settled).picqer_id

    def _take(self, row: Row[Any], key: LedgerKey, owner: Job | None) -> None:
        """Make an unsettled intent ours to look up, or say why not and when."""
        mine = owner is not None and row.owner_token == owner.lease_token
        if not mine and self._owner_lives(row):
            raise LeaseHeld(f"another job is just making {_spell(key)} at Picqer")
        now = self._database.now().timestamp()
        if not row.in_doubt:
            look_after = max((row.intent_at or now) + SETTLING_SECONDS, now + TAKE_OVER_SECONDS)
            self._doubt(key, look_after)
            crash_point("ledger.after_take_over", key.kind)
            row_look_after = look_after
        else:
            row_look_after = row.look_after or now
        if row_look_after > now:
            raise InDoubt(
                f"it is not certain whether {_spell(key)} reached Picqer; it is looked up there "
                f"before anything is sent again",
                seconds=row_look_after - now,
            )

    def _owner_lives(self, row: Row[Any]) -> bool:
        if row.owner_job is None:
            return False
        query = select(jobs.c.id).where(
            jobs.c.id == row.owner_job,
            jobs.c.state == "running",
            jobs.c.lease_token == row.owner_token,
            jobs.c.lease_until > self._database.now_expression(),
        )
        with self._database.begin() as connection:
            return connection.execute(query).first() is not None

    def _look(self, key: LedgerKey, find: Find, *, doubted: bool) -> Made | None:
        """Search at Picqer; what was in doubt has to be absent twice to be believed absent."""
        made = find()
        if made is not None or not doubted:
            return made
        with self._database.begin() as connection:
            looks = connection.execute(
                update(ledger)
                .where(_is(key))
                .values(
                    looks=ledger.c.looks + 1,
                    look_after=self._database.now_expression() + SECOND_LOOK_SECONDS,
                )
                .returning(ledger.c.looks)
            ).scalar_one()
        crash_point("ledger.after_look", key.kind)
        if looks < LOOKS:
            raise InDoubt(
                f"{_spell(key)} was not found at Picqer; its lists lag, so it is looked up once "
                f"more before it is created",
                seconds=SECOND_LOOK_SECONDS,
            )
        return None

    def _intend(self, key: LedgerKey, owner: Job, reference: str | None) -> None:
        """Commit the intent, with everything that is needed to look it up."""
        now = self._database.now_expression()
        values: dict[str, Any] = {
            "state": LedgerState.INTENT,
            "reference": reference,
            "picqer_id": None,
            "details": {},
            "in_doubt": False,
            "owner_job": owner.id,
            "owner_token": owner.lease_token,
            "intent_at": now,
            "look_after": None,
            "looks": 0,
            "updated_at": now,
        }
        statement = self._database.insert(ledger).values(**_columns(key), created_at=now, **values)
        statement = statement.on_conflict_do_update(
            index_elements=["account", "kind", "shop", "subject"],
            set_=values,
            where=and_(ledger.c.state == LedgerState.INTENT, ledger.c.in_doubt),
        )
        try:
            with self._database.begin() as connection:
                written = connection.execute(statement.returning(ledger.c.id)).first()
        except IntegrityError as error:
            other = self.find_by_reference(key.account, reference or "")
            if other is not None and other.key != key:
                raise self._reference_taken(key, reference) from error
            written = None  # PostgreSQL may notice a rival's intent by its reference first.
        if written is None:
            raise LeaseHeld(f"another job is just making {_spell(key)} at Picqer")

    def _create(self, key: LedgerKey, owner: Job, create: Create) -> Made:
        """Send it; afterwards the intent is settled, withdrawn or in doubt."""
        try:
            return create()
        except Ambiguous:
            crash_point("ledger.before_doubt", key.kind)
            self._doubt(key, self._database.now().timestamp() + SETTLING_SECONDS)
            crash_point("ledger.after_doubt", key.kind)
            raise
        except BridgeError:
            self._withdraw(key, owner)
            crash_point("ledger.after_withdrawal", key.kind)
            raise
        except Exception:
            self._doubt(key, self._database.now().timestamp() + SETTLING_SECONDS)
            raise

    def _withdraw(self, key: LedgerKey, owner: Job) -> None:
        """Take our own intent back; one that another run has taken over meanwhile stays."""
        ours = and_(_is(key), ledger.c.state == LedgerState.INTENT)
        with self._database.begin() as connection:
            connection.execute(
                delete(ledger).where(ours, ledger.c.owner_token == owner.lease_token)
            )

    def _doubt(self, key: LedgerKey, look_after: float) -> None:
        with self._database.begin() as connection:
            connection.execute(
                update(ledger)
                .where(_is(key), ledger.c.state == LedgerState.INTENT)
                .values(
                    in_doubt=True, look_after=look_after, looks=0, owner_job=None, owner_token=None
                )
            )

    def _settle(
        self,
        key: LedgerKey,
        made: Made,
        reference: str | None,
        on_settled: Callable[[Made], None] | None,
    ) -> Made:
        """Write down that it exists, together with what follows from it."""
        with self._database.transaction():
            self.adopt(key, made, reference=reference)
            if on_settled is not None:
                on_settled(made)
            crash_point("ledger.before_settle", key.kind)
        crash_point("ledger.after_settle", key.kind)
        return made

    # --- writing down ----------------------------------------------------------------------------

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
        statement = self._database.insert(ledger).values(**_columns(key), created_at=now, **settled)
        statement = statement.on_conflict_do_update(
            index_elements=["account", "kind", "shop", "subject"],
            set_=settled,
            where=ledger.c.state == LedgerState.INTENT,
        )
        try:
            with self._database.begin() as connection:
                with connection.begin_nested():
                    connection.execute(statement)
                row = connection.execute(select(ledger).where(_is(key))).one()
        except IntegrityError as error:
            raise self._id_taken(key, made, reference) from error
        if row.picqer_id != made.picqer_id:
            raise Unmappable(
                f"{_spell(key)} exists twice at Picqer: {row.picqer_id} and {made.picqer_id}. "
                f"Cancel one of them there, then retry."
            )

    def note(self, key: LedgerKey, details: Mapping[str, object]) -> None:
        """Add to the details of a settled entry."""
        with self._database.begin() as connection:
            present = select(ledger.c.details).where(_is(key)).with_for_update()
            known = connection.execute(present).scalar_one()
            connection.execute(
                update(ledger)
                .where(_is(key))
                .values(details={**known, **details}, updated_at=self._database.now_expression())
            )

    def forget(self, key: LedgerKey) -> None:
        """Remove an entry: the thing is gone at Picqer, or never came to be."""
        with self._database.begin() as connection:
            connection.execute(delete(ledger).where(_is(key)))

    def first(self, key: LedgerKey) -> bool:
        """Claim what can be done only once and not looked up: True the first time."""
        now = self._database.now_expression()
        statement = self._database.insert(ledger).values(
            **_columns(key), state=LedgerState.SETTLED, details={}, created_at=now, updated_at=now
        )
        statement = statement.on_conflict_do_nothing().returning(ledger.c.id)
        with self._database.begin() as connection:
            return connection.execute(statement).first() is not None

    def release(self, key: LedgerKey) -> None:
        """Give such a claim back: it was refused before anything went out."""
        self.forget(key)

    # --- inside ----------------------------------------------------------------------------------

    def _row(self, key: LedgerKey) -> Row[Any] | None:
        with self._database.begin() as connection:
            return connection.execute(select(ledger).where(_is(key))).first()

    def _first(self, *conditions: Any) -> LedgerEntry | None:
        with self._database.begin() as connection:
            row = connection.execute(
                select(ledger).where(*conditions).order_by(ledger.c.id)
            ).first()
        return None if row is None else _entry(row)

    def _reference_taken(self, key: LedgerKey, reference: str | None) -> Unmappable:
        other = self.find_by_reference(key.account, reference or "")
        owner = _spell(other.key) if other else "another order"
        return Unmappable(
            f"reference {reference!r} of {_spell(key)} already belongs to {owner} on account "
            f"{key.account}. Give the shops different `reference` templates, then retry."
        )

    def _id_taken(self, key: LedgerKey, made: Made, reference: str | None) -> Unmappable:
        other = self.find_by_id(key.account, key.kind, made.picqer_id)
        if other is None:
            return self._reference_taken(key, reference)
        return Unmappable(
            f"Picqer's {key.kind} {made.picqer_id} already belongs to {_spell(other.key)}, so it "
            f"cannot be {_spell(key)} too. Look at both in Picqer, then retry."
        )


def _columns(key: LedgerKey) -> dict[str, str]:
    return {"account": key.account, "kind": key.kind, "shop": key.shop, "subject": key.subject}


def _is(key: LedgerKey) -> Any:
    return and_(
        ledger.c.account == key.account,
        ledger.c.kind == key.kind,
        ledger.c.shop == key.shop,
        ledger.c.subject == key.subject,
    )


def _spell(key: LedgerKey) -> str:
    where = f" of shop {key.shop}" if key.shop else ""
    return f"{key.kind} {key.subject}{where}"


def _made(row: Row[Any]) -> Made:
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
