"""Stored deliveries by time and source, in parts, for replaying them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.jobs import Delivery
from integration.store.database import Database
from integration.store.inbox import SqlInbox
from integration.testing.clock import NOON, HandClock

HOUR = timedelta(hours=1)


@pytest.fixture
def inbox(database: Database, clock: HandClock) -> SqlInbox:
    """Four deliveries, an hour apart from noon on, of two sources by turns."""
    made = SqlInbox(database)
    for number in range(4):
        source = "shops/nl" if number % 2 == 0 else "picqer/main"
        made.add(Delivery(source, {}, b"%d" % number), "ignored", "why")
        clock.advance(3600)
    return made


def test_deliveries_come_oldest_first_from_the_first_moment_until_before_the_last(
    inbox: SqlInbox,
) -> None:
    found = inbox.received(NOON + HOUR, NOON + 3 * HOUR)
    assert [record.body for record in found] == [b"1", b"2"]


def test_a_long_list_comes_in_parts(inbox: SqlInbox) -> None:
    everything = (NOON, NOON + 9 * HOUR)
    first = inbox.received(*everything, limit=3)
    second = inbox.received(*everything, limit=3, after=first[-1].id)
    assert [record.body for record in (*first, *second)] == [b"0", b"1", b"2", b"3"]
    assert inbox.received(*everything, after=second[-1].id) == []


def test_one_source_can_be_asked_for(inbox: SqlInbox) -> None:
    found = inbox.received(NOON, NOON + 9 * HOUR, source="shops/nl")
    assert [record.body for record in found] == [b"0", b"2"]
    newest = inbox.find(source="picqer/main", limit=1)
    assert [record.body for record in newest] == [b"3"]
