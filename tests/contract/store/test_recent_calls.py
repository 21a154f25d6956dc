"""Counting the requests of the last minute, those of processes that died included."""

from __future__ import annotations

from collections.abc import Callable

from integration.jobs import Done, Flow, Identity, Job, JobEvent
from integration.store.jobs import SqlJobs
from integration.testing.clock import HandClock

CALLS = [
    JobEvent("call", "picqer/main: POST /orders -> 201"),
    JobEvent("call", "picqer/main: POST /orders/1/process -> 200"),
    JobEvent("call", "picqer/mainland: GET /orders -> 200"),
    JobEvent("call", "shops/nl: GET /orders/1042 -> 200"),
]


def test_calls_to_the_account_that_were_written_down_lately_are_counted(
    jobs: SqlJobs, claimed: Callable[..., Job], clock: HandClock
) -> None:
    jobs.end(claimed(), Done(), CALLS)
    clock.advance(59)

    assert jobs.recent_calls("main", 60.0) == 2
    clock.advance(2)
    assert jobs.recent_calls("main", 60.0) == 0


def test_a_run_under_way_counts_as_several_because_it_writes_its_calls_down_at_its_end(
    jobs: SqlJobs, claimed: Callable[..., Job]
) -> None:
    claimed()
    claimed(Identity(Flow.COMPLETE_ORDER, "nl", "1042"), "worker-2")

    assert jobs.recent_calls("main", 60.0) == 8
    assert jobs.recent_calls("second", 60.0) == 0
