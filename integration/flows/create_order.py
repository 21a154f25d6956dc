"""Flow 2: a shop order to be shipped is in Picqer and processing; a cancelled one is not.

Calls at Picqer: create and process, and for a new customer one more (or two, when the shop does
not say that the account is new).
"""

from __future__ import annotations

from datetime import UTC, datetime

from integration.crash_points import crash_point
from integration.domain import Order, PicqerStatus
from integration.errors import NotFound, Unmappable
from integration.flows.cancellation import withdraw_order
from integration.flows.eligibility import Fate, Verdict, judge
from integration.flows.order_at_picqer import (
    GONE_ON,
    cancelled_there,
    ensure_order,
    look_up_order,
    order_key,
    process_order,
)
from integration.flows.stock_jobs import push_marked
from integration.jobs import Done, Ending, Flow
from integration.ports import LedgerEntry, LedgerState, Webshop
from integration.required_skus import require_skus
from integration.services import Shop, Work


def create_order(work: Work) -> Ending:
    """Make it true for the shop order that this job names."""
    shop, webshop = work.shop(), work.webshop()
    if work.services.privacy.is_erased(f"shops/{shop.policy.name}", work.job.identity.subject):
        return Done("nothing to do: it was erased on request")
    try:
        order = webshop.order(work.job.identity.subject)
    except NotFound:
        return _gone(work)
    entry = work.services.ledger.find(order_key(work))
    verdict = judge(order, _imported_since(work, shop, entry), webshop.clock_offset)
    _book(work, shop, order, verdict)
    crash_point("create_order.after_booking")
    if verdict.fate is Fate.CANCEL:
        work.services.gate.admit(Flow.CREATE_ORDER, shop.policy.name)
        return withdraw_order(work, order.number, order, verdict.reason)
    if entry is not None and entry.details.get("process_stamp") and not _withdrawn(entry):
        return _under_way(work, order, entry)
    if verdict.fate is not Fate.SHIP:
        return _hold_back(work, order, entry, verdict)
    return _ship(work, shop, webshop, order, entry)


def _under_way(work: Work, order: Order, entry: LedgerEntry) -> Ending:
    """It is the warehouse's now; a person is told when the shop holds it back after all."""
    orderid = entry.details.get("orderid")
    if order.withheld and not _has_left(work, entry.picqer_id or 0):
        raise Unmappable(
            f"the shop holds order {order.number} back (it is on hold, or its payment failed) but "
            f"it is processing at Picqer as {orderid}. Pause or cancel it in Picqer if it is not "
            f"to be shipped, then dismiss this job; it ends by itself when the shop releases the "
            f"order again."
        )
    return Done(f"in Picqer as {orderid} and processing already")


def _has_left(work: Work, idorder: int) -> bool:
    """Whether some of it was shipped, or it was stopped at Picqer, as far as Picqer told us."""
    shipments, account = work.services.shipments, work.job.account
    fact = shipments.status(account, idorder)
    if fact is not None and fact.status in (PicqerStatus.COMPLETED, PicqerStatus.CANCELLED):
        return True
    rows = shipments.picklists(account, idorder)
    return any(row.picklist.closed_at is not None for row in rows)


def _hold_back(work: Work, order: Order, entry: LedgerEntry | None, verdict: Verdict) -> Ending:
    """It is not to be shipped, or not yet: a concept at Picqer stays one, and nothing is made."""
    if entry is not None and entry.state is LedgerState.INTENT:
        work.services.gate.admit(Flow.CREATE_ORDER, work.job.identity.shop)
        look_up_order(work, entry.reference or order.number, order)
        entry = work.services.ledger.find(order_key(work))
    if entry is None:
        return Done(f"nothing to do: {verdict.reason}")
    orderid = entry.details.get("orderid")
    return Done(f"in Picqer as {orderid} and not processed from here: {verdict.reason}")


def _ship(
    work: Work, shop: Shop, webshop: Webshop, order: Order, entry: LedgerEntry | None
) -> Ending:
    work.services.gate.admit(Flow.CREATE_ORDER, shop.policy.name)
    if entry is None:
        require_skus(order)
    elif _withdrawn(entry):
        _require_revival(work, entry)
    made = ensure_order(work, webshop, order)
    if not shop.policy.process_orders:
        return Done(f"in Picqer as concept {made.details.get('orderid')} (process_orders = false)")
    process_order(work, made)
    return Done(f"in Picqer as {made.details.get('orderid')} and processing")


def _gone(work: Work) -> Ending:
    """The shop no longer knows the order: what is at Picqer is treated like a cancelled one."""
    identity = work.job.identity
    booking = work.services.stock.booking(identity.shop, identity.subject)
    with work.services.store.transaction():
        work.services.stock.stop_counting(identity.shop, identity.subject)
        push_marked(work)
    crash_point("create_order.after_vanishing")
    work.services.gate.admit(Flow.CREATE_ORDER, identity.shop)
    number = booking.number if booking else identity.subject
    return withdraw_order(work, number, None, "the shop no longer has it")


def _withdrawn(entry: LedgerEntry) -> bool:
    """Whether it was cancelled at Picqer because the shop had cancelled it."""
    return bool(entry.details.get("withdrawn"))


def _require_revival(work: Work, entry: LedgerEntry) -> None:
    """The shop wants it shipped after all: a person has to undo the cancellation in Picqer."""
    try:
        there = work.picqer(work.order_lane).order(entry.picqer_id or 0)
    except NotFound as error:
        raise Unmappable(
            f"this order was withdrawn at Picqer ({entry.details.get('orderid')}) when the shop "
            f"cancelled it, and the shop has revived it since. Enter it in Picqer by hand, then "
            f"dismiss this job."
        ) from error
    if there.status is PicqerStatus.CANCELLED:
        raise cancelled_there(there)
    stamp = there.updated if there.status in GONE_ON else None
    work.services.ledger.note(entry.key, {"withdrawn": False, "process_stamp": stamp})
    crash_point("create_order.after_revival")


def _imported_since(work: Work, shop: Shop, entry: LedgerEntry | None) -> datetime:
    """Orders placed before this belong to the time before picqer-bridge.

    One that is at Picqer never does, nor one that a backfill found to be missing there.
    """
    if entry is not None or work.job.backfilled:
        return datetime.min.replace(tzinfo=UTC)
    sight = work.services.gate.first_sight(work.job.account, shop.policy.name)
    return shop.policy.orders_since or sight


def _book(work: Work, shop: Shop, order: Order, verdict: Verdict) -> None:
    """Remember the lines before any permit is asked, and let every shop of the account know."""
    services = work.services
    with services.store.transaction():
        services.stock.book_order(shop.policy, order, counts=verdict.counts)
        push_marked(work)
