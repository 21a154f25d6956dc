"""What is done again and again, and when it is its turn: the schedule without a clock.

When something was done last is written in the store, so that a schedule that is started anew, or
twice, neither forgets nor doubles anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from integration.crash_points import crash_point
from integration.flows.observe_shop import polled
from integration.jobs import Flow, Identity
from integration.services import Services
from integration.settings import Settings
from workers.hook_watch import SUBJECT as HOOKS

NIGHT = time(3, 0)
"""When the nightly work is done, in the account's own time zone."""
UTC = ZoneInfo("UTC")
SCOPE = "schedule"
"""The scope of the bookmarks that say when something was last begun."""
SET_BACK = timedelta(minutes=1)
"""Another process may have begun it a moment after we looked at the clock."""
PURGE = "purge"
BIRTH = "birth"


@dataclass(frozen=True, slots=True)
class Appointment:
    """Something to be done every so often, or (``every`` None) once a night in ``zone``.

    ``identity`` is the job that does it, of this ``account``; None: it is no job.
    """

    name: str
    every: timedelta | None
    identity: Identity | None = None
    account: str = ""
    zone: ZoneInfo = UTC

    def is_due(self, last: datetime | None, now: datetime) -> bool:
        """Whether its turn has come, when it was last begun at ``last``.

        That it was begun a good while later than now says that the clock was set back since.
        """
        if last is None or last - now > SET_BACK:
            return True
        if self.every is None:
            return last < last_night(now, self.zone) <= now
        return now - last >= self.every


def last_night(now: datetime, zone: ZoneInfo) -> datetime:
    """The latest three o'clock in the morning, there."""
    local = now.astimezone(zone)
    tonight = datetime.combine(local.date(), NIGHT, zone)
    return tonight if tonight <= local else tonight - timedelta(days=1)


def appointments(services: Services, settings: Settings) -> Iterator[Appointment]:
    """Everything that this installation does by the clock."""
    for account in sorted(services.accounts):
        if services.shops_of(account):
            yield from _of_account(services, settings, account)
    for shop in sorted(services.shops):
        yield from _of_shop(services, settings, shop)
    yield Appointment(PURGE, None)


def _of_account(services: Services, settings: Settings, account: str) -> Iterator[Appointment]:
    flows = {flow for shop in services.shops_of(account) for flow in shop.policy.flows}
    often = settings.reconcile
    wanted = [
        (HOOKS, often.hooks_minutes, settings.public_url is not None),
        ("catalogue", often.catalogue_minutes, True),
        ("orders", often.orders_minutes, Flow.CREATE_ORDER in flows),
        ("shipments", often.shipments_minutes, Flow.COMPLETE_ORDER in flows),
        ("stock", often.stock_minutes, Flow.PUSH_STOCK in flows),
    ]
    for kind, minutes, is_wanted in wanted:
        if is_wanted:
            subject = f"{kind}:{account}"
            identity = Identity(Flow.RECONCILE, "", subject)
            yield Appointment(subject, timedelta(minutes=minutes), identity, account)


def _of_shop(services: Services, settings: Settings, shop: str) -> Iterator[Appointment]:
    policy = services.shops[shop].policy
    poll = timedelta(seconds=settings.shops[shop].poll_seconds)
    zone = ZoneInfo(policy.account.time_zone)
    keeps_hooks = services.shops[shop].care is not None and settings.public_url is not None
    hooks = timedelta(minutes=settings.reconcile.hooks_minutes)
    wanted: list[tuple[str, timedelta | None]] = [(subject, poll) for subject in polled(policy)]
    wanted += [(HOOKS, hooks)] if keeps_hooks else []
    wanted += [("stock", None)] if Flow.PUSH_STOCK in policy.flows else []
    for kind, every in wanted:
        identity = Identity(Flow.RECONCILE, shop, kind)
        yield Appointment(f"{shop} {kind}", every, identity, policy.account.name, zone)


def begin_due(services: Services, settings: Settings) -> list[str]:
    """Raise the jobs whose turn has come; returns the names of all that was begun.

    After a birth of the store (it is new, or was restored, or stood still) everything is due.
    """
    now = services.store.now()
    reborn = _is_reborn(services)
    begun = [
        appointment.name
        for appointment in appointments(services, settings)
        if _begin(services, appointment, now, anyway=reborn)
    ]
    if reborn:
        services.bookmarks.set(SCOPE, BIRTH, services.gate.birth().isoformat())
    return begun


def _begin(services: Services, appointment: Appointment, now: datetime, *, anyway: bool) -> bool:
    """Both in one transaction: what is written down as begun was begun."""
    identity = appointment.identity
    with services.store.transaction():
        kept = services.bookmarks.get(SCOPE, appointment.name)
        last = None if kept is None else datetime.fromisoformat(str(kept[0]))
        if not (anyway or appointment.is_due(last, now)):
            return False
        services.bookmarks.set(SCOPE, appointment.name, now.isoformat())
        if identity is not None:
            # Like a webhook: one that parked gets a run each time, or polling would end for good.
            services.jobs.hint(identity, appointment.account, webhook=True, why="the schedule")
        crash_point("schedule.before_commit")
    crash_point("schedule.after_commit")
    return True


def _is_reborn(services: Services) -> bool:
    kept = services.bookmarks.get(SCOPE, BIRTH)
    return kept is None or str(kept[0]) != services.gate.birth().isoformat()
