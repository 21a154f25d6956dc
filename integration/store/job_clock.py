"""The store's clock was set: a SQLite file goes by its machine's clock, which people set.

After it was set back, moments that were written before lie in the future, and whatever waits for
one would wait for as long as the clock went back; a row that says that it changed later than now
gives itself away. After it was set ahead everything is due, also what was to be left alone for a
minute because Picqer may still be committing it; that nothing in the store tells.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select, update

from integration.jobs import LEASE_SECONDS, State
from integration.ports import LedgerState
from integration.store.job_rows import JobTable
from integration.store.ledger import SETTLING_SECONDS
from integration.store.schema import births, first_sights, jobs, ledger

SLACK_SECONDS = 5.0
"""Clocks are corrected by less than this all the time."""
MOST_AT_ONCE = 1000
"""The rest has its turn at the mover's next tick."""
_UNDER_WAY = (State.OPEN.value, State.RUNNING.value)


class JobClock(JobTable):
    """The part of the ``Jobs`` port that looks after moments."""

    def mend_after_set_back(self) -> int:
        """Let what waits for a moment wait from now on for as long as it was to; returns how many.

        A lease ends 20 s from now at the latest, and what is in doubt is looked up in a minute:
        never sooner than it would have been. Rows in the hands of others are left to the next time.
        """
        now = self._database.now_expression()
        newest = select(func.max(jobs.c.updated_at) - now)
        with self._database.begin() as connection:
            ahead = connection.execute(newest).scalar_one()
            if ahead is None or ahead <= SLACK_SECONDS:
                return 0
            _mend_beginnings(connection, now)
            found = list(connection.execute(_from_the_future(now)).scalars())
            if found:
                connection.execute(_as_of(now).where(jobs.c.id.in_(found)))
                _mend_doubts(connection, now)
        return len(found)

    def mend_after_set_ahead(self) -> int:
        """Leave whatever is in doubt alone for a minute from now; returns how many that are."""
        settling = self._database.now_expression() + SETTLING_SECONDS
        doubted = update(ledger).where(ledger.c.state == LedgerState.INTENT, ledger.c.in_doubt)
        with self._database.begin() as connection:
            return connection.execute(doubted.values(look_after=settling)).rowcount


def _from_the_future(now: Any) -> Any:
    """Jobs under way that changed later than now; locked in the order of their identities."""
    later = jobs.c.updated_at > now + SLACK_SECONDS
    held = and_(
        jobs.c.state == State.RUNNING.value,
        jobs.c.lease_until > now + LEASE_SECONDS + SLACK_SECONDS,
    )
    return (
        select(jobs.c.id)
        .where(jobs.c.state.in_(_UNDER_WAY), or_(later, held))
        .order_by(jobs.c.flow, jobs.c.shop, jobs.c.subject)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )


def _as_of(now: Any) -> Any:
    was = jobs.c
    left = case((was.due_at > was.updated_at, was.due_at - was.updated_at), else_=0.0)
    latest = now + LEASE_SECONDS
    return update(jobs).values(
        due_at=case((was.due_at > now, now + left), else_=was.due_at),
        lease_until=case((was.lease_until > latest, latest), else_=was.lease_until),
        waiting_since=case((was.waiting_since > now, now), else_=was.waiting_since),
        sent_at=None,
        updated_at=now,
    )


def _mend_beginnings(connection: Connection, now: Any) -> None:
    """Orders placed from now on are not from before a birth or a first sight in the future."""
    for moment in (first_sights.c.at, births.c.born_at):
        later = update(moment.table).where(moment > now)
        connection.execute(later.values({moment: now}))


def _mend_doubts(connection: Connection, now: Any) -> None:
    """What is in doubt, or being made, at Picqer."""
    settling = now + SETTLING_SECONDS
    connection.execute(
        update(ledger)
        .where(ledger.c.state == LedgerState.INTENT)
        .where(or_(ledger.c.intent_at > now, ledger.c.look_after > settling))
        .values(
            intent_at=case((ledger.c.intent_at > now, now), else_=ledger.c.intent_at),
            look_after=case((ledger.c.look_after > settling, settling), else_=ledger.c.look_after),
        )
    )
