"""Redis emptied or restored, and processes that start: nothing is sent too much."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis

from integration.errors import NoLimiter, OverBudget, RateLimited, StoreAway
from integration.jobs import Lane
from integration.picqer.limiter import Delay
from tests.contract.limiter.conftest import NewLimiter
from tests.contract.limiter.simulation import VirtualTime


def forget_everything(client: redis.Redis) -> None:
    client.flushdb()


def test_living_processes_give_an_emptied_redis_their_last_minute_back(
    new_limiter: NewLimiter, limiter_client: redis.Redis, time: VirtualTime
) -> None:
    one, other = new_limiter(), new_limiter()
    one.answered(one.take(Lane.ORDERS, patience=0.0), 100, 99)
    for limiter in (one, other):
        for _ in range(20):
            limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 100, None)
    flying = other.take(Lane.STOCK, patience=0.0)
    time.sleep(30.0)
    forget_everything(limiter_client)
    probe = one.take(Lane.ORDERS, patience=0.0)
    assert isinstance(other.ask(Lane.ORDERS, patience=0.0), Delay)
    view = one.view()
    assert (view.in_use, view.limit) == (43, 100)
    other.answered(flying, 100, 57)
    one.answered(probe, 100, 56)
    time.sleep(30.1)
    assert one.view().in_use == 2


def test_seeding_twice_counts_nothing_twice(
    new_limiter: NewLimiter, limiter_client: redis.Redis
) -> None:
    limiter = new_limiter()
    for _ in range(3):
        limiter.answered(limiter.take(Lane.ORDERS, patience=1.0), 100, 97)
        forget_everything(limiter_client)
    limiter.budget(1.0)
    assert limiter.view().in_use == 3


def test_the_calls_of_a_process_that_died_count_after_redis_was_emptied(
    new_limiter: NewLimiter, limiter_client: redis.Redis, time: VirtualTime
) -> None:
    dead, living = new_limiter(), new_limiter(recent_calls=lambda: 25)
    dead.answered(dead.take(Lane.ORDERS, patience=0.0), 100, 99)
    for _ in range(19):
        dead.answered(dead.take(Lane.ORDERS, patience=0.0), 100, None)
    living.answered(living.take(Lane.ORDERS, patience=0.0), 100, None)
    forget_everything(limiter_client)
    living.budget(1.0)
    assert living.view().in_use == 25
    time.sleep(60.1)
    assert living.view().in_use == 0


def test_what_a_living_process_gives_back_takes_the_place_of_what_the_store_counted(
    new_limiter: NewLimiter, limiter_client: redis.Redis
) -> None:
    one, other = new_limiter(recent_calls=lambda: 12), new_limiter(recent_calls=lambda: 12)
    one.answered(one.take(Lane.ORDERS, patience=0.0), 100, 99)
    for limiter in (one, other):
        for _ in range(5):
            limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 100, None)
    forget_everything(limiter_client)
    one.budget(1.0)
    assert one.view().in_use == 12
    other.budget(1.0)
    assert other.view().in_use == 12, "eleven of living processes, and one more that was counted"


def test_no_more_than_the_limit_is_held_for_what_the_store_counted(
    new_limiter: NewLimiter, limiter_client: redis.Redis
) -> None:
    limiter = new_limiter(recent_calls=lambda: 10_000)
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 100, 99)
    forget_everything(limiter_client)
    limiter.budget(1.0)
    assert limiter.view().in_use == 100


def test_while_the_store_cannot_say_how_many_nothing_is_sent(
    new_limiter: NewLimiter, limiter_client: redis.Redis
) -> None:
    def away() -> int:
        raise StoreAway

    limiter = new_limiter(recent_calls=away)
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 100, 99)
    forget_everything(limiter_client)
    with pytest.raises(NoLimiter, match="store"):
        limiter.take(Lane.ORDERS, patience=0.0)


def test_a_pause_survives_an_emptied_redis(
    new_limiter: NewLimiter, limiter_client: redis.Redis, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.refused(limiter.take(Lane.ORDERS, patience=0.0), 30.0)
    time.sleep(10.0)
    forget_everything(limiter_client)
    with pytest.raises(RateLimited) as pause:
        limiter.take(Lane.ORDERS, patience=0.0)
    assert pause.value.seconds == pytest.approx(20.0, abs=0.1)


def test_a_state_older_than_what_a_process_has_seen_counts_as_lost(
    new_limiter: NewLimiter, limiter_client: redis.Redis
) -> None:
    limiter = new_limiter("restored")
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 100, 99)
    keys = [str(key) for key in limiter_client.keys("*{restored}*")]
    state = next(key for key in keys if key.endswith(":record"))
    limiter_client.copy(state, "before")
    for _ in range(10):
        limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 100, 89)
    limiter_client.delete(*keys)
    limiter_client.rename("before", state)
    probe = limiter.take(Lane.ORDERS, patience=1.0)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Delay)
    limiter.answered(probe, 100, 88)
    assert limiter.view().in_use == 12


def test_a_starting_process_waits_out_the_last_minute_of_the_store(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.start(time.now() - timedelta(seconds=20))
    with pytest.raises(OverBudget, match="after a restart") as refusal:
        limiter.take(Lane.ORDERS, patience=3.0)
    assert refusal.value.seconds == pytest.approx(40.05, abs=0.01)
    time.sleep(40.1)
    limiter.take(Lane.ORDERS, patience=0.0)


def test_a_starting_process_does_not_hold_up_a_limit_that_is_alive(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    living = new_limiter()
    living.answered(living.take(Lane.ORDERS, patience=0.0), 500, 499)
    starting = new_limiter()
    starting.start(time.now() - timedelta(seconds=1))
    starting.take(Lane.ORDERS, patience=0.0)


def test_a_process_that_starts_while_the_very_first_request_is_under_way_holds_nobody_up(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    first, second = new_limiter(), new_limiter()
    first.start(None)
    probe = first.take(Lane.BULK, patience=0.0)
    second.start(time.now())
    first.answered(probe, 500, 499)
    second.take(Lane.ORDERS, patience=0.0)


def test_a_process_that_starts_while_another_runs_its_very_first_job_holds_nobody_up(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    first, second = new_limiter(), new_limiter()
    first.start(None)
    second.start(time.now())  # the first one's job runs, and has asked for no permit yet
    first.take(Lane.BULK, patience=0.0)


def test_a_process_that_starts_does_not_prolong_what_the_first_one_waits_out(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    first, second = new_limiter(), new_limiter()
    first.start(time.now() - timedelta(seconds=50))
    time.sleep(5)
    second.start(time.now())  # the first one's job runs, and was given no permit
    time.sleep(5.1)
    first.take(Lane.ORDERS, patience=0.0)


def test_a_process_that_starts_after_others_gave_their_last_minute_back_holds_nobody_up(
    new_limiter: NewLimiter, limiter_client: redis.Redis, time: VirtualTime
) -> None:
    living = new_limiter()
    living.answered(living.take(Lane.ORDERS, patience=0.0), 500, 499)
    forget_everything(limiter_client)
    living.budget(1.0)
    starting = new_limiter()
    starting.start(time.now() - timedelta(seconds=1))
    starting.take(Lane.ORDERS, patience=0.0)


@pytest.mark.parametrize("ago", [None, 61.0])
def test_a_starting_process_with_nothing_recent_begins_at_once(
    new_limiter: NewLimiter, time: VirtualTime, ago: float | None
) -> None:
    limiter = new_limiter()
    limiter.start(None if ago is None else time.now() - timedelta(seconds=ago))
    limiter.take(Lane.ORDERS, patience=0.0)
