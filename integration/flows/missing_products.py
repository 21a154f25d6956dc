"""An order with a product that Picqer does not know: the product is made from the shop's.

Picqer's refusal (error_code 24) does not say which line, so only lines whose productcode the
ledger lacks are looked at. When the ledger knows them all, each is looked up, to tell a person
which one is inactive or gone. (Whether Picqer refuses an inactive product is not in its pages;
an order that it takes is an order like any other.)
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
        raise refused_products(work, order)
    for productcode in unknown:
        _create(work, webshop, lines[productcode], productcode)


def refused_products(work: Work, order: Order) -> Unmappable:
    """The error for an order that Picqer refuses although every product of it was there before.

    It names those that are inactive or gone, and goes on with the first of them.
    """
    productcodes = sorted({line.sku for line in order.lines_to_ship if line.sku})
    wrong = {code: said for code in productcodes if (said := _wrong_there(work, code))}
    if not wrong:
        return Unmappable(
            f"Picqer refuses order {order.number} because a product of it does not exist, but all "
            f"of them ({', '.join(productcodes)}) are there and active. Look at them in Picqer, "
            f"then retry."
        )
    return Unmappable(
        f"Picqer refuses order {order.number}: {'; '.join(wrong.values())}. Correct that in Picqer "
        f"or in the shop, then retry; by itself this order goes on when the catalogue is next "
        f"listed.",
        blocked_on=next(iter(wrong)),
    )


def _wrong_there(work: Work, productcode: str) -> str | None:
    """Why this product cannot be ordered at Picqer, and what to do; None: it can be."""
    found = find_product(work.picqer(work.order_lane), productcode)
    if found is None:
        return (
            f"{productcode} is not there any more. Give the product its productcode again in "
            f"Picqer, or create it"
        )
    if found.active:
        return None
    return f"{productcode} is inactive there (idproduct {found.idproduct}). Activate it in Picqer"


def _create(work: Work, webshop: Webshop, line: OrderLine, productcode: str) -> None:
    account = work.job.account
    found = find_product(work.picqer(work.order_lane), productcode)
    if found is not None:
        key = product_key(account, productcode)
        with work.services.store.transaction():
            work.services.ledger.adopt(key, made_of(found, adopted=True))
            if found.active:
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
