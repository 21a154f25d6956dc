"""Deliveries: stored once, copies counted, forgotten in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from integration.jobs import Delivery, Identity
from integration.store.database import Database
from integration.store.inbox import SqlInbox
from integration.store.jobs import SqlJobs
from integration.store.schema import deliveries
from integration.testing.clock import NOON, HandClock

PAID = Delivery("shops/nl", {"webhook-id": "msg_1"}, b'{"type": "order.paid", "\xff": 1}')


@pytest.fixture
def inbox(database: Database) -> SqlInbox:
    return SqlInbox(database)


def test_a_delivery_is_kept_as_it_came_in(inbox: SqlInbox) -> None:
    delivery_id, new = inbox.add(PAID, "routed", None)

    assert new
    [record] = inbox.find()
    assert (record.id, record.source, record.state, record.reason) == (
        delivery_id,
        "shops/nl",
        "routed",
        None,
    )
    assert (record.headers, record.body) == (PAID.headers, PAID.body)
    assert (record.received_at, record.copies, record.jobs) == (NOON, 0, ())


def test_a_copy_is_counted_and_not_stored(inbox: SqlInbox) -> None:
    first, _ = inbox.add(PAID, "routed", None)
    copy = Delivery(PAID.source, {"webhook-id": "msg_2"}, PAID.body)

    assert inbox.add(copy, "routed", None) == (first, False)
    assert inbox.add(copy, "routed", None) == (first, False)

    [record] = inbox.find()
    assert (record.copies, record.headers) == (2, PAID.headers)


def test_the_same_bytes_from_another_source_are_another_delivery(inbox: SqlInbox) -> None:
    first, _ = inbox.add(PAID, "routed", None)
    second, new = inbox.add(Delivery("shops/be", {}, PAID.body), "routed", None)

    assert new
    assert first != second


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (("parked", "no such field"), ("routed", None), ("routed", None)),
        (("ignored", "no hint"), ("parked", "no such field"), ("parked", "no such field")),
        (("routed", None), ("ignored", "nothing changed"), ("routed", None)),
    ],
)
def test_a_delivery_once_routed_stays_so_and_else_the_latest_verdict_counts(
    inbox: SqlInbox,
    first: tuple[str, str | None],
    second: tuple[str, str | None],
    kept: tuple[str, str | None],
) -> None:
    inbox.add(PAID, *first)
    inbox.add(PAID, *second)

    [record] = inbox.find()
    assert (record.state, record.reason) == kept


def test_deliveries_are_listed_newest_first_and_by_state(inbox: SqlInbox, clock: HandClock) -> None:
    for number, state in enumerate(["routed", "parked", "routed"]):
        inbox.add(Delivery("shops/nl", {}, b"%d" % number), state, None)
        clock.advance(1)

    assert [record.body for record in inbox.find()] == [b"2", b"1", b"0"]
    assert [record.body for record in inbox.find(limit=1)] == [b"2"]
    assert [record.body for record in inbox.find(state="parked")] == [b"1"]


def test_a_delivery_tells_which_jobs_it_raised_and_a_job_which_deliveries_raised_it(
    inbox: SqlInbox, jobs: SqlJobs, order: Identity, clock: HandClock
) -> None:
    job = jobs.hint(order, "main")
    first, _ = inbox.add(PAID, "routed", None)
    inbox.raised(first, job.id, 1)
    inbox.raised(first, job.id, 2)
    clock.advance(1)
    second, _ = inbox.add(Delivery("shops/nl", {}, b"{}"), "routed", None)
    inbox.raised(second, job.id, 3)
    inbox.add(Delivery("shops/nl", {}, b"[]"), "ignored", "no hint")

    of_job = inbox.find_of_job(job.id)

    assert [(record.id, record.jobs) for record in of_job] == [
        (first, ((job.id, 2),)),
        (second, ((job.id, 3),)),
    ]


def test_old_headers_and_bodies_are_forgotten_and_the_rest_is_kept(
    database: Database, inbox: SqlInbox, clock: HandClock
) -> None:
    inbox.add(PAID, "routed", None)
    clock.advance(60)
    inbox.add(Delivery("shops/nl", {"a": "b"}, b"{}"), "routed", None)
    limit = clock.now() - timedelta(seconds=30)

    assert inbox.purge(limit) == 1
    assert inbox.purge(limit) == 0

    recent, old = inbox.find()
    assert (recent.body, recent.headers) == (b"{}", {"a": "b"})
    assert (old.body, old.headers, old.received_at) == (None, {}, NOON)
    with database.begin() as connection:
        assert connection.execute(select(deliveries.c.digest)).scalars().all()


def test_a_forgotten_delivery_that_comes_again_is_there_again(
    inbox: SqlInbox, clock: HandClock
) -> None:
    first, _ = inbox.add(PAID, "parked", "no such field")
    clock.advance(60)
    inbox.purge(clock.now())

    assert inbox.add(PAID, "parked", "no such field") == (first, False)

    [record] = inbox.find()
    assert (record.body, record.headers) == (PAID.body, PAID.headers)
