"""How far a server's clock and ours are apart, as its answers tell."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.http import Answer, ServerClock
from integration.testing.clock import NOON, HandClock


def answer(behind: timedelta, **headers: str) -> Answer:
    """An answer of a server whose clock is that much behind ours."""
    return Answer(200, None, headers, NOON - behind)


def test_the_latest_answer_tells_how_far_the_clocks_are_apart() -> None:
    clock = ServerClock(HandClock())
    assert clock.offset == timedelta(0)
    clock.heard(answer(timedelta(minutes=9)))
    clock.heard(answer(timedelta(minutes=3)))
    assert clock.is_known
    assert clock.offset == timedelta(minutes=3)
    assert clock.since(NOON) == NOON - timedelta(minutes=4)


@pytest.mark.parametrize(("age", "is_heard"), [("0", True), (" 0 ", True), ("45", False)])
def test_an_answer_that_a_cache_kept_tells_no_time(age: str, is_heard: bool) -> None:
    clock = ServerClock(HandClock())
    clock.heard(answer(timedelta(minutes=3), Age=age))
    assert clock.is_known is is_heard
