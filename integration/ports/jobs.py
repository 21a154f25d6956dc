"""The jobs, their timeline and their leases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from integration.jobs import Ending, Flow, Identity, Job, JobEvent, Queue, State


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list; None is any. ``text`` is searched in subject and reason, ``reason`` in
    the reason alone, or it is the cause's own ``code``.

    ``changed_since`` and ``changed_before`` are about the latest change: a job that parked an
    hour ago changed an hour ago. ``reasons`` are whole reasons, and a job has one of
    them; of none, no job has one. ``offset`` skips so many.
    """

    state: State | None = None
    flow: Flow | None = None
    shop: str | None = None
    code: str | None = None
    text: str | None = None
    limit: int = 50
    account: str | None = None
    changed_since: datetime | None = None
    changed_before: datetime | None = None
    reasons: tuple[str, ...] | None = None
    backfilled: bool | None = None
    offset: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class JobGroup:
    """Jobs that have state, flow, account, cause and reason in common.

    ``newest_id`` is the highest id among them, ``oldest_change`` the least recent change.
    """

    state: State
    flow: Flow
    account: str
    code: str | None
    reason: str | None
    count: int
    newest_id: int
    oldest_change: datetime


@dataclass(frozen=True, slots=True)
class JobCause:
    """How many jobs of a flow, shop and account wait or park for one cause; ``code`` names it."""

    flow: Flow
    shop: str
    account: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Message:
    """One wake-up for a worker: the job's id, its flow and a subject for people to read."""

    job_id: int
    flow: Flow
    queue: Queue
    shop: str
    subject: str


class Jobs(Protocol):
    """The jobs, their timeline and their leases. Times are the database's."""

    def hint(
        self,
        identity: Identity,
        account: str,
        *,
        webhook: bool = False,
        why: str = "",
        delay: float = 0.0,
        urgent: bool = True,
        backfill: bool = False,
    ) -> Job:
        """Raise the revision of this job, making it when it is new, and open it when it is done.

        A parked job opens for one run when a ``webhook`` says so; a dismissed one stays. After
        the commit the job is nudged, unless it is running, held or a message is out already.
        ``delay`` seconds pass before it is due. ``urgent`` False leaves an open job's ``due_at``.
        ``backfill``: it is done with the bulk work, until a hint of another kind comes.
        """

    def claim(self, job_id: int, token: str) -> Job | None:
        """Make this job ours for 20 s when it is due and nobody's; None when it is not."""

    def renew(self, job: Job) -> bool:
        """Extend the lease by 20 s; False when it is no longer ours."""

    def save_progress(self, job: Job, progress: Mapping[str, object]) -> None:
        """Keep how far a long job came. Raises LeaseHeld when the lease is lost."""

    def end(self, job: Job, ending: Ending, events: Sequence[JobEvent] = ()) -> Job:
        """Write the ending and the run's timeline, and end the lease; returns the job after it.

        A job whose revision rose while it ran, and that is done or parked, opens again at once.
        One that parks for a productcode which was settled since its claim opens again too. Raises
        LeaseHeld when the lease is lost (another worker owns the job now, nothing is written).
        """

    def job(self, job_id: int) -> Job | None:
        """The job with this id."""

    def find_identity(self, identity: Identity) -> Job | None:
        """The job of this identity."""

    def find(self, which: JobFilter) -> list[Job]:
        """Jobs that match, latest change first."""

    def count(self, which: JobFilter) -> int:
        """How many jobs match, whatever ``limit`` and ``offset`` are."""

    def groups(self, which: JobFilter) -> list[JobGroup]:
        """The jobs that match, counted by what they have in common, largest group first."""

    def next_ids(self, which: JobFilter, *, after: int, until: int, limit: int) -> list[int]:
        """Ids of jobs that match, ascending: above ``after``, up to ``until``."""

    def events(self, job_id: int) -> list[JobEvent]:
        """The timeline of a job, oldest first."""

    def counts(self) -> Mapping[tuple[Flow, State], int]:
        """How many jobs there are per flow and state."""

    def causes(self, state: State, *, waiting_since: datetime | None = None) -> list[JobCause]:
        """The jobs in this state that have a cause, counted by it.

        ``waiting_since``: only those that have been waiting since then, whatever they wait for.
        A long job that goes on with its next part does not wait.
        """

    def retry(self, job_id: int, who: str) -> Job | None:
        """Open a parked, dismissed, done or waiting job now, with fresh attempts; None: unknown."""

    def dismiss(self, job_id: int, who: str) -> Job | None:
        """Put a job aside for good; None when unknown. Raises Refused when it may not be."""

    def blocked_productcodes(self, account: str) -> frozenset[str]:
        """The productcodes that parked jobs of this account wait for."""

    def release_blocked(self, account: str, productcode: str) -> int:
        """Open the parked jobs that wait for this productcode; returns how many.

        ``create_product`` calls this in the transaction that settles the product.
        """

    def due(
        self,
        queue: Queue,
        limit: int,
        *,
        resend_after: float,
        metered: Mapping[str, datetime] | None = None,
        ahead: float = 0.0,
    ) -> list[Message]:
        """The jobs to send now, oldest first, marked as sent.

        Due and unsent, or sent more than ``resend_after`` seconds ago without a claim, or running
        with a lease that ran out. ``metered``: of an account's jobs that wait for budget, only
        those created at that instant or before; these also when they are due within ``ahead``
        seconds, so that a younger one whose moment is a little sooner does not overtake them.
        """

    def mend_after_set_back(self) -> int:
        """Should the store's clock have been set back: whatever waits waits from now on.

        As long as it was to, and no shorter. Returns how many jobs that were.
        """

    def mend_after_set_ahead(self) -> int:
        """The store's clock was set ahead: what is in doubt waits for a minute from now.

        Returns how many things that are.
        """

    def backlog(
        self, account: str, code: str, *, queue: Queue | None = None
    ) -> list[tuple[int, datetime]]:
        """(id, created_at) of open jobs of the account that wait for this cause, oldest first.

        ``queue``: only of this queue.
        """

    def overdue(self) -> Mapping[Queue, float]:
        """For how many seconds the job that has been due longest is due, per queue with one."""

    def last_call_at(self) -> datetime | None:
        """When this service last sent a request, as far as its timelines know."""

    def recent_calls(self, account: str, seconds: float) -> int:
        """How many requests to this Picqer account the last seconds may have seen, at the most.

        A run writes its calls down when it ends, so one that is under way counts as several.
        """

    def calls(self, seconds: float) -> Mapping[str, int]:
        """How many requests each line of the timelines tells of, in the last seconds.

        A line reads like ``picqer/main: GET /orders/12 -> 200``.
        """

    def purge_events(self, before: datetime) -> int:
        """Forget timeline lines of finished jobs from before that instant."""
