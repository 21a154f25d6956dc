"""Observing a whole Picqer account: its orders, closed picklists, stock and catalogue.

The Picqer client adds an overlap to every ``since``, because Picqer's clock is not ours.
"""

from __future__ import annotations

import structlog

from integration.crash_points import crash_point
from integration.domain import Picklist, PicqerOrder, PicqerProduct, PicqerStatus
from integration.errors import NotFound
from integration.flows.account_facts import read_warehouses
from integration.flows.missed_parcels import find_missed_parcels
from integration.flows.order_at_picqer import GONE_ON, held_by_picqer
from integration.flows.products import made_of, product_key
from integration.flows.stock_jobs import push_marked
from integration.flows.sweep import Sweep
from integration.jobs import Done, Ending, Flow, Identity, Lane, OrderStatusFact
from integration.ports import Bookmarks, LedgerEntry, LedgerState
from integration.services import Work

LANE = Lane.BULK
log = structlog.get_logger(__name__)


def observe_orders(work: Work) -> Ending:
    """Orders of the account: statuses we missed, and references with two live orders."""
    sweep, seen = Sweep(work, "orders_observed"), 0
    for page in work.picqer(LANE).orders_since(sweep.since, start=sweep.start):
        for order in page.rows:
            sweep.found += _observe_order(work, order)
        seen += len(page.rows)
        sweep.keep(page)
    sweep.complete()
    doubled = _remember_doubled(work, set(sweep.found))
    note = f"{seen} orders compared since {sweep.since:%Y-%m-%d %H:%M} UTC"
    return Done(f"{note}; TWO LIVE ORDERS for {', '.join(doubled)}" if doubled else note)


def doubled_references(bookmarks: Bookmarks, account: str) -> list[str]:
    """References that two live orders of the account share, as reconciliation found them."""
    kept = bookmarks.get(f"picqer/{account}", "doubled_references")
    return [str(reference) for reference in kept[0]] if kept and isinstance(kept[0], list) else []


def _remember_doubled(work: Work, found: set[str]) -> list[str]:
    """Those of this pass, and those of earlier ones that are still double."""
    bookmarks, account = work.services.bookmarks, work.job.account
    for reference in doubled_references(bookmarks, account):
        if reference not in found and _is_double(work, reference):
            found.add(reference)
    doubled = sorted(found)
    for reference in doubled:
        log.error("order.doubled", account=account, reference=reference)
    bookmarks.set(f"picqer/{account}", "doubled_references", doubled)
    return doubled


def _is_double(work: Work, reference: str) -> bool:
    orders = work.picqer(LANE).orders_with_reference(reference)
    return sum(order.status is not PicqerStatus.CANCELLED for order in orders) > 1


def observe_shipments(work: Work) -> Ending:
    """Closed picklists of the account whose webhook may have been missed."""
    sweep, missed = Sweep(work, "shipments_observed"), 0
    for page in work.picqer(LANE).picklists_closed_since(sweep.since, start=sweep.start):
        for picklist in page.rows:
            missed += _observe_picklist(work, picklist)
        sweep.keep(page)
    sweep.complete()
    since = f"since {sweep.since:%Y-%m-%d %H:%M} UTC"
    return Done(f"{missed} closed picklists, or parcels of them, had been missed {since}")


def observe_stock(work: Work) -> Ending:
    """Free stock of every active product, a hundred a request."""
    sweep = Sweep(work, "stock_observed")
    if sweep.start == 0:
        read_warehouses(work, LANE)
    for page in work.picqer(LANE).products(start=sweep.start):
        with work.services.store.transaction():
            for product in _by_productcode(page.rows):
                work.services.stock.observe(work.job.account, product.free_stock)
            sweep.keep(page)
            push_marked(work, "reconciliation read the free stock")
    sweep.complete()
    return Done("the free stock of all active products was read")


def observe_catalogue(work: Work) -> Ending:
    """List the catalogue into the ledger, active products first, so that none is made twice."""
    sweep = Sweep(work, "catalogue_listed")
    if sweep.stage == 0:
        read_warehouses(work, LANE)
    for inactive in (False, True)[sweep.stage :]:
        for page in work.picqer(LANE).products(inactive=inactive, start=sweep.start):
            with work.services.store.transaction():
                _adopt(work, page.rows)
                sweep.keep(page)
        if not inactive:
            sweep.next_stage()
    sweep.complete()
    return Done(f"{work.services.ledger.count(work.job.account, 'product')} products are known")


def _adopt(work: Work, products: tuple[PicqerProduct, ...]) -> None:
    jobs, account = work.services.jobs, work.job.account
    waited_for = jobs.blocked_productcodes(account)
    for product in _by_productcode(products):
        _adopt_one(work, product)
        if product.active and product.productcode in waited_for:
            jobs.release_blocked(account, product.productcode)
        work.services.stock.observe(account, product.free_stock)


def _by_productcode(products: tuple[PicqerProduct, ...]) -> list[PicqerProduct]:
    """The order in which everybody locks the rows of products."""
    return sorted(products, key=lambda product: product.productcode)


