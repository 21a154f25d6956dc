"""What the contract tests of the store share: the job store with a recorded wake-up queue."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integration.jobs import Ending, Flow, Identity, Job, Park
from integration.store.database import Database
from integration.store.jobs import SqlJobs
from integration.testing.wake_up import RecordedWakeUp

ORDER = Identity(Flow.CREATE_ORDER, "nl", "1042")


@pytest.fixture
def wake_up() -> RecordedWakeUp:
    return RecordedWakeUp()


@pytest.fixture
def jobs(database: Database, wake_up: RecordedWakeUp) -> SqlJobs:
    return SqlJobs(database, wake_up)


@pytest.fixture
def order() -> Identity:
    """An order that most tests are about."""
    return ORDER


@pytest.fixture
def claimed(jobs: SqlJobs) -> Callable[..., Job]:
    """Hint a job and claim it."""

    def claim(identity: Identity = ORDER, token: str = "worker-1") -> Job:
        job = jobs.claim(jobs.hint(identity, "main").id, token)
        assert job is not None
        return job

    return claim


@pytest.fixture
def ended(jobs: SqlJobs, claimed: Callable[..., Job]) -> Callable[..., Job]:
    """Hint a job, claim it, and end its run."""

    def end(ending: Ending, identity: Identity = ORDER) -> Job:
        return jobs.end(claimed(identity), ending)

    return end


@pytest.fixture
def parked(ended: Callable[..., Job]) -> Job:
    """An order that waits for the product MUG-BLUE."""
    return ended(Park("no product MUG-BLUE in Picqer", "Unmappable", blocked_on="MUG-BLUE"))
