"""What retrying or dismissing many jobs would come to, before anybody agrees to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from integration.errors import NoLimiter
from integration.jobs import Flow
from integration.ports import Act, JobFilter, JobGroup
from integration.services import Services

CALLS: Mapping[Flow, int] = {
    Flow.CREATE_PRODUCT: 2,
    Flow.CREATE_ORDER: 3,
    Flow.COMPLETE_ORDER: 1,
    Flow.PUSH_STOCK: 0,
    Flow.RECONCILE: 2,
}
"""Calls to Picqer of one job that a person retried, on the normal path: an order and a product are
looked up before they are made. An estimate, for people."""


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """So many jobs of one flow that wait, or parked, for one cause."""

    flow: Flow
    code: str | None
    count: int


@dataclass(frozen=True, slots=True)
class AccountShare:
    """What of the plan falls on one Picqer account.

    ``seconds`` is how long that many ``calls`` take at least, of the ``limit`` a minute that is in
    force now; None when Redis cannot be asked.
    """

    account: str
    calls: int
    limit: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an act on many jobs would come to. ``refused`` of them are of a kind it leaves alone."""

    act: Act
    count: int
    refused: int
    groups: tuple[PlannedGroup, ...]
    accounts: tuple[AccountShare, ...]

    @property
    def calls(self) -> int:
        """Calls to Picqer in all, about."""
        return sum(one.calls for one in self.accounts)

    @property
    def seconds(self) -> float | None:
        """How long the slowest account needs at least; None when that cannot be told."""
        known = [one.seconds for one in self.accounts if one.seconds is not None]
        return max(known) if len(known) == len(self.accounts) and known else None


def plan(services: Services, act: Act, which: JobFilter) -> Plan:
    """How many jobs it would change, of which flows and causes, and how long that takes."""
    groups = services.jobs.groups(which)
    refused = sum(one.count for one in groups if not one.flow.dismissable)
    per_account: Counter[str] = Counter()
    if act is Act.RETRY:
        for one in groups:
            per_account[one.account] += one.count * CALLS[one.flow]
    return Plan(
        act=act,
        count=sum(one.count for one in groups),
        refused=refused if act is Act.DISMISS else 0,
        groups=_by_cause(groups),
        accounts=tuple(
            _share(services, account, calls) for account, calls in sorted(per_account.items())
        ),
    )


def _by_cause(groups: Iterable[JobGroup]) -> tuple[PlannedGroup, ...]:
    counts: Counter[tuple[Flow, str | None]] = Counter()
    for one in groups:
        counts[one.flow, one.code] += one.count
    return tuple(PlannedGroup(flow, code, number) for (flow, code), number in counts.most_common())


def _share(services: Services, account: str, calls: int) -> AccountShare:
    """Calls beyond what is free at this moment are let through at the limit's own pace."""
    configured = services.accounts.get(account)
    try:
        view = None if configured is None else configured.limiter.view()
    except NoLimiter:
        view = None
    if view is None or view.limit < 1:
        return AccountShare(account, calls, None, None)
    free = max(0, view.limit - view.in_use - view.foreign_use)
    seconds = view.paused_seconds + max(0, calls - free) / view.limit * 60.0
    return AccountShare(account, calls, view.limit, round(seconds, 1))
