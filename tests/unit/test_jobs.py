"""How errors become endings, and how long each kind of waiting lasts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration import errors
from integration.jobs import (
    BACKOFF_CAP_SECONDS,
    MAX_ATTEMPTS,
    Flow,
    Identity,
    Job,
    Park,
    Queue,
    Retry,
    State,
    Wait,
    backoff,
    ending_of,
)
from integration.testing.clock import NOON

JOB = Job(
    id=1, identity=Identity(Flow.CREATE_ORDER, "nl", "1042"), account="main", queue=Queue.ORDERS,
    state=State.RUNNING, due_at=NOON, reason=None, code=None, revision=1, claimed_revision=1,
    attempts=0, waits=0, crashes=1, hold=False, look_first=False, blocked_on=None, progress={},
    lease_until=NOON, lease_token="token", sent_at=None, created_at=NOON, updated_at=NOON,
)  # fmt: skip


def classes(of: type[errors.BridgeError]) -> list[type[errors.BridgeError]]:
    return [each for sub in of.__subclasses__() for each in [sub, *classes(sub)]]


@pytest.mark.parametrize("kind", classes(errors.Deferred))
def test_what_is_deferred_waits_without_an_attempt_and_never_parks(
    kind: type[errors.Deferred],
) -> None:
    ending = ending_of(kind(), replace(JOB, attempts=MAX_ATTEMPTS, waits=1000), 0.5)

    assert isinstance(ending, Wait)
    assert ending.code == kind.__name__
    assert ending.reason


@pytest.mark.parametrize("kind", classes(errors.Retryable))
def test_what_may_work_later_costs_an_attempt_and_parks_after_fifteen(
    kind: type[errors.BridgeError],
) -> None:
    assert isinstance(ending_of(kind(), JOB, 0.5), Retry)
    last = ending_of(kind(), replace(JOB, attempts=MAX_ATTEMPTS - 1), 0.5)
    assert isinstance(last, Park)
    assert "15 times" in last.reason


@pytest.mark.parametrize("kind", classes(errors.Rejected))
def test_what_is_rejected_parks_at_once(kind: type[errors.BridgeError]) -> None:
    ending = ending_of(kind("order 1042 has no country"), JOB, 0.5)

    assert ending == Park("order 1042 has no country", kind.__name__)


def test_a_missing_product_is_named_so_that_its_creation_opens_the_job() -> None:
    ending = ending_of(errors.Unmappable("unknown", blocked_on="MUG-RED"), JOB, 0.5)

    assert isinstance(ending, Park)
    assert ending.blocked_on == "MUG-RED"


def test_a_fault_of_ours_parks_and_its_text_which_may_hold_anything_is_left_out() -> None:
    ending = ending_of(ValueError("a@example.org"), JOB, 0.5)

    assert isinstance(ending, Park)
    assert ending.bug
    assert "a@example.org" not in ending.reason
    assert ending.code == "Bug.ValueError"


def test_every_error_says_its_sentence_when_nothing_better_is_known() -> None:
    for kind in classes(errors.BridgeError):
        assert str(kind()) == kind.sentence()
        assert len(kind.sentence()) > 15


def test_retries_last_about_an_hour_and_a_half_in_all() -> None:
    total = sum(backoff(attempt, 1.0) for attempt in range(1, MAX_ATTEMPTS))

    assert 60 * 60 < total < 100 * 60


@given(st.integers(min_value=-3, max_value=10_000), st.floats(0, 1, exclude_max=True))
def test_the_pause_before_an_attempt_is_positive_and_bounded(attempt: int, chance: float) -> None:
    assert 0 < backoff(attempt, chance) <= BACKOFF_CAP_SECONDS


@given(st.integers(min_value=1, max_value=8))
def test_each_pause_is_at_least_as_long_as_the_one_before(attempt: int) -> None:
    assert backoff(attempt, 0.999999) <= backoff(attempt + 1, 0.0) * 1.001


def test_after_a_429_the_countdown_grows_and_is_never_below_the_servers_hint() -> None:
    first = ending_of(errors.RateLimited(), JOB, 0.5)
    fifth = ending_of(errors.RateLimited(), replace(JOB, waits=4), 0.5)
    told = ending_of(errors.RateLimited(seconds=120), JOB, 0.5)

    assert isinstance(first, Wait)
    assert isinstance(fifth, Wait)
    assert isinstance(told, Wait)
    assert first.seconds < fifth.seconds
    assert told.seconds == 120


def test_our_own_budget_names_the_moment_and_is_not_kept_in_celerys_memory() -> None:
    ending = ending_of(errors.OverBudget(seconds=7.5), JOB, 0.5)

    assert ending == Wait(7.5, errors.OverBudget.sentence(), "OverBudget", celery=False)


def test_a_held_lease_is_asked_for_again_after_one_second_up_to_five() -> None:
    pauses = [ending_of(errors.LeaseHeld(), replace(JOB, waits=waits), 0.5) for waits in range(9)]

    seconds = [pause.seconds for pause in pauses if isinstance(pause, Wait)]
    assert seconds[0] == 1.0
    assert max(seconds) == 5.0


def test_only_doubt_keeps_a_hint_from_hurrying_a_waiting_job() -> None:
    doubt = ending_of(errors.InDoubt(), JOB, 0.5)
    parcels = ending_of(errors.NotYet(seconds=300), JOB, 0.5)

    assert isinstance(doubt, Wait)
    assert isinstance(parcels, Wait)
    assert doubt.hold
    assert not parcels.hold


@pytest.mark.parametrize("kind", [errors.Paused, errors.LockedOut])
def test_after_a_pause_or_a_lock_out_the_order_is_looked_up_first(
    kind: type[errors.Deferred],
) -> None:
    ending = ending_of(kind(), JOB, 0.5)

    assert isinstance(ending, Wait)
    assert ending.look_first
