"""The ledger: what was made at Picqer, each exactly once.

Picqer has no idempotency key (no page of picqer.com/en/api names one), so an intent is committed
before every creation. An intent whose write provably changed nothing is withdrawn; only one with
an unanswered write, or whose owner died, is *in doubt*: it is waited for, looked up twice, and
created anew only when it is absent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, and_, delete, select, update
from sqlalchemy.exc import IntegrityError

from integration.crash_points import crash_point
from integration.errors import Ambiguous, BridgeError, InDoubt, LeaseHeld
from integration.jobs import Job
from integration.ports import LedgerKey, LedgerState, Made
from integration.store.ledger_entries import LedgerEntries, columns_of, is_entry, made_of, spelt
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


class SqlLedger(LedgerEntries):
    """The ``Ledger`` over SQLite or PostgreSQL."""

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
            return made_of(row)
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
            raise LeaseHeld(f"another job is just making {spelt(key)} at Picqer")
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
                f"it is not certain whether {spelt(key)} reached Picqer; it is looked up there "
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
                .where(is_entry(key))
                .values(
                    looks=ledger.c.looks + 1,
                    look_after=self._database.now_expression() + SECOND_LOOK_SECONDS,
                )
                .returning(ledger.c.looks)
            ).scalar_one()
        crash_point("ledger.after_look", key.kind)
        if looks < LOOKS:
            raise InDoubt(
                f"{spelt(key)} was not found at Picqer; its lists lag, so it is looked up once "
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
        statement = self._database.insert(ledger).values(
            **columns_of(key), created_at=now, **values
        )
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
                raise self.reference_taken(key, reference) from error
            written = None  # PostgreSQL may notice a rival's intent by its reference first.
        if written is None:
            raise LeaseHeld(f"another job is just making {spelt(key)} at Picqer")

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
        ours = and_(is_entry(key), ledger.c.state == LedgerState.INTENT)
        with self._database.begin() as connection:
            connection.execute(
                delete(ledger).where(ours, ledger.c.owner_token == owner.lease_token)
            )

    def _doubt(self, key: LedgerKey, look_after: float) -> None:
        with self._database.begin() as connection:
            connection.execute(
                update(ledger)
                .where(is_entry(key), ledger.c.state == LedgerState.INTENT)
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
