"""The first page: how much waits, how fast it goes, what failed, and whether all processes live."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from integration.errors import BridgeError
from integration.flows.observe_account import doubled_references
from integration.jobs import Flow, Job, Queue, State
from integration.liveness import Liveness, look
from integration.operate import Plan, plan
from integration.ports import Act, DeliveryRecord, JobFilter, LimitView
from integration.services import Services
from integration.web.console.access import Role
from integration.web.console.visits import Visits

LATEST = 8


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page shows. ``drain`` says what the open jobs come to; ``limits`` holds the
    accounts whose limit could be read, ``unread`` the names of the others.
    """

    counts: Mapping[tuple[Flow, State], int]
    overdue: Mapping[Queue, float]
    drain: Plan
    limits: tuple[LimitView, ...]
    unread: tuple[str, ...]
    parked: tuple[Job, ...]
    last_delivery: DeliveryRecord | None
    liveness: Liveness
    redis_is_away: bool
    doubled: Mapping[str, tuple[str, ...]]
    pauses: tuple[tuple[str | None, str | None, str], ...]

    def total(self, state: State) -> int:
        """How many jobs are in this state."""
        return sum(count for (_, one), count in self.counts.items() if one is state)

    @property
    def oldest_seconds(self) -> float:
        """For how long the job that has been due longest is due."""
        return max(self.overdue.values(), default=0.0)

    @property
    def troubles(self) -> list[str]:
        """What is wrong with the installation itself, each with what to do."""
        found = [f"No {kind} was seen for a minute: start it." for kind in self.liveness.missing]
        found += [
            f"A {kind} lives but does not get on with its work: restart it."
            for kind in self.liveness.stalled
        ]
        if self.redis_is_away:
            found.append("Redis is away: start it. Work goes on by itself; nothing is lost.")
        else:
            found += [
                f"Nobody takes work from the queue {queue}: start a worker for it."
                for queue in self.liveness.unserved
            ]
        found += [
            f"Two live orders at Picqer account {account} have the reference {reference}: cancel "
            f"one of them in Picqer."
            for account, references in self.doubled.items()
            for reference in references
        ]
        return found


def overview(services: Services, visits: Visits) -> APIRouter:
    """``/``; with ``?live`` only the part that changes."""
    router = APIRouter(route_class=visits.route(Role.VIEWER))

    @router.get("/")
    def first_page(request: Request) -> Response:
        """How everything is."""
        template = "overview_live.html" if "live" in request.query_params else "overview.html"
        return visits.pages.page(request, template, view=look_at(services))

    return router


def look_at(services: Services) -> Overview:
    """How everything is at this moment."""
    limits, unread = [], []
    for name, account in sorted(services.accounts.items()):
        try:
            limits.append(account.limiter.view())
        except BridgeError:
            unread.append(name)
    deliveries = services.inbox.find(limit=1)
    return Overview(
        counts=services.jobs.counts(),
        overdue=services.jobs.overdue(),
        drain=plan(services, Act.RETRY, JobFilter(state=State.OPEN)),
        limits=tuple(limits),
        unread=tuple(unread),
        parked=tuple(services.jobs.find(JobFilter(state=State.PARKED, limit=LATEST))),
        last_delivery=deliveries[0] if deliveries else None,
        liveness=look(services),
        redis_is_away=services.wake_up.waiting(Queue.ORDERS) is None,
        doubled=_doubled(services),
        pauses=tuple(services.gate.pauses()),
    )


def _doubled(services: Services) -> dict[str, tuple[str, ...]]:
    found = {}
    for name in sorted(services.accounts):
        with suppress(BridgeError):
            found[name] = tuple(doubled_references(services.bookmarks, name))
    return {name: references for name, references in found.items() if references}
