"""A shop order's life at Picqer: created exactly once, then processed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from integration.crash_points import crash_point
from integration.domain import Order, PicqerOrder, PicqerStatus
from integration.errors import (
    Ambiguous,
    Busy,
    NotFound,
    Refused,
    StoreAway,
    Unavailable,
    Unmappable,
)
from integration.flows.account_facts import vat_groups
from integration.flows.customers import customer_key, customer_of
from integration.flows.eligibility import is_prompt
from integration.flows.joined_lines import join_lines
from integration.flows.missing_products import create_missing_products, refused_products
from integration.flows.stock_jobs import push_marked, read_soon
from integration.jobs import Flow, Identity
from integration.ports import LedgerKey, Made, OrderDraft, Picqer, Webshop
from integration.services import Work

UNKNOWN_PRODUCT = 24
"""error_code of an order with a product that Picqer does not know (response-codes)."""
UNKNOWN_CUSTOMER = 25
"""error_code of an order whose customer was deleted at Picqer (response-codes)."""
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
    picqer = work.picqer(work.order_lane)
    reference = shop.policy.reference_for(order.id, order.number)

    def find() -> Made | None:
        found = find_live_order(picqer, reference)
        return None if found is None else made_of(found)

    def create() -> Made:
        created = _create(work, picqer, webshop, order, reference)
        crash_point("create_order.after_post")
        return made_of(created)

    def on_settled(made: Made) -> None:
        _settle_facts(work, order, made)

    return services.ledger.once(
        order_key(work),
        owner=work.job,
        reference=reference,
        look_first=work.job.look_first
        or work.job.backfilled
        or not _certainly_new(work, webshop, order),
        find=find,
        create=create,
        on_settled=on_settled,
    )


def process_order(work: Work, made: Made) -> None:
    """Make the concept processing. An odd answer is settled by reading the order once."""
    if made.details.get("process_stamp"):
        return
    picqer = work.picqer(work.order_lane)
    try:
        order = picqer.process_order(made.picqer_id)
    except (Refused, Busy, Ambiguous, NotFound) as error:
        order = picqer.order(made.picqer_id)
        if order.status is PicqerStatus.CANCELLED:
            raise cancelled_there(order) from error
        if order.status not in GONE_ON:
            raise
    crash_point("create_order.after_process")
    _processed(work, order)
    crash_point("create_order.after_stamp")


def find_live_order(picqer: Picqer, reference: str) -> PicqerOrder | None:
    """The oldest order with exactly this reference that is not cancelled.

    Raises Unmappable when there are only cancelled ones: a person cancelled it for a reason.
    """
    found = picqer.orders_with_reference(reference)
    live = [order for order in found if order.status is not PicqerStatus.CANCELLED]
    if live:
        return min(live, key=lambda order: order.idorder)
    if found:
        raise cancelled_there(found[-1])
    return None


def look_up_order(work: Work, reference: str, order: Order | None) -> int | None:
    """The idorder of an order that may be at Picqer; never creates. None: it is not there.

    ``order`` is the shop's, None when the shop no longer has it. Raises InDoubt.
    """
    picqer = work.picqer(work.order_lane)

    def find() -> Made | None:
        found = picqer.orders_with_reference(reference)
        live = [one for one in found if one.status is not PicqerStatus.CANCELLED]
        return made_of(live[0]) if live else None

    def on_settled(made: Made) -> None:
        if order is not None:
            _settle_facts(work, order, made)

    return work.services.ledger.resolve(order_key(work), find, on_settled=on_settled)


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
    with _order_not_sent():
        customer = customer_of(work, webshop, order)
    draft = OrderDraft(
        order=order,
        shop=work.shop().policy,
        reference=reference,
        idcustomer=customer.idcustomer,
        all_addresses=customer.adopted,
        vat_groups=vat_groups(work, work.order_lane, rates),
    )
    try:
        return picqer.create_order(draft)
    except Refused as error:
        if error.evidence.error_code == UNKNOWN_CUSTOMER and order.customer.id:
            work.services.ledger.forget(customer_key(work, order.customer.id))
            crash_point("create_order.after_forgetting_customer")
            raise Unavailable(f"{error} It is made anew.", evidence=error.evidence) from error
        if error.evidence.error_code != UNKNOWN_PRODUCT:
            raise
        with _order_not_sent():
            create_missing_products(work, webshop, order)
    return _create_again(work, picqer, draft)


def _create_again(work: Work, picqer: Picqer, draft: OrderDraft) -> PicqerOrder:
    """After every product of it became known."""
    try:
        return picqer.create_order(draft)
    except Refused as error:
        if error.evidence.error_code != UNKNOWN_PRODUCT:
            raise
        with _order_not_sent():
            raise refused_products(work, draft.order) from error


@contextmanager
def _order_not_sent() -> Iterator[None]:
    """A customer or product in doubt is looked up by its own entry; the order is in no doubt."""
    try:
        yield
    except StoreAway:
        raise
    except Ambiguous as error:
        raise Unavailable(f"{error} The order was not sent.", evidence=error.evidence) from error


def _settle_facts(work: Work, order: Order, made: Made) -> None:
    """In the settling transaction: join the lines, and act on facts that came too early."""
    services, identity, account = work.services, work.job.identity, work.job.account
    services.shipments.join_lines(
        account, made.picqer_id, identity.shop, identity.subject, join_lines(order, made)
    )
    uses = Flow.COMPLETE_ORDER in work.shop().policy.flows
    if uses and services.shipments.has_facts(account, made.picqer_id):
        job = Identity(Flow.COMPLETE_ORDER, identity.shop, identity.subject)
        services.jobs.hint(job, account, webhook=True, why="news came before the order was known")
    stamp = made.details.get("process_stamp")
    if isinstance(stamp, str):
        codes = [line.sku for line in order.lines_to_ship if line.sku]
        held_by_picqer(work, identity.shop, identity.subject, stamp, codes)


def _processed(work: Work, order: PicqerOrder) -> None:
    """Write down that the order was processed, and since when Picqer holds its goods."""
    services, identity = work.services, work.job.identity
    with services.store.transaction():
        services.ledger.note(order_key(work), {"process_stamp": order.updated})
        codes = [line.productcode for line in order.lines]
        held_by_picqer(work, identity.shop, identity.subject, order.updated, codes)


def held_by_picqer(
    work: Work, shop: str, order_id: str, stamp: str, productcodes: Iterable[str]
) -> None:
    """Since ``stamp`` Picqer holds this order's goods: they are no longer in flight.

    For a transaction of the caller's; jobs are written in it last.
    """
    in_doubt = work.services.stock.processed(shop, order_id, stamp)
    push_marked(work)
    read_soon(work, in_doubt, productcodes)


def cancelled_there(order: PicqerOrder) -> Unmappable:
    """The error for an order that a person cancelled at Picqer, or had it cancelled."""
    return Unmappable(
        f"this order exists at Picqer as {order.orderid} but is cancelled there. If it is still to "
        f"be shipped, undo the cancellation in Picqer and retry; otherwise dismiss it."
    )
