"""A flood of bad signatures fills no disk, and is not hidden either."""

from __future__ import annotations

from structlog.testing import capture_logs

from integration.testing.clock import HandClock
from integration.web.refusals import RefusalLog


def lines_of(refusals: RefusalLog, *sources: str) -> list[tuple[str, int]]:
    with capture_logs() as lines:
        for source in sources:
            refusals.note(source)
    return [(line["source"], line["times"]) for line in lines]


def test_the_first_refusal_of_each_source_is_written_down_at_once(clock: HandClock) -> None:
    refusals = RefusalLog(clock.monotonic)
    assert lines_of(refusals, "shops/nl", "picqer/main") == [("shops/nl", 1), ("picqer/main", 1)]


def test_a_flood_is_one_line_every_ten_seconds_that_tells_how_many(clock: HandClock) -> None:
    refusals = RefusalLog(clock.monotonic)
    assert lines_of(refusals, *["shops/nl"] * 20_000) == [("shops/nl", 1)]

    clock.advance(9.9)
    assert lines_of(refusals, "shops/nl") == []
    clock.advance(0.2)
    assert lines_of(refusals, "shops/nl") == [("shops/nl", 20_001)]
    clock.advance(10.1)
    assert lines_of(refusals, "shops/nl") == [("shops/nl", 1)]
