"""Observing a whole Picqer account: its orders, closed picklists, stock and catalogue.

The Picqer client adds an overlap to every ``since``, because Picqer's clock is not ours.
"""

from __future__ import annotations

import structlog

from integration.domain import Picklist, PicqerOrder, PicqerProduct, PicqerStatus
from integration.errors import NotFound
from integration.flows.account_facts import read_warehouses
from integration.flows.products import made_of, product_key
from integration.flows.stock_jobs import push_marked
from integration.flows.sweep import Sweep
from integration.jobs import Done, Ending, Flow, Identity, Lane, OrderStatusFact
from integration.ports import LedgerEntry
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
    doubled = sorted(set(sweep.found))
    for reference in doubled:
        log.error("order.doubled", account=work.job.account, reference=reference)
    work.services.bookmarks.set(f"picqer/{work.job.account}", "doubled_references", doubled)
    note = f"{seen} orders compared since {sweep.since:%Y-%m-%d %H:%M} UTC"
    return Done(f"{note}; TWO LIVE ORDERS for {', '.join(doubled)}" if doubled else note)


def observe_shipments(work: Work) -> Ending:
    """Closed picklists of the account whose webhook may have been missed."""
    sweep, missed = Sweep(work, "shipments_observed"), 0
    for page in work.picqer(LANE).picklists_closed_since(sweep.since, start=sweep.start):
        for picklist in page.rows:
            missed += _observe_picklist(work, picklist)
        sweep.keep(page)
    sweep.complete()
    return Done(f"{missed} closed picklists had been missed since {sweep.since:%Y-%m-%d %H:%M} UTC")


def observe_stock(work: Work) -> Ending:
    """Free stock of every active product, a hundred a request."""
    sweep = Sweep(work, "stock_observed")
    if sweep.start == 0:
        read_warehouses(work, LANE)
    for page in work.picqer(LANE).products(start=sweep.start):
        with work.services.store.transaction():
            for product in page.rows:
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
    for product in products:
        _adopt_one(work, product)
        work.services.stock.observe(work.job.account, product.free_stock)


def _adopt_one(work: Work, product: PicqerProduct) -> None:
    """The catalogue is right: what the ledger says of a renamed or remade product is forgotten."""
    ledger, key = work.services.ledger, product_key(work.job.account, product.productcode)
    entry = ledger.find(key)
    if entry is not None and entry.picqer_id == product.idproduct:
        return
    renamed = ledger.find_by_id(key.account, key.kind, product.idproduct)
    for stale in (entry, renamed):
        if stale is not None:
            ledger.forget(stale.key)
    ledger.adopt(key, made_of(product, adopted=True))


def _observe_order(work: Work, order: PicqerOrder) -> list[str]:
    """Compare one order with the ledger; returns its reference when it is there twice."""
    services, account = work.services, work.job.account
    entry = services.ledger.find_by_id(account, "order", order.idorder)
    if entry is None:
        return _doubled(work, order)
    fact = OrderStatusFact(order.idorder, order.status, order.updated, order.reference)
    known = services.shipments.status(account, order.idorder)
    if known is None or known.status is not order.status:
        services.shipments.record(account, fact)
        if order.status is PicqerStatus.COMPLETED:
            _hint(work, Flow.COMPLETE_ORDER, entry, "reconciliation: completed at Picqer")
    if order.status is PicqerStatus.CONCEPT and not entry.details.get("process_stamp"):
        _hint(work, Flow.CREATE_ORDER, entry, "reconciliation: still a concept at Picqer")
    return []


def _doubled(work: Work, order: PicqerOrder) -> list[str]:
    """An order that is not ours, live, with the reference of one that is."""
    if order.reference is None or order.status is PicqerStatus.CANCELLED:
        return []
    entry = work.services.ledger.find_by_reference(work.job.account, order.reference)
    is_double = entry is not None and entry.picqer_id not in (None, order.idorder)
    return [order.reference] if is_double else []


def _observe_picklist(work: Work, picklist: Picklist) -> int:
    """Write a closed picklist down when it was missed; returns 1 when it was."""
    services, account = work.services, work.job.account
    if picklist.idorder is None:
        return 0
    known = {
        row.picklist.idpicklist: row
        for row in services.shipments.picklists(account, picklist.idorder)
    }
    row = known.get(picklist.idpicklist)
    if row is not None and row.picklist.status == "closed":
        return 0
    services.shipments.record(account, picklist)
    entry = services.ledger.find_by_id(account, "order", picklist.idorder)
    if entry is not None:
        _read_status(work, picklist.idorder)
        _hint(work, Flow.COMPLETE_ORDER, entry, "reconciliation: a closed picklist was missed")
    return 1


def _read_status(work: Work, idorder: int) -> None:
    """The completion may have been missed together with the picklist."""
    try:
        order = work.picqer(LANE).order(idorder)
    except NotFound:
        return
    fact = OrderStatusFact(idorder, order.status, order.updated, order.reference)
    work.services.shipments.record(work.job.account, fact)


def _hint(work: Work, flow: Flow, entry: LedgerEntry, why: str) -> None:
    identity = Identity(flow, entry.key.shop, entry.key.subject)
    work.services.jobs.hint(identity, work.job.account, why=why)
