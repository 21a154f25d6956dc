"""What Picqer's headers and its 429 do to the limit."""

from __future__ import annotations

import pytest

from integration.errors import OverBudget, RateLimited
from integration.jobs import Lane
from integration.picqer.limiter import Delay
from integration.ports import Permit
from tests.contract.limiter.conftest import NewLimiter
from tests.contract.limiter.simulation import VirtualTime


def test_the_first_request_goes_alone_until_a_header_was_seen(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    probe = limiter.take(Lane.ORDERS, patience=0.0)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Delay)
    limiter.answered(probe, 500, 499)
    for _ in range(5):
        limiter.take(Lane.ORDERS, patience=0.0)


def test_without_headers_requests_are_spread_over_the_minute(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter(default_limit=60)
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), None, None)
    began = time.at
    for _ in range(5):
        limiter.answered(limiter.take(Lane.ORDERS, patience=3.0), None, None)
    assert time.at - began == pytest.approx(5.0, abs=0.1)


def test_the_limit_follows_the_header_at_once(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
    first, second = (limiter.take(Lane.ORDERS, patience=0.0) for _ in range(2))
    limiter.answered(first, 100, 98)
    assert limiter.view().limit == 100
    limiter.answered(second, 800, 797)
    assert limiter.view().limit == 800


def test_a_header_older_than_the_last_applied_is_ignored(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
    earlier, later = (limiter.take(Lane.ORDERS, patience=0.0) for _ in range(2))
    limiter.answered(later, 100, 97)
    limiter.answered(earlier, 500, 498)
    assert limiter.view().limit == 100


@pytest.mark.parametrize("nonsense", [0, -5, 100_001])
def test_a_header_out_of_bounds_is_not_believed(new_limiter: NewLimiter, nonsense: int) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), nonsense, 0)
    assert (limiter.view().limit, limiter.view().foreign_use) == (500, 0)


def test_what_others_use_is_left_to_them_for_a_minute_and_the_largest_counts(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 399)
    assert limiter.view().foreign_use == 100
    time.sleep(10.0)
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 458)
    assert limiter.view().foreign_use == 100
    time.sleep(49.9)
    assert limiter.view().foreign_use == 100
    time.sleep(1.2)
    assert limiter.view().foreign_use == 40
    time.sleep(10.0)
    assert limiter.view().foreign_use == 0


def test_our_own_requests_are_never_taken_for_those_of_others(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
    permits = [limiter.take(Lane.ORDERS, patience=0.0) for _ in range(6)]
    for permit in permits:
        limiter.answered(permit, 500, 493)
    assert limiter.view().foreign_use == 0


def test_room_is_the_limit_less_what_others_use(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 5, 1)
    limiter.take(Lane.ORDERS, patience=31.0)
    with pytest.raises(OverBudget):
        limiter.take(Lane.ORDERS, patience=0.0)


def test_a_refusal_pauses_every_process_and_lane_for_five_seconds(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    one, other = new_limiter(), new_limiter()
    one.answered(one.take(Lane.ORDERS, patience=0.0), 500, 499)
    assert one.refused(one.take(Lane.ORDERS, patience=0.0), None) == pytest.approx(5.0)
    for lane in Lane:
        with pytest.raises(RateLimited) as pause:
            other.take(lane, patience=3.0)
        assert pause.value.seconds == pytest.approx(5.0)
    assert other.view().refused == 1
    time.sleep(5.1)
    other.take(Lane.ORDERS, patience=0.0)


def test_a_longer_retry_after_is_honoured(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    assert limiter.refused(limiter.take(Lane.ORDERS, patience=0.0), 37.0) == pytest.approx(37.0)


def test_an_endless_retry_after_is_cut(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    assert limiter.refused(limiter.take(Lane.ORDERS, patience=0.0), 1e9) == pytest.approx(900.0)


def test_after_the_pause_one_probe_goes_and_its_refusal_doubles_the_pause_up_to_a_minute(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
    pauses = []
    pause = limiter.refused(limiter.take(Lane.ORDERS, patience=0.0), None)
    for _ in range(5):
        pauses.append(round(pause))
        time.sleep(pause + 0.01)
        probe = limiter.take(Lane.ORDERS, patience=0.0)
        assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Delay)
        pause = limiter.refused(probe, None)
    assert [*pauses, round(pause)] == [5, 10, 20, 40, 60, 60]


def test_refusals_of_requests_sent_before_the_pause_do_not_double_it(
    new_limiter: NewLimiter,
) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
    flying = [limiter.take(Lane.ORDERS, patience=0.0) for _ in range(4)]
    assert [round(limiter.refused(permit, None)) for permit in flying] == [5, 5, 5, 5]


def test_after_a_good_probe_the_rate_ramps_up_and_then_is_free_again(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 600, 599)
    limiter.refused(limiter.take(Lane.ORDERS, patience=0.0), None)
    time.sleep(5.1)
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 600, 597)
    began = time.at
    for _ in range(4):
        limiter.answered(limiter.take(Lane.ORDERS, patience=3.0), 600, 590)
    assert 0.6 < time.at - began < 1.0
    time.sleep(10.0)
    began = time.at
    for _ in range(20):
        limiter.answered(limiter.take(Lane.ORDERS, patience=3.0), 600, 570)
    assert time.at == began


def test_an_unanswered_probe_makes_room_for_the_next_one(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.refused(limiter.take(Lane.ORDERS, patience=0.0), None)
    time.sleep(5.1)
    limiter.unanswered(limiter.take(Lane.ORDERS, patience=0.0))
    time.sleep(1.0)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Permit)


def test_a_refusal_that_names_a_lower_limit_resizes_at_once(new_limiter: NewLimiter) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
    limiter.refused(limiter.take(Lane.ORDERS, patience=0.0), None, 100)
    assert (limiter.view().limit, limiter.view().foreign_use) == (100, 0)


def test_an_unexplained_refusal_leaves_others_a_fifth_more_for_a_minute(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    limiter = new_limiter()
    limiter.answered(limiter.take(Lane.ORDERS, patience=0.0), 500, 499)
    limiter.refused(limiter.take(Lane.ORDERS, patience=0.0), None)
    assert limiter.view().foreign_use == 100
    time.sleep(61.1)
    assert limiter.view().foreign_use == 0


def test_after_a_silence_what_was_refused_to_others_is_waited_for(
    new_limiter: NewLimiter, time: VirtualTime
) -> None:
    """The server may have counted it: there is room for sure when we hold half of the limit."""
    limiter = new_limiter()
    for number in range(18):
        if number == 6:
            time.sleep(5.0)
        permit = limiter.take(Lane.ORDERS, patience=0.0)
        limiter.answered(permit, 20, {0: 19, 17: 0}.get(number))
    assert limiter.view().foreign_use == 2
    time.sleep(55.2)
    assert limiter.view().in_use == 12
    with pytest.raises(OverBudget) as refusal:
        limiter.take(Lane.ORDERS, patience=0.0)
    assert refusal.value.seconds == pytest.approx(4.85, abs=0.1)
    time.sleep(4.9)
    assert isinstance(limiter.ask(Lane.ORDERS, patience=0.0), Permit)
