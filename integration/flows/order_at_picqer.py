"""A shop order's life at Picqer: created exactly once, then processed."""

from __future__ import annotations

from integration.domain import Order, PicqerOrder, PicqerStatus, ShipmentLine
from integration.errors import Ambiguous, Busy, NotFound, Refused, Unmappable
from integration.flows.account_facts import vat_groups
from integration.flows.customers import customer_of
from integration.flows.eligibility import is_prompt
from integration.flows.missing_products import create_missing_products
from integration.flows.stock_jobs import push_marked, read_soon
from integration.jobs import Flow, Identity, Lane
from integration.ports import LedgerKey, Made, OrderDraft, Picqer, Webshop
from integration.services import Work

LANE = Lane.ORDERS
UNKNOWN_PRODUCT = 24
"""error_code of an order with a product that Picqer does not know (response-codes)."""
GONE_ON = frozenset({PicqerStatus.PROCESSING, PicqerStatus.PAUSED, PicqerStatus.COMPLETED})
"""Statuses of an order that has been processed."""


def order_key(work: Work) -> LedgerKey:
    """The ledger's key of the order that this job names."""
    return LedgerKey(work.job.account, "order", work.job.identity.shop, work.job.identity.subject)


def ensure_order(work: Work, webshop: Webshop, order: Order) -> Made:
    """Make the order exist at Picqer exactly once, as a concept."""
    services, shop = work.services, work.shop()
    entry = services.ledger.find(order_key(work))
    if entry is not None and entry.picqer_id is not None:
        return Made(entry.picqer_id, entry.details)
    picqer = work.picqer(LANE)
    reference = shop.policy.reference_for(order.id, order.number)

    def find() -> Made | None:
        found = find_live_order(picqer, reference)
        return None if found is None else made_of(found)

    def create() -> Made:
        return made_of(_create(work, picqer, webshop, order, reference))

    def on_settled(made: Made) -> None:
        _settle_facts(work, order, made)

    return services.ledger.once(
        order_key(work),
        owner=work.job,
        reference=reference,
        look_first=work.job.look_first or not _certainly_new(work, webshop, order),
        find=find,
        create=create,
        on_settled=on_settled,
    )


def process_order(work: Work, made: Made) -> None:
    """Make the concept processing. An odd answer is settled by reading the order once."""
    if made.details.get("process_stamp"):
        return
    picqer = work.picqer(LANE)
    try:
        order = picqer.process_order(made.picqer_id)
    except (Refused, Busy, Ambiguous, NotFound) as error:
        order = picqer.order(made.picqer_id)
        if order.status is PicqerStatus.CANCELLED:
            raise _cancelled_there(order) from error
        if order.status not in GONE_ON:
            raise
    _processed(work, order)


def find_live_order(picqer: Picqer, reference: str) -> PicqerOrder | None:
    """The oldest order with exactly this reference that is not cancelled.

    Raises Unmappable when there are only cancelled ones: a person cancelled it for a reason.
    """
    found = picqer.orders_with_reference(reference)
    live = [order for order in found if order.status is not PicqerStatus.CANCELLED]
    if live:
        return min(live, key=lambda order: order.idorder)
    if found:
        raise _cancelled_there(found[-1])
    return None


def made_of(order: PicqerOrder) -> Made:
    """What the ledger keeps of an order: numbers, the stamp of its processing, its lines."""
    processed = order.updated if order.status in GONE_ON else None
    lines = [
        [line.idorder_product, line.productcode, line.amount]
        for line in order.lines
        if line.partof is None
    ]
    return Made(
        order.idorder,
        {"orderid": order.orderid, "process_stamp": processed, "lines": lines},
    )


def _certainly_new(work: Work, webshop: Webshop, order: Order) -> bool:
    services, identity = work.services, work.job.identity
    booking = services.stock.booking(identity.shop, identity.subject)
    if booking is None:
        return False
    sight = services.gate.first_sight(work.job.account, identity.shop)
    return is_prompt(order, booking, webshop.clock_offset, services.gate.birth(), sight)


def _create(
    work: Work, picqer: Picqer, webshop: Webshop, order: Order, reference: str
) -> PicqerOrder:
    rates = [line.tax_rate for line in order.lines_to_ship]
    customer = customer_of(work, webshop, order)
    draft = OrderDraft(
        order=order,
        shop=work.shop().policy,
        reference=reference,
        idcustomer=customer.idcustomer,
        all_addresses=customer.adopted,
        vat_groups=vat_groups(work, LANE, rates),
    )
    try:
        return picqer.create_order(draft)
    except Refused as error:
        if error.evidence.error_code != UNKNOWN_PRODUCT:
            raise
        create_missing_products(work, webshop, order)
        return picqer.create_order(draft)


def _settle_facts(work: Work, order: Order, made: Made) -> None:
    """In the settling transaction: join the lines, and act on facts that came too early."""
    services, identity, account = work.services, work.job.identity, work.job.account
    services.shipments.join_lines(
        account, made.picqer_id, identity.shop, identity.subject, join_lines(order, made)
    )
    stamp = made.details.get("process_stamp")
    if isinstance(stamp, str):
        services.stock.processed(identity.shop, identity.subject, stamp)
    if services.shipments.has_facts(account, made.picqer_id):
        job = Identity(Flow.COMPLETE_ORDER, identity.shop, identity.subject)
        services.jobs.hint(job, account, webhook=True, why="news came before the order was known")


def join_lines(order: Order, made: Made) -> dict[int, ShipmentLine]:
    """Which shop line each idorder_product stands for: by position, checked by productcode.

    Lines that need no shipping were never sent; a line that does not match is left unjoined.
    """
    joined: dict[int, ShipmentLine] = {}
    rows = made.details.get("lines")
    for line, row in zip(order.lines_to_ship, rows if isinstance(rows, list) else [], strict=False):
        idorder_product, productcode, amount = row
        if line.sku == productcode and line.quantity == amount:
            joined[int(idorder_product)] = ShipmentLine(line.id, productcode, int(amount))
    return joined


def _processed(work: Work, order: PicqerOrder) -> None:
    """Write down since when Picqer holds the goods; from then on they are not in flight."""
    services, identity = work.services, work.job.identity
    with services.store.transaction():
        services.ledger.note(order_key(work), {"process_stamp": order.updated})
        equal = services.stock.processed(identity.shop, identity.subject, order.updated)
        read_soon(work, equal, [line.productcode for line in order.lines])
        push_marked(work)


def _cancelled_there(order: PicqerOrder) -> Unmappable:
    return Unmappable(
        f"this order exists at Picqer as {order.orderid} but is cancelled there. If it is still to "
        f"be shipped, undo the cancellation in Picqer and retry; otherwise dismiss it."
    )
