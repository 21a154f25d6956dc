"""An act on many jobs is a row that keeps what was asked and how far it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.jobs import Flow, Job, State
from integration.ports import Act, BulkState, JobFilter
from integration.store.bulk_acts import SqlBulkActs
from integration.store.database import Database
from integration.testing.clock import NOON


@pytest.fixture
def bulk(database: Database) -> SqlBulkActs:
    return SqlBulkActs(database)


def test_what_was_asked_comes_back_as_it_was(bulk: SqlBulkActs, parked: Job) -> None:
    which = JobFilter(
        state=State.PARKED,
        flow=Flow.CREATE_ORDER,
        shop="nl",
        code="Unmappable",
        text="MUG",
        account="main",
        changed_since=NOON - timedelta(days=1),
        changed_before=NOON + timedelta(days=1),
        reasons=(parked.reason or "", "another"),
    )
    begun = bulk.begin(Act.RETRY, which, "ann", "fixed")
    assert (begun.which, begun.total, begun.newest_id) == (which, 1, parked.id)
    assert bulk.find(begun.id, lock=True) == begun
    assert bulk.find(begun.id + 1) is None


def test_steps_add_up_and_the_end_is_kept(bulk: SqlBulkActs, parked: Job) -> None:
    begun = bulk.begin(Act.DISMISS, JobFilter(), "ann", None)
    bulk.advance(begun.id, last_id=1, done=1, refused=0)
    bulk.advance(begun.id, last_id=2, done=2, refused=3)
    ended = bulk.finish(begun.id, BulkState.DONE)
    assert (ended.last_id, ended.done, ended.refused) == (2, 3, 3)
    assert bulk.latest() == [ended]
