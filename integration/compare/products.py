"""The products of a shop, and what it shows of them, beside Picqer's catalogue and free stock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from integration.compare.differences import Difference, Kind
from integration.domain import PicqerProduct, Product
from integration.fingerprints import fingerprint
from integration.flows.products import product_key
from integration.ports import Picqer, ShownStock, Webshop
from integration.services import Services, Shop

EVER = datetime(2000, 1, 1, tzinfo=UTC)
PART = 500
"""Figures that are compared at a time: one question to the store."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Picqer's products by productcode, and the idwarehouse of those that count."""

    products: Mapping[str, PicqerProduct]
    counting: frozenset[int]


def read_catalogue(picqer: Picqer, tell: Callable[[int], None] | None = None) -> Catalogue:
    """The whole catalogue, inactive products too: a request per hundred.

    ``tell`` hears after each how many products were read so far.
    """
    found: dict[str, PicqerProduct] = {}
    for inactive in (True, False):
        for page in picqer.products(inactive=inactive):
            found |= {product.productcode: product for product in page.rows}
            if tell is not None:
                tell(len(found))
    counting = frozenset(
        one.idwarehouse
        for one in picqer.warehouses()
        if one.active and one.counts_for_general_stock
    )
    return Catalogue(found, counting)


def compare_products(
    services: Services, shop: Shop, webshop: Webshop, catalogue: Catalogue
) -> Iterator[Difference]:
    """Active products of the shop that are not at Picqer, or not as they are in the shop."""
    account = shop.policy.account.name
    for product in webshop.products_changed_since(EVER):
        if not product.sku or not product.active:
            continue
        there = catalogue.products.get(product.sku)
        if there is None:
            yield _difference(Kind.MISSING_PRODUCT, shop, product.sku, "there", "not there")
        elif not there.active:
            inactive = f"inactive (idproduct {there.idproduct})"
            yield _difference(Kind.MISSING_PRODUCT, shop, product.sku, "there", inactive)
        elif _has_changed(services, account, product):
            told = "other fields than were sent last"
            yield _difference(
                Kind.CHANGED_PRODUCT, shop, product.sku, told, f"idproduct {there.idproduct}"
            )


def _has_changed(services: Services, account: str, product: Product) -> bool:
    """Whether a mapped field is not as it was sent; one that was never sent is left alone."""
    entry = services.ledger.find(product_key(account, product.sku or ""))
    sent = None if entry is None else entry.details.get("fingerprint")
    return sent is not None and sent != fingerprint(product)


def _difference(kind: Kind, shop: Shop, code: str, in_shop: str, at_picqer: str) -> Difference:
    missing = "create_product makes it there; an inactive one is for a person to switch on"
    remedy = missing if kind is Kind.MISSING_PRODUCT else "create_product writes them"
    policy = shop.policy
    return Difference(kind, policy.account.name, policy.name, code, in_shop, at_picqer, remedy)


def compare_stock(
    services: Services, shop: Shop, webshop: Webshop, catalogue: Catalogue
) -> Iterator[Difference]:
    """What the shop shows that is not free stock - in flight - buffer."""
    shown = webshop.stock()
    while part := list(islice(shown, PART)):
        yield from _compare_part(services, shop, part, catalogue)


def _compare_part(
    services: Services, shop: Shop, part: Iterable[ShownStock], catalogue: Catalogue
) -> Iterator[Difference]:
    policy = shop.policy
    known = [(one, catalogue.products[one.productcode]) for one in part if _is_ours(one, catalogue)]
    if not known:
        return
    codes = [there.productcode for _, there in known]
    read_at = min(there.free_stock.stamp for _, there in known)
    in_flight = services.stock.pieces_not_held(policy.account.name, codes, read_at)
    warehouses = policy.warehouses or catalogue.counting
    for one, there in known:
        figures = there.free_stock.by_warehouse.items()
        free = sum(pieces for idwarehouse, pieces in figures if idwarehouse in warehouses)
        flying = in_flight.get(one.productcode, 0)
        ought = max(0, free - flying - policy.stock_buffer)
        if one.sellable != ought:
            yield Difference(
                Kind.STOCK,
                policy.account.name,
                policy.name,
                one.productcode,
                in_shop=f"shows {one.sellable if one.sellable is not None else 'nothing'}",
                at_picqer=f"free {free}, in flight {flying}: ought to show {ought}",
                remedy="push_stock writes it",
            )


def _is_ours(one: ShownStock, catalogue: Catalogue) -> bool:
    there = catalogue.products.get(one.productcode)
    return one.managed and there is not None and there.active and not there.free_stock.unlimited
