"""A look at both sides at once, which writes nothing: neither there nor in the store.

What reconciliation would find, told to a person before anything is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from integration.compare.differences import Difference, Kind
from integration.compare.orders import ByReference, Orders, doubled_orders, read_orders
from integration.compare.products import (
    Catalogue,
    compare_products,
    compare_stock,
    read_catalogue,
)
from integration.guard import ScopeGuard
from integration.jobs import Flow, Lane
from integration.ports import Picqer
from integration.services import Services, Shop

__all__ = ["Difference", "Kind", "compare"]


def compare(services: Services, shops: Sequence[Shop], since: datetime) -> Iterator[Difference]:
    """The differences of these shops; orders that changed, or were made at Picqer, since then.

    Costs a request to Picqer per hundred orders and products, with the bulk work, and one to the
    shop per order that changed. Raises what either side raises.
    """
    for account in sorted({shop.policy.account.name for shop in shops}):
        guard = ScopeGuard(f"picqer/{account}", services.gate)
        picqer = services.accounts[account].connect(Lane.BULK, guard, 0.0)
        of_account = [shop for shop in shops if shop.policy.account.name == account]
        orders: ByReference = {}
        if _anyone_uses(of_account, Flow.CREATE_ORDER):
            orders = read_orders(picqer, since)
            yield from doubled_orders(account, orders)
        catalogue = _catalogue(picqer, of_account)
        for shop in of_account:
            yield from _compare_shop(services, shop, picqer, orders, catalogue, since=since)


def _catalogue(picqer: Picqer, shops: Sequence[Shop]) -> Catalogue:
    if not any(_anyone_uses(shops, flow) for flow in (Flow.CREATE_PRODUCT, Flow.PUSH_STOCK)):
        return Catalogue({}, frozenset())
    return read_catalogue(picqer)


def _anyone_uses(shops: Sequence[Shop], flow: Flow) -> bool:
    return any(flow in shop.policy.flows for shop in shops)


def _compare_shop(
    services: Services,
    shop: Shop,
    picqer: Picqer,
    orders: ByReference,
    catalogue: Catalogue,
    *,
    since: datetime,
) -> Iterator[Difference]:
    flows = shop.policy.flows
    webshop = shop.connect(ScopeGuard(f"shops/{shop.policy.name}", services.gate))
    if Flow.CREATE_ORDER in flows:
        yield from Orders(services, shop, webshop, picqer, orders, since).differences()
    if Flow.CREATE_PRODUCT in flows and shop.policy.catalogue:
        yield from compare_products(services, shop, webshop, catalogue)
    if Flow.PUSH_STOCK in flows:
        yield from compare_stock(services, shop, webshop, catalogue)
