"""The flow ``complete_order``: the shop's order carries every shipment with its parcels.

Each closed picklist is one shipment, reported under its idpicklist, so that reporting it again
replaces. The normal path reads a picklist's shipments once at Picqer. The order itself is
completed by a call of its own, when Picqer's is and everything was reported.
"""

from __future__ import annotations

from collections.abc import Iterable

from integration.crash_points import crash_point
from integration.domain import PicqerStatus
from integration.errors import NotYet
from integration.flows.observe_order import ask_later
from integration.flows.order_at_picqer import order_key
from integration.flows.order_completion import complete_once, is_status
from integration.flows.report_picklists import LANE, Step, report_picklists
from integration.flows.shipped_mail import mail_due_shipments
from integration.flows.told_shipment import is_closed
from integration.jobs import Done, Ending, Flow
from integration.ports import LedgerState, PicklistRow
from integration.services import Work


def complete_order(work: Work) -> Ending:
    """Report what is closed and not reported yet, complete what is completed; see the module."""
    services, identity = work.services, work.job.identity
    if Flow.COMPLETE_ORDER not in work.shop().policy.flows:
        return Done(f"shop {identity.shop} does not use {Flow.COMPLETE_ORDER}")
    services.gate.admit(Flow.COMPLETE_ORDER, identity.shop)
    entry = services.ledger.find(order_key(work))
    if entry is None or entry.state is not LedgerState.SETTLED or entry.picqer_id is None:
        return Done(f"order {identity.subject} of {identity.shop} is not in Picqer (yet)")
    webshop = work.webshop()
    closed = _closed(work, entry.picqer_id)
    if closed:
        ask_later(work, entry.picqer_id)
        crash_point("complete_order.after_asking")
    status = services.shipments.status(work.job.account, entry.picqer_id)
    if not webshop.capabilities.partial_shipments and not is_status(status, PicqerStatus.COMPLETED):
        return Done(f"{identity.shop} takes no partial shipments; Picqer's order goes on")
    steps = report_picklists(work, webshop, entry.picqer_id, closed)
    steps.append(complete_once(work, webshop, entry, status, steps))
    shipments = {step.shipment.shipment_key: step.shipment for step in steps if step.shipment}
    sentences, refusal = mail_due_shipments(work, shipments)
    _wait(steps)
    if refusal is not None:
        raise refusal
    return Done("; ".join([*(step.sentence for step in steps if step.sentence), *sentences]))


def _wait(steps: Iterable[Step]) -> None:
    """Look again when the first of the steps that wait is due."""
    waiting = [step for step in steps if step.waits is not None]
    if waiting:
        first = min(waiting, key=lambda step: step.waits or 0.0)
        raise NotYet(first.sentence, seconds=first.waits)


def _closed(work: Work, idorder: int) -> list[PicklistRow]:
    """The order's closed picklists, each with its lines."""
    services, account = work.services, work.job.account
    for row in services.shipments.picklists(account, idorder):
        if is_closed(row) and not row.picklist.lines:
            # Known only from inside an order, where Picqer leaves the lines out.
            picklist = work.picqer(LANE).picklist(row.picklist.idpicklist)
            services.shipments.record(account, picklist)
    return [row for row in services.shipments.picklists(account, idorder) if is_closed(row)]
