"""Completing the shop's order when Picqer's is: once, and not before its last shipment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from integration.crash_points import crash_point
from integration.domain import PicqerStatus
from integration.flows.order_at_picqer import order_key
from integration.flows.report_picklists import LANE, Step
from integration.jobs import OrderStatusFact
from integration.ports import LedgerEntry, ShopAnswer, Webshop
from integration.services import Work

STRAGGLER_SECONDS = 60.0
"""Picqer may tell of an order's completion before it tells of its last picklist."""
COMPLETED = "completed"
SEEN = "completed_seen"
ASKED = "order_read"


def is_status(fact: OrderStatusFact | None, status: PicqerStatus) -> bool:
    """Whether Picqer told this status last."""
    return fact is not None and fact.status is status


def complete_once(
    work: Work,
    webshop: Webshop,
    entry: LedgerEntry,
    status: OrderStatusFact | None,
    steps: Sequence[Step],
) -> Step:
    """Complete the shop's order once, when Picqer's is and everything of it was reported."""
    if is_status(status, PicqerStatus.CANCELLED):
        return Step("the order was cancelled in Picqer; the shop's order is left as it is")
    if not is_status(status, PicqerStatus.COMPLETED) or any(
        step.waits is not None for step in steps
    ):
        return Step("")
    if entry.details.get(COMPLETED):
        return Step("the order was completed before")
    if any(step.left for step in steps):
        return Step("it is not completed: a person changed the order in the shop")
    if entry.picqer_id is not None and not _all_reported(work, entry.picqer_id, steps):
        straggler = _look_for_stragglers(work, entry.picqer_id)
        if straggler is not None:
            return straggler
    answer = webshop.complete(work.job.identity.subject)
    crash_point("complete_order.after_complete")
    work.services.ledger.note(order_key(work), {COMPLETED: True})
    crash_point("complete_order.after_completion")
    if answer is ShopAnswer.LEFT_AS_IS:
        return Step("it was not completed: a person changed the order in the shop")
    return Step("the order was completed in the shop")


def _all_reported(work: Work, idorder: int, steps: Sequence[Step]) -> bool:
    """Whether the shipments the shop carries hold every piece that Picqer's order has of it."""
    reported: Counter[str] = Counter()
    for step in steps:
        for line in step.shipment.lines if step.shipment is not None else ():
            reported[line.line_id] += line.quantity
    ordered: Counter[str] = Counter()
    for line in work.services.shipments.lines(work.job.account, idorder).values():
        ordered[line.line_id] += line.quantity
    return bool(reported) and ordered <= reported


def _look_for_stragglers(work: Work, idorder: int) -> Step | None:
    """Wait for picklists that Picqer has not told of yet, then ask once; None: there are none.

    A shop that is completed too early would leave the shipments that follow as they are.
    """
    services, account = work.services, work.job.account
    seconds = _straggling(work)
    if seconds > 0:
        return Step("Picqer completed the order; its last picklist is waited for", waits=seconds)
    if work.job.progress.get(ASKED):
        return None
    order = work.picqer(LANE).order(idorder)
    with services.store.transaction():
        services.shipments.record(account, OrderStatusFact(idorder, order.status, order.updated))
        for picklist in order.picklists:
            services.shipments.record(account, replace(picklist, idorder=idorder))
        services.jobs.save_progress(work.job, {**work.job.progress, ASKED: True})
    crash_point("complete_order.after_straggler")
    return Step("Picqer was asked for the order's picklists", waits=0.0)


def _straggling(work: Work) -> float:
    """Seconds to wait still, counted from the first run that missed a picklist."""
    now, seen = work.services.store.now(), work.job.progress.get(SEEN)
    if not isinstance(seen, str):
        progress = {**work.job.progress, SEEN: now.isoformat()}
        work.services.jobs.save_progress(work.job, progress)
        crash_point("complete_order.after_progress")
        return STRAGGLER_SECONDS
    return STRAGGLER_SECONDS - (now - datetime.fromisoformat(seen)).total_seconds()
