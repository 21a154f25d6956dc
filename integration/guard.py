"""What stands around every request of a run: stop, lease, breaker, lock-out and the timeline."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from integration.errors import LeaseHeld, Stopping
from integration.jobs import LEASE_SECONDS, Job, JobEvent
from integration.ports import Call, Clock, Gate, Jobs

log = structlog.get_logger(__name__)
LEASE_MARGIN_SECONDS = 4.0
"""A lease is renewed while this much more than one request's deadline is left of it."""
UNANSWERED = frozenset({502, 503, 504})
"""A proxy's way to say that nobody answered: these count for the breaker like silence."""


class Lease:
    """How long a claimed job is still ours, by this process's monotonic clock."""

    def __init__(self, job: Job, jobs: Jobs, clock: Clock, claimed_at: float) -> None:
        """Begin at ``claimed_at`` (monotonic), which was read before the claim was sent."""
        self._job = job
        self._jobs = jobs
        self._clock = clock
        self._ends = claimed_at + LEASE_SECONDS

    def ensure(self, seconds: float) -> None:
        """Have at least that many seconds left. Raises LeaseHeld when the lease is lost."""
        if self._remaining() >= seconds + LEASE_MARGIN_SECONDS:
            return
        asked_at = self._clock.monotonic()
        if not self._jobs.renew(self._job):
            raise LeaseHeld("this run took too long and another worker has taken the job over")
        self._ends = asked_at + LEASE_SECONDS
        if self._remaining() < seconds:
            raise LeaseHeld("the store answered too slowly to be sure that the job is still ours")

    def _remaining(self) -> float:
        return self._ends - self._clock.monotonic()


class RunGuard:
    """The ``CallGuard`` of one run towards one scope."""

    def __init__(
        self,
        scope: str,
        *,
        lease: Lease,
        gate: Gate,
        stopping: Callable[[], bool],
        timeline: list[JobEvent],
    ) -> None:
        """Guard requests towards ``picqer/main`` or ``shops/nl``."""
        self._scope = scope
        self._lease = lease
        self._gate = gate
        self._stopping = stopping
        self._timeline = timeline

    def before(self, call: Call, deadline: float) -> None:  # noqa: ARG002 - reads and writes alike
        """Let the request pass; raises Stopping, LockedOut, Unreachable or LeaseHeld.

        Readings have the lease renewed too: a job whose slow reading outlasts it would be taken
        for one whose worker died.
        """
        if self._stopping():
            raise Stopping
        self._gate.check(self._scope)
        self._lease.ensure(deadline)

    def after(self, call: Call, status: int | None, seconds: float, error_code: int | None) -> None:
        """Write down how the request ended, and tell the breaker."""
        self._timeline.append(_call_event(self._scope, call, status, seconds, error_code))
        tell_gate(self._gate, self._scope, call, status, error_code)


class ScopeGuard:
    """The ``CallGuard`` of requests that belong to no job: a watch, or a command of a person."""

    def __init__(self, scope: str, gate: Gate) -> None:
        """Guard requests towards ``picqer/main`` or ``shops/nl``."""
        self._scope = scope
        self._gate = gate

    def before(self, call: Call, deadline: float) -> None:  # noqa: ARG002 - there is no lease
        """Let the request pass; raises LockedOut or Unreachable."""
        self._gate.check(self._scope)

    def after(self, call: Call, status: int | None, seconds: float, error_code: int | None) -> None:  # noqa: ARG002 - there is no timeline
        """Tell the breaker how the request ended."""
        tell_gate(self._gate, self._scope, call, status, error_code)


def tell_gate(
    gate: Gate, scope: str, call: Call, status: int | None, error_code: int | None
) -> None:
    """Let the breaker and the lock-out of this scope know how a request ended.

    A lock-out is one alarm, for whoever looks after the service, however many jobs it holds.
    """
    if status is None or status in UNANSWERED:
        gate.unanswered(scope)
    elif status == 401 or error_code == 29 or (status == 403 and call.path == "/users/me"):
        reason = f"{call.method} {call.path} was answered {status}"
        if gate.lock_out(scope, reason):
            log.error("key.refused", scope=scope, reason=reason)
    else:
        gate.answered(scope)


def _call_event(
    scope: str, call: Call, status: int | None, seconds: float, error_code: int | None
) -> JobEvent:
    answer = "no answer" if status is None else str(status)
    code = "" if error_code is None else f", error_code {error_code}"
    return JobEvent(
        kind="call",
        text=f"{scope}: {call.method} {call.path} -> {answer}{code}",
        data={"status": status, "milliseconds": round(seconds * 1000), "error_code": error_code},
    )
