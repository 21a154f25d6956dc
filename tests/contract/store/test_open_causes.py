"""What is wrong and who was told: one row per cause, and one teller per message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.ports import OpenCause
from integration.store.database import Database
from integration.store.open_causes import SqlOpenCauses
from integration.testing.clock import NOON, HandClock

CAUSE = "parked create_order nl Unmappable"


@pytest.fixture
def causes(database: Database) -> SqlOpenCauses:
    return SqlOpenCauses(database)


@pytest.fixture
def known(causes: SqlOpenCauses) -> OpenCause:
    return causes.seen(CAUSE, "it parked")


def test_a_cause_keeps_the_moment_it_was_first_seen(
    causes: SqlOpenCauses, known: OpenCause, clock: HandClock
) -> None:
    clock.advance(60)
    again = causes.seen(CAUSE, "it parked again")
    assert (known.seen_at, again.seen_at) == (NOON, NOON)
    assert causes.all() == [again]
    assert again.sentence == "it parked again"


@pytest.mark.parametrize(("told", "since"), [(False, 121), (True, 0)])
def test_one_that_nobody_looked_at_begins_anew_unless_a_person_knows_of_it(
    causes: SqlOpenCauses, known: OpenCause, clock: HandClock, told: bool, since: float
) -> None:
    if told:
        causes.told(known, 1)
    clock.advance(121)
    assert causes.seen(CAUSE, "it parked").seen_at == NOON + timedelta(seconds=since)


def test_only_one_may_send_a_message_and_after_a_while_another(
    causes: SqlOpenCauses, known: OpenCause, clock: HandClock
) -> None:
    assert causes.claim(known, 60)
    assert not causes.claim(known, 60)
    clock.advance(60)
    assert causes.claim(known, 60)


def test_who_looked_before_a_message_went_out_cannot_send_it_again(
    causes: SqlOpenCauses, known: OpenCause, clock: HandClock
) -> None:
    assert causes.claim(known, 60)
    clock.advance(5)
    causes.told(known, 3)
    assert not causes.claim(known, 60)
    (after,) = causes.all()
    assert (after.messages, after.told_count) == (1, 3)
    assert after.told_at == NOON + timedelta(seconds=5)
    assert causes.claim(after, 60)


def test_a_cause_is_gone_since_the_first_look_that_did_not_see_it(
    causes: SqlOpenCauses, known: OpenCause, clock: HandClock
) -> None:
    causes.gone(known.cause)
    clock.advance(10)
    causes.gone(known.cause)
    assert [cause.gone_at for cause in causes.all()] == [NOON]
    assert causes.seen(CAUSE, "it parked").gone_at is None


def test_what_is_over_is_forgotten(causes: SqlOpenCauses, known: OpenCause) -> None:
    causes.forget(known.cause)
    assert causes.all() == []
    assert not causes.claim(known, 60)
