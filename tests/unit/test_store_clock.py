"""What a process learns elsewhere is reckoned by the store's clock, whatever its own says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from integration.errors import StoreAway
from integration.flows.eligibility import Fate, judge
from integration.http.client import Answer
from integration.http.server_clock import ServerClock
from integration.store.clock import FRESH_SECONDS, StoreClock
from integration.store.database import Database
from integration.testing.clock import HandClock
from integration.testing.samples import ORDER

TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def theirs() -> HandClock:
    return HandClock()


@pytest.fixture
def database(theirs: HandClock) -> Iterator[Database]:
    made = Database("sqlite://", clock=theirs)
    yield made
    made.dispose()


@contextmanager
def away(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse() -> None:
        raise StoreAway

    with monkeypatch.context() as patch:
        patch.setattr(database, "now", refuse)
        yield


@pytest.mark.parametrize("off", [-TEN_MINUTES, timedelta(0), TEN_MINUTES])
def test_it_tells_the_stores_time_whatever_our_own_clock_says(
    database: Database, theirs: HandClock, off: timedelta
) -> None:
    clock = StoreClock(database, HandClock(theirs.now() + off))

    assert clock.now() == theirs.now()


@pytest.mark.parametrize("jump", [-TEN_MINUTES, TEN_MINUTES])
def test_it_goes_on_telling_it_when_our_own_clock_jumps(
    database: Database, theirs: HandClock, jump: timedelta
) -> None:
    own = HandClock(theirs.now())
    clock = StoreClock(database, own)
    clock.now()

    own.set_to(own.now() + jump)

    assert clock.now() == theirs.now()


def test_it_asks_the_store_seldom(
    database: Database, theirs: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = HandClock(theirs.now())
    clock = StoreClock(database, own)
    asked = []
    now = database.now
    monkeypatch.setattr(database, "now", lambda: asked.append(1) or now())
    for _ in range(10):
        clock.now()
        own.advance(FRESH_SECONDS / 10)
    assert len(asked) == 1
    clock.now()
    assert len(asked) == 2


def test_while_the_store_is_away_it_goes_by_what_it_knew(
    database: Database, theirs: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = HandClock(theirs.now() - TEN_MINUTES)
    clock = StoreClock(database, own)
    with away(database, monkeypatch):
        assert clock.now() == own.now(), "better than nothing"
    clock.now()
    own.advance(2 * FRESH_SECONDS)
    with away(database, monkeypatch):
        assert clock.now() == own.now() + TEN_MINUTES


def test_a_file_goes_by_the_clock_of_its_machine() -> None:
    own = HandClock()
    assert StoreClock(Database("sqlite://"), own).now() == own.now()


@pytest.mark.parametrize("off", [-TEN_MINUTES, TEN_MINUTES])
def test_nothing_of_a_shop_is_missed_by_a_process_whose_clock_is_off(
    database: Database, theirs: HandClock, off: timedelta
) -> None:
    """The bookmark is the store's time, and the shop is asked in its own."""
    shop = ServerClock(StoreClock(database, HandClock(theirs.now() + off)))
    shop.heard(Answer(200, None, {}, theirs.now()))

    assert shop.offset == timedelta(0)
    assert shop.since(theirs.now()) <= theirs.now()


def test_an_order_of_now_is_not_too_old_for_a_process_that_is_ten_minutes_behind(
    database: Database, theirs: HandClock
) -> None:
    """It would be taken for one from before the shop was first seen, and never be brought."""
    first_sight = theirs.now()
    theirs.advance(5)
    shop = ServerClock(StoreClock(database, HandClock(theirs.now() - TEN_MINUTES)))
    shop.heard(Answer(200, None, {}, theirs.now()))
    order = replace(ORDER, placed_at=theirs.now(), paid_at=theirs.now())

    assert judge(order, first_sight, shop.offset).fate is Fate.SHIP