def _adopt_one(work: Work, product: PicqerProduct) -> None:
    """The catalogue is right: what the ledger says of a renamed or remade product is forgotten.

    An intent is left to the job that has it in hand: that one knows the shop's product. Orders
    that wait for the product go on.
    """
    ledger, key = work.services.ledger, product_key(work.job.account, product.productcode)
    entry = ledger.find(key)
    if entry is not None and LedgerState.INTENT is entry.state:
        return
    if entry is not None and entry.picqer_id == product.idproduct:
        return
    renamed = ledger.find_by_id(key.account, key.kind, product.idproduct)
    for stale in (entry, renamed):
        if stale is not None:
            ledger.forget(stale.key)
    ledger.adopt(key, made_of(product, adopted=True))
    if product.active:
        work.services.jobs.release_blocked(work.job.account, product.productcode)


def _observe_order(work: Work, order: PicqerOrder) -> list[str]:
    """Compare one order with the ledger; returns its reference when it is there twice."""
    services, account = work.services, work.job.account
    entry = services.ledger.find_by_id(account, "order", order.idorder)
    if entry is None:
        return _doubled(work, order)
    fact = OrderStatusFact(order.idorder, order.status, order.updated, order.reference)
    known = services.shipments.status(account, order.idorder)
    if known is None or known.status is not order.status:
        # What is known is not looked at again: it must not be known without its job.
        with services.store.transaction():
            services.shipments.record(account, fact)
            crash_point("reconcile.before_status")
            if order.status is PicqerStatus.COMPLETED:
                _hint(work, Flow.COMPLETE_ORDER, entry, "reconciliation: completed at Picqer")
    if not entry.details.get("process_stamp"):
        _observe_concept(work, order, entry)
    return []


def _observe_concept(work: Work, order: PicqerOrder, entry: LedgerEntry) -> None:
    """An order that we did not process: it ought to be, or a person has done it meanwhile."""
    shop = work.services.shops.get(entry.key.shop)
    if order.status is PicqerStatus.CONCEPT and shop is not None and shop.policy.process_orders:
        _hint(work, Flow.CREATE_ORDER, entry, "reconciliation: still a concept at Picqer")
        crash_point("reconcile.after_concept")
    if order.status not in GONE_ON:
        return
    booking = work.services.stock.booking(entry.key.shop, entry.key.subject)
    if booking is not None and booking.process_stamp is None:
        codes = [line.productcode for line in order.lines]
        with work.services.store.transaction():
            held_by_picqer(work, booking.shop, booking.order_id, order.updated, codes)


def _doubled(work: Work, order: PicqerOrder) -> list[str]:
    """An order that is not ours, live, with the reference of one that is."""
    if order.reference is None or order.status is PicqerStatus.CANCELLED:
        return []
    entry = work.services.ledger.find_by_reference(work.job.account, order.reference)
    is_double = entry is not None and entry.picqer_id not in (None, order.idorder)
    return [order.reference] if is_double else []


def _observe_picklist(work: Work, picklist: Picklist) -> int:
    """Write a closed picklist down when it, or its first parcel, was missed; 1 when it was."""
    services, account = work.services, work.job.account
    if picklist.idorder is None:
        return 0
    known = {
        row.picklist.idpicklist: row
        for row in services.shipments.picklists(account, picklist.idorder)
    }
    row = known.get(picklist.idpicklist)
    entry = services.ledger.find_by_id(account, "order", picklist.idorder)
    concerns_us = entry is not None and _uses(work, entry, Flow.COMPLETE_ORDER)
    if row is not None and row.picklist.status == "closed" and _was_raised(work, entry):
        return int(concerns_us and entry is not None and find_missed_parcels(work, row, entry))
    fact = _read_status(work, picklist.idorder) if concerns_us else None
    with services.store.transaction():
        services.shipments.record(account, picklist)
        if fact is not None:
            services.shipments.record(account, fact)
        crash_point("reconcile.before_picklist")
        if entry is not None and concerns_us:
            _hint(work, Flow.COMPLETE_ORDER, entry, "reconciliation: a closed picklist was missed")
    return 1


def _was_raised(work: Work, entry: LedgerEntry | None) -> bool:
    """Whether the order's shipments have a job, if they need one.

    A picklist that was told of while its order was being written down has none.
    """
    if entry is None or not _uses(work, entry, Flow.COMPLETE_ORDER):
        return True
    identity = Identity(Flow.COMPLETE_ORDER, entry.key.shop, entry.key.subject)
    return work.services.jobs.find_identity(identity) is not None


def _read_status(work: Work, idorder: int) -> OrderStatusFact | None:
    """The completion may have been missed together with the picklist."""
    try:
        order = work.picqer(LANE).order(idorder)
    except NotFound:
        return None
    return OrderStatusFact(idorder, order.status, order.updated, order.reference)


def _uses(work: Work, entry: LedgerEntry, flow: Flow) -> bool:
    shop = work.services.shops.get(entry.key.shop)
    return shop is not None and flow in shop.policy.flows


def _hint(work: Work, flow: Flow, entry: LedgerEntry, why: str) -> None:
    identity = Identity(flow, entry.key.shop, entry.key.subject)
    if _uses(work, entry, flow):
        work.services.jobs.hint(identity, work.job.account, why=why)
