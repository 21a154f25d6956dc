"""The five ways of counting a minute, each to the request and to the second."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.sandbox.picqer.rate_windows import RateLimit, WindowKind, new_window

KINDS: list[WindowKind] = [
    "fixed",
    "first_hit",
    "sliding",
    "sliding_counting_rejections",
    "token_bucket",
]


def use_up(rate: RateLimit, now: float) -> int:
    """The number of requests let through at one moment."""
    allowed = 0
    while rate.admit(now).allowed:
        allowed += 1
    return allowed


@pytest.mark.parametrize("kind", KINDS)
def test_the_limit_and_not_one_more_is_let_through_at_one_moment(kind: WindowKind) -> None:
    rate = RateLimit(7, kind)
    assert use_up(rate, 600.0) == 7


@pytest.mark.parametrize("kind", KINDS)
def test_the_headers_count_down_to_nought(kind: WindowKind) -> None:
    rate = RateLimit(3, kind)
    verdicts = [rate.admit(600.0) for _ in range(4)]
    assert [(verdict.limit, verdict.remaining) for verdict in verdicts] == [
        (3, 2),
        (3, 1),
        (3, 0),
        (3, 0),
    ]


def test_a_fixed_window_begins_anew_with_the_minute_of_the_clock() -> None:
    rate = RateLimit(5, "fixed")
    assert use_up(rate, 659.0) == 5
    assert use_up(rate, 659.9) == 0
    assert use_up(rate, 660.0) == 5


def test_a_first_hit_window_lasts_sixty_seconds_from_its_first_request() -> None:
    rate = RateLimit(5, "first_hit")
    assert rate.admit(659.0).allowed
    assert use_up(rate, 700.0) == 4
    assert use_up(rate, 718.9) == 0
    assert use_up(rate, 719.0) == 5


def test_a_first_hit_window_opens_at_the_request_after_a_pause() -> None:
    rate = RateLimit(1, "first_hit")
    assert rate.admit(0.0).allowed
    assert rate.admit(100.0).allowed
    assert not rate.admit(159.9).allowed
    assert rate.admit(160.0).allowed


def test_a_sliding_window_frees_each_request_sixty_seconds_after_it() -> None:
    rate = RateLimit(2, "sliding")
    assert rate.admit(0.0).allowed
    assert rate.admit(30.0).allowed
    assert not rate.admit(59.9).allowed
    assert rate.admit(60.0).allowed
    assert not rate.admit(89.9).allowed
    assert rate.admit(90.0).allowed


def test_a_sliding_window_does_not_count_rejected_requests_unless_told_to() -> None:
    lenient, strict = RateLimit(1, "sliding"), RateLimit(1, "sliding_counting_rejections")
    for rate in (lenient, strict):
        assert rate.admit(0.0).allowed
        assert not rate.admit(59.0).allowed
    assert lenient.admit(60.0).allowed
    assert not strict.admit(60.0).allowed


def test_where_rejections_count_only_silence_opens_the_window_again() -> None:
    rate = RateLimit(1, "sliding_counting_rejections")
    rate.admit(0.0)
    assert [rate.admit(now).allowed for now in (30.0, 60.0, 90.0, 120.0)] == [False] * 4
    assert rate.admit(180.0).allowed


def test_a_token_bucket_fills_at_the_limit_per_minute() -> None:
    rate = RateLimit(60, "token_bucket")
    assert use_up(rate, 0.0) == 60
    assert not rate.admit(0.99).allowed
    assert rate.admit(1.0).allowed
    assert use_up(rate, 11.0) == 10
    assert use_up(rate, 1000.0) == 60


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_that_falls_holds_at_once(kind: WindowKind) -> None:
    rate = RateLimit(10, kind)
    for _ in range(4):
        assert rate.admit(600.0).allowed
    rate.limit = 4
    verdict = rate.admit(600.0)
    if kind == "token_bucket":
        # A bucket knows no past: what it still holds may be taken, up to its new size.
        assert (verdict.allowed, verdict.remaining) == (True, 3)
    else:
        assert (verdict.allowed, verdict.limit, verdict.remaining) == (False, 4, 0)


@pytest.mark.parametrize("kind", KINDS[:4])
def test_a_limit_that_rises_gives_room_at_once(kind: WindowKind) -> None:
    rate = RateLimit(2, kind)
    rate.admit(600.0)
    rate.admit(600.0)
    rate.limit = 5
    assert use_up(rate, 600.0) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_foreign_use_is_seen_in_what_remains(kind: WindowKind) -> None:
    rate = RateLimit(10, kind)
    rate.foreign_use(600.0, 6)
    assert rate.admit(600.0).remaining == 3
    assert use_up(rate, 600.0) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_foreign_use_never_takes_more_than_there_is(kind: WindowKind) -> None:
    rate = RateLimit(10, kind)
    rate.foreign_use(600.0, 1000)
    assert rate.look(600.0).remaining == 0
    assert use_up(rate, 660.0) == 10


@pytest.mark.parametrize("kind", KINDS)
def test_looking_costs_nothing(kind: WindowKind) -> None:
    rate = RateLimit(2, kind)
    assert [rate.look(600.0).remaining for _ in range(5)] == [2] * 5


@pytest.mark.parametrize("kind", KINDS)
def test_switching_begins_with_nothing_used(kind: WindowKind) -> None:
    rate = RateLimit(3, "fixed")
    use_up(rate, 600.0)
    rate.switch(kind)
    assert rate.kind == kind
    assert use_up(rate, 600.0) == 3


def test_a_refused_request_costs_something_only_where_rejections_count() -> None:
    lenient, strict = RateLimit(5, "sliding"), RateLimit(5, "sliding_counting_rejections")
    assert not lenient.refuse(0.0).allowed
    assert not strict.refuse(0.0).allowed
    assert (lenient.look(0.0).remaining, strict.look(0.0).remaining) == (5, 4)


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no such window: lunar.*token_bucket"):
        new_window("lunar")  # type: ignore[arg-type]  # the mistake is the point


@given(st.lists(st.floats(min_value=0, max_value=30), max_size=60), st.integers(1, 9))
def test_no_sixty_seconds_of_a_sliding_window_hold_more_than_the_limit(
    pauses: list[float], limit: int
) -> None:
    rate, now, allowed = RateLimit(limit, "sliding"), 0.0, []
    for pause in pauses:
        now += pause
        if rate.admit(now).allowed:
            allowed.append(now)
    for start in allowed:
        assert sum(start <= moment < start + 60 for moment in allowed) <= limit
