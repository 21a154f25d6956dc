"""The life of a shop order, gathered from the store: what brought it, what was done, where it is.

Everything comes through the store's ports; nobody outside is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from integration.domain import PicqerShipment
from integration.flows.report_picklists import LEFT
from integration.flows.told_shipment import is_closed
from integration.jobs import Flow, Identity
from integration.order_story.chapters import (
    DeliveryLine,
    JobChapter,
    OrderStory,
    PicklistChapter,
    PicqerChapter,
    delivery_line,
)
from integration.order_story.sentence import whereabouts
from integration.ports import (
    AuditEntry,
    AuditFilter,
    LedgerEntry,
    LedgerKey,
    LedgerState,
    OrderBooking,
    PicklistRow,
)
from integration.services import Services

MOST_ACTS = 200
MOST_LOOKED_INTO = 20


def tell_orders(services: Services, number: str, shop: str | None = None) -> list[OrderStory]:
    """The story of every order with this number, id or reference, by shop; mostly one.

    When there is none, of the order that Picqer has under this number of its own.
    """
    found = _found(services, number, shop) or _by_orderid(services, number, shop)
    return [tell_order(services, name, order_id) for name, order_id in sorted(found)]


def _found(services: Services, number: str, shop: str | None) -> set[tuple[str, str]]:
    """(shop, order id) of what may be meant."""
    found = {(one.shop, one.order_id) for one in services.stock.find_bookings(number, shop)}
    for name, one in services.shops.items():
        if shop not in (None, name):
            continue
        if services.jobs.find_identity(Identity(Flow.CREATE_ORDER, name, number)) is not None:
            found.add((name, number))
        reference = one.policy.reference_for(number, number)
        found |= _by_reference(services, one.policy.account.name, {number, reference}, shop)
    return found


def _by_reference(
    services: Services, account: str, references: Iterable[str], shop: str | None
) -> set[tuple[str, str]]:
    return _of(shop, (services.ledger.find_by_reference(account, text) for text in references))


def _by_orderid(services: Services, orderid: str, shop: str | None) -> set[tuple[str, str]]:
    return _of(shop, (services.ledger.find_by_orderid(name, orderid) for name in services.accounts))


def _of(shop: str | None, entries: Iterable[LedgerEntry | None]) -> set[tuple[str, str]]:
    return {
        (entry.key.shop, entry.key.subject)
        for entry in entries
        if entry is not None and shop in (None, entry.key.shop)
    }


def tell_order(services: Services, shop: str, order_id: str) -> OrderStory:
    """The story of the order with this id in its shop."""
    booking = services.stock.booking(shop, order_id)
    chapters = _jobs(services, shop, order_id)
    account = _account(services, shop, booking, chapters)
    number = booking.number if booking else order_id
    entry = services.ledger.find(LedgerKey(account, "order", shop, order_id))
    picqer = None if entry is None else _picqer(services, entry)
    picklists = () if entry is None else _picklists(services, entry)
    jobs = {chapter.job.identity.flow: chapter.job for chapter in chapters}
    where = whereabouts(
        f"Order {number} of {shop}",
        create=jobs.get(Flow.CREATE_ORDER),
        complete=jobs.get(Flow.COMPLETE_ORDER),
        picqer=picqer,
        picklists=picklists,
        now=services.store.now(),
    )
    deliveries = _deliveries(services, chapters)
    return OrderStory(
        shop=shop,
        order_id=order_id,
        number=number,
        account=account,
        where=where,
        booking=booking,
        deliveries=deliveries,
        jobs=chapters,
        picqer=picqer,
        picklists=picklists,
        acts=_acts(services, shop, order_id, deliveries),
    )


def _acts(
    services: Services, shop: str, order_id: str, deliveries: Iterable[DeliveryLine]
) -> tuple[AuditEntry, ...]:
    """What people did, the latest first: to the order's jobs, and in its latest deliveries."""
    filters = [AuditFilter(shop=shop, order_id=order_id, limit=MOST_ACTS)]
    latest = list(deliveries)[-MOST_LOOKED_INTO:]
    filters += [AuditFilter(delivery_id=line.id, limit=MOST_ACTS) for line in latest]
    found = {entry.id: entry for which in filters for entry in services.audit.find(which)}
    return tuple(found[number] for number in sorted(found, reverse=True))


def _account(
    services: Services, shop: str, booking: OrderBooking | None, chapters: Iterable[JobChapter]
) -> str:
    if booking is not None:
        return booking.account
    for chapter in chapters:
        return chapter.job.account
    return services.shops[shop].policy.account.name if shop in services.shops else ""


def _jobs(services: Services, shop: str, order_id: str) -> tuple[JobChapter, ...]:
    chapters = []
    for flow in (Flow.CREATE_ORDER, Flow.COMPLETE_ORDER):
        job = services.jobs.find_identity(Identity(flow, shop, order_id))
        if job is not None:
            chapters.append(JobChapter(job, tuple(services.jobs.events(job.id))))
    return tuple(chapters)


def _deliveries(services: Services, chapters: Iterable[JobChapter]) -> tuple[DeliveryLine, ...]:
    """The deliveries that raised these jobs, each once, oldest first."""
    lines = {
        record.id: delivery_line(record)
        for chapter in chapters
        for record in services.inbox.find_of_job(chapter.job.id)
    }
    return tuple(sorted(lines.values(), key=lambda line: (line.received_at, line.id)))


def _picqer(services: Services, entry: LedgerEntry) -> PicqerChapter:
    idorder, details = entry.picqer_id, entry.details
    account = entry.key.account
    status = None if idorder is None else services.shipments.status(account, idorder)
    return PicqerChapter(
        account=account,
        reference=entry.reference,
        idorder=idorder if entry.state is LedgerState.SETTLED else None,
        orderid=_text(details, "orderid"),
        in_doubt=entry.in_doubt,
        withdrawn=bool(details.get("withdrawn")),
        completed_in_shop=bool(details.get("completed")),
        process_stamp=_text(details, "process_stamp"),
        status=None if status is None else status.status,
        status_stamp=None if status is None else status.stamp,
    )


def _text(details: Mapping[str, object], name: str) -> str | None:
    value = details.get(name)
    return None if value is None else str(value)


def _picklists(services: Services, entry: LedgerEntry) -> tuple[PicklistChapter, ...]:
    if entry.picqer_id is None:
        return ()
    account, left = entry.key.account, entry.details.get(LEFT)
    kept_out = {str(key) for key in left} if isinstance(left, list) else set()
    return tuple(
        _picklist(row, services.shipments.shipments(account, row.picklist.idpicklist), kept_out)
        for row in services.shipments.picklists(account, entry.picqer_id)
    )


def _picklist(
    row: PicklistRow, shipments: Iterable[PicqerShipment], left: set[str]
) -> PicklistChapter:
    picklist = row.picklist
    return PicklistChapter(
        idpicklist=picklist.idpicklist,
        picklistid=picklist.picklistid,
        closed=is_closed(row),
        closed_at=picklist.closed_at,
        pieces=sum(line.amount_picked for line in picklist.lines if line.partof is None),
        reported=row.reported is not None,
        left_as_is=str(picklist.idpicklist) in left,
        shipments=tuple(shipments),
    )
