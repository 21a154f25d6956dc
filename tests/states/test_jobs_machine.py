"""Games about one job: claims, leases, zombies and hints, against a model of a few lines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from integration.errors import LeaseHeld, Refused
from integration.jobs import (
    LEASE_SECONDS,
    MAX_CRASHES,
    Done,
    Ending,
    Flow,
    Identity,
    Job,
    Park,
    Retry,
    State,
    Wait,
)
from integration.store.jobs import SqlJobs
from integration.testing.clock import HandClock
from integration.testing.wake_up import RecordedWakeUp
from tests.states.games import games
from tests.states.realm import MEMORY

IDENTITY = Identity(Flow.CREATE_ORDER, "nl", "1042")
ENDINGS: list[Ending] = [
    Done("done"),
    Wait(5.0, "too early", "NotYet"),
    Wait(60.0, "in doubt", "InDoubt", hold=True),
    Wait(40.0, "no budget", "OverBudget", celery=False),
    Retry(2.0, "down", "Unavailable"),
    Park("no SKU", "Unmappable"),
    Park("a fault", "Bug.KeyError", bug=True),
]


class Lives(RuleBasedStateMachine):
    """One job, any number of workers that hold what they claimed and may end it late."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.wake_up = RecordedWakeUp()
        self.jobs = SqlJobs(MEMORY.emptied(self.clock), self.wake_up)
        self.held: list[Job] = []
        self.owner: str | None = None
        self.seen = 0
        """The newest revision that a run began at whose ending was taken."""
        self.tokens = 0

    @initialize()
    def begin(self) -> None:
        self.id = self.jobs.hint(IDENTITY, "main", webhook=True).id

    @property
    def job(self) -> Job:
        found = self.jobs.job(self.id)
        assert found is not None
        return found

    @rule(webhook=st.booleans(), urgent=st.booleans(), delay=st.sampled_from([0.0, 10.0]))
    def hint(self, webhook: bool, urgent: bool, delay: float) -> None:
        before = self.job
        after = self.jobs.hint(IDENTITY, "main", webhook=webhook, urgent=urgent, delay=delay)
        assert after.revision == before.revision + 1
        opens = before.state is State.DONE or (webhook and before.state is State.PARKED)
        assert after.state is (State.OPEN if opens else before.state)
        if before.state is State.OPEN and before.hold:
            assert after.due_at == before.due_at, "a hint hurried what is in doubt"

    @rule()
    def claim(self) -> None:
        before, now = self.job, self.clock.now()
        self.tokens += 1
        claimed = self.jobs.claim(self.id, f"token-{self.tokens}")
        due = before.state is State.OPEN and before.due_at <= now + timedelta(seconds=0.05)
        dead = before.state is State.RUNNING and (before.lease_until or now) < now
        assert (claimed is not None) == (due or dead), "a job was claimed twice, or not at all"
        if claimed is not None:
            assert claimed.crashes == before.crashes + 1
            self.owner = claimed.lease_token
            self.held.append(claimed)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 3), ending=st.sampled_from(ENDINGS))
    def end(self, which: int, ending: Ending) -> None:
        """Some worker ends its run: only the one that owns the job may write."""
        mine = self.held.pop(which % len(self.held))
        before = self.job
        if mine.lease_token != self.owner:
            try:
                self.jobs.end(mine, ending)
            except LeaseHeld:
                assert self.job == before, "a zombie wrote something"
                return
            raise AssertionError("a zombie's ending was taken")
        after = self.jobs.end(mine, ending)
        self.owner = None
        self.seen = mine.claimed_revision
        assert after.crashes == 0
        newer = before.revision > mine.claimed_revision
        if isinstance(ending, Done) or (isinstance(ending, Park) and not ending.bug):
            assert (after.state is State.OPEN) == newer, "news of a run was lost"

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 3))
    def renew(self, which: int) -> None:
        mine = self.held[which % len(self.held)]
        assert self.jobs.renew(mine) == (mine.lease_token == self.owner)

    @rule(seconds=st.sampled_from([1.0, 6.0, LEASE_SECONDS + 1, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(forgets=st.booleans())
    def move(self, forgets: bool) -> None:
        """The mover's tick; messages may be lost in between."""
        if forgets:
            self.wake_up.messages.clear()
        due = self.jobs.due(IDENTITY.flow.queue, 10, resend_after=15.0)
        assert len(due) <= 1

    @rule(retries=st.booleans())
    def a_person_decides(self, retries: bool) -> None:
        before = self.job
        if retries:
            self.jobs.retry(self.id, "a person")
            assert self.job.state in (State.OPEN, State.RUNNING)
        elif before.state is State.RUNNING:
            with pytest.raises(Refused):
                self.jobs.dismiss(self.id, "a person")
        else:
            self.jobs.dismiss(self.id, "a person")
            assert self.job.state is State.DISMISSED
        if before.state is State.RUNNING:
            assert self.job.lease_token == before.lease_token, "a run lost its job to a person"

    @invariant()
    def there_is_one_owner_and_a_next_step(self) -> None:
        if not hasattr(self, "id"):
            return
        job = self.job
        assert (job.state is State.RUNNING) == (job.lease_token is not None)
        match job.state:
            case State.RUNNING:
                assert job.lease_token == self.owner
            case State.DONE:
                assert job.claimed_revision == job.revision
            case State.PARKED:
                assert job.reason
            case State.OPEN:
                assert job.due_at <= self.clock.now() + timedelta(seconds=61)

    def teardown(self) -> None:
        """However it went, the mover brings it to a worker, and one good run ends it."""
        if not hasattr(self, "id"):
            return
        for _ in range(MAX_CRASHES + 2):
            self.clock.advance(100)
            if self.job.state not in (State.OPEN, State.RUNNING):
                return
            due = self.jobs.due(IDENTITY.flow.queue, 10, resend_after=15.0)
            assert [message.job_id for message in due] == [self.id], "nobody will ever run it"
            claimed = self.jobs.claim(self.id, "last")
            assert claimed is not None
            assert self.jobs.end(claimed, Done()).state is State.DONE


TestLives = Lives.TestCase
TestLives.settings = games(720, 16)
