"""Times and durations as the console words them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.testing.clock import NOON
from integration.web.console.moments import ago, amount, duration, in_utc, short


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (95, "1 min 35 s"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
        (86_400, "1 d"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_how_long_ago_and_how_long_until() -> None:
    assert ago(NOON, NOON) == "just now"
    assert ago(NOON, NOON + timedelta(minutes=4)) == "4 min ago"
    assert ago(NOON + timedelta(seconds=20), NOON) == "in 20 s"


def test_a_time_of_today_is_short_and_an_older_one_has_its_date() -> None:
    assert short(NOON, "Europe/Amsterdam", NOON) == "13:00:00"
    assert short(NOON, "Europe/Amsterdam", NOON + timedelta(days=1)) == "2026-11-23 13:00"
    assert in_utc(NOON) == "2026-11-23 12:00:00 UTC"


def test_midnight_is_that_of_the_zone() -> None:
    late = NOON + timedelta(hours=11, minutes=30)
    assert short(NOON, "Europe/Amsterdam", late) == "2026-11-23 13:00"
    assert short(NOON, "UTC", late) == "12:00:00"


def test_a_count_says_its_unit() -> None:
    assert [amount(0, "job"), amount(1, "job"), amount(1200, "job")] == [
        "0 jobs",
        "1 job",
        "1,200 jobs",
    ]
    assert amount(2, "switch", "switches") == "2 switches"
