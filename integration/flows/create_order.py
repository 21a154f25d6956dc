"""Flow 2: a shop order to be shipped is in Picqer and processing; a cancelled one is not.

Calls at Picqer: create and process, and for a new customer one more (or two, when the shop does
not say that the account is new).
"""

from __future__ import annotations

from datetime import datetime

from integration.domain import Order
from integration.errors import NotFound
from integration.flows.cancellation import withdraw_order
from integration.flows.eligibility import Fate, Verdict, judge
from integration.flows.order_at_picqer import ensure_order, order_key, process_order
from integration.flows.stock_jobs import push_marked
from integration.jobs import Done, Ending, Flow
from integration.ports import Webshop
from integration.services import Shop, Work


def create_order(work: Work) -> Ending:
    """Make it true for the shop order that this job names."""
    shop, webshop = work.shop(), work.webshop()
    try:
        order = webshop.order(work.job.identity.subject)
    except NotFound:
        return _gone(work)
    verdict = judge(order, _imported_since(work, shop), webshop.clock_offset)
    _book(work, shop, order, verdict)
    if verdict.fate is Fate.CANCEL:
        work.services.gate.admit(Flow.CREATE_ORDER, shop.policy.name)
        return withdraw_order(work, order.number, verdict.reason)
    if verdict.fate is not Fate.SHIP and not _at_picqer(work):
        return Done(f"nothing to do: {verdict.reason}")
    return _ship(work, shop, webshop, order)


def _ship(work: Work, shop: Shop, webshop: Webshop, order: Order) -> Ending:
    entry = work.services.ledger.find(order_key(work))
    if entry is not None and entry.details.get("process_stamp"):
        return Done(f"in Picqer as {entry.details.get('orderid')} and processing already")
    work.services.gate.admit(Flow.CREATE_ORDER, shop.policy.name)
    made = ensure_order(work, webshop, order)
    if not shop.policy.process_orders:
        return Done(f"in Picqer as concept {made.details.get('orderid')} (process_orders = false)")
    process_order(work, made)
    return Done(f"in Picqer as {made.details.get('orderid')} and processing")


def _gone(work: Work) -> Ending:
    """The shop no longer knows the order: what is at Picqer is treated like a cancelled one."""
    identity = work.job.identity
    booking = work.services.stock.booking(identity.shop, identity.subject)
    work.services.stock.stop_counting(identity.shop, identity.subject)
    number = booking.number if booking else identity.subject
    return withdraw_order(work, number, "the shop no longer has it")


def _at_picqer(work: Work) -> bool:
    """An order that is in Picqer, or may be, goes its way whatever the shop says afterwards."""
    return work.services.ledger.find(order_key(work)) is not None


def _imported_since(work: Work, shop: Shop) -> datetime:
    """Orders placed before this belong to the time before picqer-bridge."""
    sight = work.services.gate.first_sight(work.job.account, shop.policy.name)
    return shop.policy.orders_since or sight


def _book(work: Work, shop: Shop, order: Order, verdict: Verdict) -> None:
    """Remember the lines before any permit is asked, and let every shop of the account know."""
    services = work.services
    with services.store.transaction():
        services.stock.book_order(shop.policy, order, counts=verdict.counts)
        push_marked(work)
