"""The judgement of a storm: each promise is seen broken when it is, and only then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration.jobs import Flow, Identity, Job, Queue, State
from tests.unit.day.pages import AT_PICQER, COMPLETED, PAGE, SENT, order_books, stock_books
from workers.chaos.verdict import Seen, judge, judge_unsettled
from workers.day.books import NO_BOOKS

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
JOB = Job(
    id=1,
    identity=Identity(Flow.CREATE_ORDER, "demo", "1042"),
    account="main",
    queue=Queue.ORDERS,
    state=State.DONE,
    due_at=NOW,
    reason="in Picqer",
    code=None,
    revision=3,
    claimed_revision=3,
    attempts=0,
    waits=0,
    crashes=0,
    hold=False,
    look_first=False,
    blocked_on=None,
    progress={},
    lease_until=None,
    lease_token=None,
    sent_at=None,
    created_at=NOW,
    updated_at=NOW,
)
GOOD = Seen(
    books=NO_BOOKS,
    jobs=(JOB,),
    now=NOW,
    accepted=5,
    stored=5,
    astray=(),
    busiest={"rejected": 0},
    spared=0,
    mails=(("1042", "7"),),
    leaks=(),
)
LONG_AGO = NOW - timedelta(minutes=5)
CONCEPT = replace(AT_PICQER, status="concept")
PARKED = replace(JOB, state=State.PARKED, reason="it was packed already", code="Unmappable")


def broken(**changes: Any) -> list[str]:
    """The promises that are broken when this differs from a good storm."""
    return [one.promise for one in judge(replace(GOOD, **changes)) if not one.held]


def test_a_storm_in_which_all_went_well_breaks_nothing() -> None:
    assert broken() == []
    assert broken(books=order_books(COMPLETED)) == []
    assert broken(books=stock_books()) == []


@pytest.mark.parametrize(
    ("promise", "changes"),
    [
        ("P1", {"books": order_books(at_picqer=())}),
        ("P1", {"books": order_books(at_picqer=(AT_PICQER, AT_PICQER))}),
        ("P1", {"books": order_books(at_picqer=(CONCEPT,))}),
        ("P1", {"books": order_books(at_picqer=()), "jobs": (PARKED,)}),
        ("P1", {"books": order_books(to_ship=False)}),
        ("P2", {"stored": 4}),
        ("P2", {"astray": ("delivery 7 led to nothing",)}),
        ("P2", {"jobs": (replace(JOB, state=State.OPEN, due_at=LONG_AGO),)}),
        ("P2", {"jobs": (replace(JOB, state=State.RUNNING, lease_until=LONG_AGO),)}),
        ("P2", {"jobs": (replace(JOB, claimed_revision=2),)}),
        ("P3", {"busiest": {"rejected": 11}, "spared": 10}),
        ("P4", {"books": stock_books(shown=38)}),
        ("P5", {"mails": (("1042", "7"), ("1042", "7"))}),
        ("P5", {"books": order_books(COMPLETED, shipped={})}),
        ("P5", {"books": order_books(COMPLETED, shipped={"7": SENT, "8": SENT})}),
        ("P6", {"jobs": (replace(PARKED, reason=None),)}),
        ("P6", {"jobs": (replace(PARKED, code="Bug.KeyError"),)}),
        ("P7", {"leaks": ("worker.log holds a text that begins with 'jan'",)}),
    ],
)
def test_each_promise_is_seen_broken(promise: str, changes: dict[str, Any]) -> None:
    assert broken(**changes) == [promise]


def test_what_a_person_has_to_decide_is_no_broken_promise() -> None:
    cancelled = order_books(to_ship=False)
    assert broken(books=cancelled, jobs=(PARKED,)) == []


def test_an_order_that_was_cancelled_after_it_left_stays_at_picqer() -> None:
    assert broken(books=order_books(COMPLETED, to_ship=False)) == []


def test_refusals_that_the_faults_caused_are_spared() -> None:
    assert broken(busiest={"rejected": 10}, spared=10) == []


def test_before_it_is_at_rest_only_what_must_always_hold_is_judged() -> None:
    missing = replace(GOOD, books=order_books(at_picqer=()), stored=0)
    assert [one.held for one in judge_unsettled(missing)] == [True] * 4
    doubled = replace(GOOD, books=order_books(PAGE, at_picqer=(AT_PICQER, AT_PICQER)))
    assert not judge_unsettled(doubled)[0].held
