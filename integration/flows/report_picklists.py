"""Reporting closed picklists to the shop: one shipment each, with the parcels known by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from integration.crash_points import crash_point
from integration.domain import PicqerShipment, Shipment, ShipmentLine
from integration.flows.order_at_picqer import order_key
from integration.flows.shipped_mail import claimed, mail_later
from integration.flows.told_shipment import closed_at, fingerprint, live_parcels, shop_lines
from integration.jobs import Lane
from integration.policy import CustomerMail
from integration.ports import PicklistRow, ShopAnswer, Webshop
from integration.services import Work

LANE = Lane.SHIPMENTS
LEFT = "left_as_is"
"""The detail of an order's ledger entry that lists the shipment keys the shop did not take."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one part went: a sentence, and the seconds it has to wait when it is not done.

    ``shipment`` is what the shop carries now; ``left``: a person changed the order in the shop.
    """

    sentence: str
    waits: float | None = None
    shipment: Shipment | None = None
    left: bool = False


def report_picklists(
    work: Work, webshop: Webshop, idorder: int, closed: Sequence[PicklistRow]
) -> list[Step]:
    """Report each of these closed picklists that the shop does not carry yet as it is."""
    joined = work.services.shipments.lines(work.job.account, idorder)
    return [_report_picklist(work, webshop, row, joined) for row in closed]


def _report_picklist(
    work: Work, webshop: Webshop, row: PicklistRow, joined: Mapping[int, ShipmentLine]
) -> Step:
    """Tell the shop of one closed picklist, unless it knows exactly this already."""
    picklist, shop = row.picklist, work.shop().policy
    lines = shop_lines(picklist, joined)
    if not lines:
        return Step(f"picklist {picklist.picklistid} holds no line of the shop's order")
    found = _read_shipments(work, row)
    shipment = Shipment(
        shipment_key=str(picklist.idpicklist),
        shipped_at=closed_at(row, shop.account.time_zone),
        lines=lines,
        parcels=live_parcels(found),
    )
    patience = _patience_left(work, row)
    if all(one.cancelled for one in found) and row.reported is None and patience > 0:
        sentence = f"picklist {picklist.picklistid} is closed; its parcels are waited for"
        return Step(sentence, waits=patience)
    if row.reported == fingerprint(shipment):
        return Step(f"{picklist.picklistid} is in the shop", None, shipment, _was_left(work, row))
    return _ship(work, webshop, row, shipment)


def _read_shipments(work: Work, row: PicklistRow) -> Sequence[PicqerShipment]:
    """All shipments of a picklist, read at Picqer once after it was closed."""
    services, idpicklist = work.services, row.picklist.idpicklist
    read, seen = row.shipments_read_at, row.closed_seen_at
    if read is None or (seen is not None and read < seen):
        found = work.picqer(LANE).shipments(idpicklist)
        services.shipments.shipments_read(work.job.account, idpicklist, found)
        crash_point("complete_order.after_reading")
    return services.shipments.shipments(work.job.account, idpicklist)


def _patience_left(work: Work, row: PicklistRow) -> float:
    """Seconds that parcels of this picklist may still be waited for."""
    if row.closed_seen_at is None:
        return 0.0
    waited = work.services.store.now() - row.closed_seen_at
    return (work.shop().policy.shipment_patience - waited).total_seconds()


def _ship(work: Work, webshop: Webshop, row: PicklistRow, shipment: Shipment) -> Step:
    services, policy, order_id = work.services, work.shop().policy, work.job.identity.subject
    mails = row.reported is None and shipment.shipped_at >= services.gate.birth()
    if mails and policy.customer_mail is CustomerMail.SHOP and webshop.capabilities.shop_can_mail:
        with claimed(work, shipment.shipment_key) as first:
            answer = webshop.ship(order_id, replace(shipment, notify_customer=first))
    else:
        answer = webshop.ship(order_id, shipment)
    crash_point("complete_order.after_ship")
    left = answer is ShopAnswer.LEFT_AS_IS
    with services.store.transaction():
        idpicklist = row.picklist.idpicklist
        services.shipments.reported(work.job.account, idpicklist, fingerprint(shipment))
        _note_left(work, shipment.shipment_key, left=left)
        if mails and not left and policy.customer_mail is CustomerMail.BRIDGE:
            mail_later(work, shipment.shipment_key)
    crash_point("complete_order.after_report")
    return Step(_shipped(row, shipment, left=left), shipment=shipment, left=left)


def _shipped(row: PicklistRow, shipment: Shipment, *, left: bool) -> str:
    name = row.picklist.picklistid
    if left:
        return f"{name} was not reported: a person changed the order in the shop; left as it is"
    count = len(shipment.parcels)
    parcels = {0: "without tracking", 1: "with 1 parcel"}.get(count, f"with {count} parcels")
    return f"{name} was reported {parcels}" + ("" if row.reported is None else " (updated)")


def _left(work: Work) -> list[str]:
    """The shipment keys that the shop left as they were."""
    entry = work.services.ledger.find(order_key(work))
    kept = entry.details.get(LEFT) if entry is not None else None
    return [str(key) for key in kept] if isinstance(kept, list) else []


def _was_left(work: Work, row: PicklistRow) -> bool:
    return str(row.picklist.idpicklist) in _left(work)


def _note_left(work: Work, shipment_key: str, *, left: bool) -> None:
    before = _left(work)
    if left != (shipment_key in before):
        after = [key for key in before if key != shipment_key] + ([shipment_key] if left else [])
        work.services.ledger.note(order_key(work), {LEFT: after})
