"""Stored deliveries are routed again, as after a fix or when facts were lost.

Doing so is always safe: a delivery is only a hint, and facts carry the stamps they had.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog

from integration.jobs import Delivery, Flow, Hint, NothingToDo
from integration.order_story.chapters import DeliveryLine, delivery_line
from integration.ports import DeliveryRecord
from integration.services import Account, Services, Shop
from integration.web.routing import accept

PART = 200
"""How many deliveries, of up to 1 MiB each, are held at a time."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one delivery. ``delivery`` is as it was before.

    ``state`` is ``routed``, ``ignored`` or ``parked``, ``skipped`` when nothing can be done with
    it, and ``would be routed`` in a dry run. ``jobs`` counts the jobs raised (in a dry run: hints).
    """

    delivery: DeliveryLine
    state: str
    reason: str | None
    jobs: int


def replay(
    services: Services,
    since: datetime,
    until: datetime,
    *,
    source: str | None = None,
    flow: Flow | None = None,
    dry_run: bool = False,
) -> Iterator[Replayed]:
    """Route what first came in from ``since`` until before ``until`` again, oldest first.

    ``source`` is ``picqer/main`` or ``shops/nl``. ``flow`` leaves out deliveries that concern
    only other flows. ``dry_run`` only says what is there to route.
    """
    after = 0
    while part := services.inbox.received(since, until, source=source, after=after, limit=PART):
        for record in part:
            if flow is None or _concerns(services, record, flow):
                yield _replay(services, record, dry_run=dry_run)
        after = part[-1].id


def _concerns(services: Services, record: DeliveryRecord, flow: Flow) -> bool:
    """Whether the delivery has to do with this flow; what cannot be read may well."""
    found = source_of(services, record.source)
    if found is None or record.body is None:
        return False
    try:
        hints = found.hints(Delivery(record.source, record.headers, record.body))
    except NothingToDo:
        return False
    except Exception:  # noqa: BLE001 - a connector's fault is what replaying is to show
        return True
    return any(hint.flow is flow for hint in hints)


def _replay(services: Services, record: DeliveryRecord, *, dry_run: bool) -> Replayed:
    line, found = delivery_line(record), source_of(services, record.source)
    if record.body is None:
        return Replayed(line, "skipped", "its body was purged (retention_days)", 0)
    if found is None:
        return Replayed(line, "skipped", f"{record.source} is no longer configured", 0)
    delivery = Delivery(record.source, record.headers, record.body)
    if dry_run:
        return _preview(line, found, delivery)
    with structlog.contextvars.bound_contextvars(source=record.source, delivery=record.id):
        accepted = accept(services, found, delivery, again=True)
        log.info("replay.routed", state=accepted.state, jobs=accepted.jobs)
    return Replayed(line, accepted.state, accepted.reason, len(accepted.jobs))


def _preview(line: DeliveryLine, source: Account | Shop, delivery: Delivery) -> Replayed:
    try:
        hints = source.hints(delivery)
    except Exception as error:  # noqa: BLE001 - a connector's fault is what a dry run is to show
        return Replayed(line, "would be parked", f"{type(error).__name__}: unreadable", 0)
    if not hints:
        return Replayed(line, "would be ignored", "nothing in it concerns a flow", 0)
    return Replayed(line, "would be routed", ", ".join(map(_worded, hints)), len(hints))


def _worded(hint: Hint) -> str:
    return f"{hint.flow} {hint.subject}".strip()


def source_of(services: Services, name: str) -> Account | Shop | None:
    """The account or shop that deliveries of this source belong to; None: not configured."""
    kind, _, own = name.partition("/")
    if kind == "picqer":
        return services.accounts.get(own)
    return services.shops.get(own) if kind == "shops" else None
