"""Breakers and lock-outs: the other side is silent or refuses the key, so nearly all work waits.

A scope is ``picqer/main`` or ``shops/nl``. Five requests in a row without an answer open its
breaker for 15 s, then 30, 60 and 120 s: after each of these one probe is let through, and its fate
decides. A refused key holds everything but one probe a minute. Any answer closes the breaker.
"""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, or_, select, update

from integration.clock import SystemClock
from integration.errors import LockedOut, Unreachable
from integration.ports import Clock
from integration.store.database import Database
from integration.store.job_rows import plain
from integration.store.schema import breakers

FAILURES_IN_A_ROW = 5
FIRST_OPEN_SECONDS = 15.0
LONGEST_OPEN_SECONDS = 120.0
LOCK_OUT_SECONDS = 60.0
QUIET_SECONDS = 1.0
"""How long a process relies on having seen that a breaker has nothing to reset."""


class Breakers:
    """The breaker part of the ``Gate`` port."""

    def __init__(self, database: Database, *, clock: Clock | None = None) -> None:
        """Keep breakers in this store; ``clock`` only ages what this process remembers."""
        self._database = database
        self._clock = clock or SystemClock()
        self._quiet_until: dict[str, float] = {}
        self._probing = threading.local()

    def check(self, scope: str) -> None:
        """Let a request pass, or one probe at a time while the breaker is open.

        Raises LockedOut or Unreachable with the seconds until the next probe.
        """
        if self._is_quiet(scope):
            return
        row = self._look(scope)
        if row is None or not (row.locked_out or row.failures >= FAILURES_IN_A_ROW):
            return
        if _is_over(row) and self._take_probe(row):
            self._probes().add(scope)
            return
        raise _held(row)

    def answered(self, scope: str) -> None:
        """The other side answered: close the breaker and end a lock-out, if there is any."""
        self._probes().discard(scope)
        if self._is_quiet(scope) or self._look(scope) is None:
            return
        reset = update(breakers).where(breakers.c.scope == scope)
        with self._database.begin() as connection:
            connection.execute(reset.values(**self._closed()))

    def unanswered(self, scope: str) -> None:
        """The other side did not answer; after five in a row the breaker opens.

        While it is open only the probe's silence counts: requests that were under way when it
        opened tell nothing new.
        """
        was_probe = scope in self._probes()
        self._probes().discard(scope)
        self._quiet_until.pop(scope, None)
        was = breakers.c
        counts = or_(was.failures < FAILURES_IN_A_ROW, literal(was_probe))
        failures = was.failures + 1
        now = self._database.now_expression()
        new = self._database.insert(breakers).values(scope=scope, failures=1, updated_at=now)
        statement = new.on_conflict_do_update(
            index_elements=[was.scope],
            set_={
                "failures": case((counts, failures), else_=was.failures),
                "open_until": case((counts, _open_until(now)), else_=was.open_until),
                "updated_at": now,
            },
        )
        with self._database.begin() as connection:
            connection.execute(statement)

    def lock_out(self, scope: str, reason: str) -> bool:
        """The key is refused: hold the whole account but for one probe a minute.

        Returns whether it was not locked out yet: of many that are refused at once, one began it.
        """
        self._probes().discard(scope)
        self._quiet_until.pop(scope, None)
        now = self._database.now_expression()
        changes = {
            "locked_out": True,
            "reason": plain(reason),
            "open_until": now + LOCK_OUT_SECONDS,
            "updated_at": now,
        }
        new = self._database.insert(breakers).values(scope=scope, updated_at=now)
        here = update(breakers).where(breakers.c.scope == scope).values(**changes)
        with self._database.begin() as connection:
            connection.execute(new.on_conflict_do_nothing(index_elements=[breakers.c.scope]))
            if connection.execute(here.where(~breakers.c.locked_out)).rowcount == 1:
                return True
            connection.execute(here)
        return False

    def locked_out(self) -> list[str]:
        """The scopes that refuse their key at the moment: ``picqer/main``."""
        refusing = select(breakers.c.scope).where(breakers.c.locked_out)
        with self._database.begin() as connection:
            return list(connection.execute(refusing.order_by(breakers.c.scope)).scalars())

    def _look(self, scope: str) -> Row[Any] | None:
        """The breaker's row when there is anything in it; remembers for a second when not."""
        now = self._database.now_expression().label("now")
        disturbed = or_(breakers.c.failures > 0, breakers.c.locked_out)
        which = select(breakers, now).where(and_(breakers.c.scope == scope, disturbed))
        with self._database.begin() as connection:
            row = connection.execute(which).one_or_none()
        if row is None:
            self._quiet_until[scope] = self._clock.monotonic() + QUIET_SECONDS
        return row

    def _is_quiet(self, scope: str) -> bool:
        return self._clock.monotonic() < self._quiet_until.get(scope, float("-inf"))

    def _take_probe(self, row: Row[Any]) -> bool:
        """Be the one that goes through: move ``open_until`` on, unless somebody else just did."""
        seconds = LOCK_OUT_SECONDS if row.locked_out else FIRST_OPEN_SECONDS
        mine = (
            update(breakers)
            .where(breakers.c.scope == row.scope, breakers.c.open_until == row.open_until)
            .values(open_until=self._database.now_expression() + seconds)
        )
        with self._database.begin() as connection:
            return connection.execute(mine).rowcount == 1

    def _probes(self) -> set[str]:
        """The scopes that this thread sent a probe to."""
        if not hasattr(self._probing, "scopes"):
            self._probing.scopes = set()
        scopes: set[str] = self._probing.scopes
        return scopes

    def _closed(self) -> dict[str, Any]:
        return {
            "failures": 0,
            "locked_out": False,
            "reason": None,
            "open_until": None,
            "updated_at": self._database.now_expression(),
        }


def _open_until(now: ColumnElement[float]) -> ColumnElement[Any]:
    """Not open below five failures; from there 15 s that double with each failed probe."""
    was = breakers.c
    failures = was.failures + 1
    steps = [
        (failures == FAILURES_IN_A_ROW + step, now + FIRST_OPEN_SECONDS * 2**step)
        for step in range(3)
    ]
    still_closed = (failures < FAILURES_IN_A_ROW, was.open_until)
    opened = case(still_closed, *steps, else_=now + LONGEST_OPEN_SECONDS)
    return case((was.locked_out, func.coalesce(was.open_until, now)), else_=opened)


def _is_over(row: Row[Any]) -> bool:
    """Whether a probe is due: also when it is due later than ever, because a clock was set back."""
    return not row.now < row.open_until <= row.now + LONGEST_OPEN_SECONDS


def _held(row: Row[Any]) -> LockedOut | Unreachable:
    seconds = max(1.0, row.open_until - row.now)
    if row.locked_out:
        return LockedOut(
            f"{row.scope} refuses the key ({row.reason}); check the key and the account. "
            "One probe a minute goes out, and it goes on by itself.",
            seconds=seconds,
        )
    return Unreachable(
        f"{row.scope} did not answer {row.failures} times in a row; it is probed again shortly",
        seconds=seconds,
    )
