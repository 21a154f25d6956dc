"""An order with a product that Picqer does not know: the product is made from the shop's.

Picqer's refusal (error_code 24) does not say which line, so only lines whose productcode the
ledger lacks are looked at.
"""

from __future__ import annotations

from integration.crash_points import crash_point
from integration.domain import Order, OrderLine
from integration.errors import NotFound, Rejected, Unmappable
from integration.flows.products import ensure_product, find_product, made_of, product_key
from integration.ports import Webshop
from integration.services import Work


def create_missing_products(work: Work, webshop: Webshop, order: Order) -> None:
    """Make every unknown product of the order; raises Unmappable when nothing can be made."""
    lines = {line.sku: line for line in order.lines_to_ship if line.sku}
    unknown = work.services.ledger.unknown_productcodes(work.job.account, lines)
    if not unknown:
        raise Unmappable(
            f"Picqer does not know a product of this order, though all of them "
            f"({', '.join(sorted(lines))}) were there before. Look in Picqer which one is "
            f"inactive or renamed, then retry."
        )
    for productcode in unknown:
        _create(work, webshop, lines[productcode], productcode)


def _create(work: Work, webshop: Webshop, line: OrderLine, productcode: str) -> None:
    account = work.job.account
    found = find_product(work.picqer(work.order_lane), productcode)
    if found is not None:
        key = product_key(account, productcode)
        with work.services.store.transaction():
            work.services.ledger.adopt(key, made_of(found, adopted=True))
            work.services.jobs.release_blocked(account, productcode)
        crash_point("missing_products.after_adoption")
        return
    if not work.shop().policy.catalogue:
        raise _unknown(productcode, "and this shop does not write products (catalogue = false)")
    if line.product_id is None:
        raise _unknown(productcode, "and the order line names no product of the shop")
    try:
        product = webshop.product(line.product_id)
    except NotFound as error:
        raise _unknown(productcode, "and the shop no longer has it") from error
    if product.sku != productcode:
        raise _unknown(productcode, f"and the shop's product has SKU {product.sku!r} by now")
    try:
        ensure_product(work, product, productcode, work.order_lane)
    except Rejected as error:
        raise _unknown(productcode, f"and it could not be created: {error}") from error
    crash_point("missing_products.after_creation")


def _unknown(productcode: str, why: str) -> Unmappable:
    return Unmappable(
        f"Picqer does not know product {productcode}, {why}. Create it in Picqer, then retry; by "
        f"itself this order goes on when the catalogue is next listed.",
        blocked_on=productcode,
    )
