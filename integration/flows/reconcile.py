"""Flow 5: our observations are right again, whatever the webhooks missed.

Reconciliation writes nothing outward: it corrects what we believe (free stock, what shops show,
orders missing or doubled) and raises the jobs concerned. Long lists go on where a run stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from integration.errors import Unmappable
from integration.flows.backfill_orders import backfill_orders
from integration.flows.backfill_products import backfill_products
from integration.flows.backfill_record import ORDERS, PRODUCTS
from integration.flows.observe_account import (
    observe_catalogue,
    observe_orders,
    observe_shipments,
    observe_stock,
)
from integration.flows.observe_order import observe_order
from integration.flows.observe_product import observe_product, observe_unheld
from integration.flows.observe_shop import (
    observe_shop_orders,
    observe_shop_products,
    observe_shop_stock,
)
from integration.jobs import Ending, Flow
from integration.services import Work

Observe = Callable[[Work], Ending]

OF_ACCOUNT: Mapping[str, Observe] = {
    "orders": observe_orders,
    "shipments": observe_shipments,
    "stock": observe_stock,
    "catalogue": observe_catalogue,
    "order": observe_order,
    "product": observe_product,
    "unheld": observe_unheld,
}
OF_SHOP: Mapping[str, Observe] = {
    "orders": observe_shop_orders,
    "products": observe_shop_products,
    "stock": observe_shop_stock,
    ORDERS: backfill_orders,
    PRODUCTS: backfill_products,
}


def reconcile(work: Work) -> Ending:
    """Observe what this job names: ``orders:main`` of an account, ``orders`` of a shop."""
    identity = work.job.identity
    work.services.gate.admit(Flow.RECONCILE, identity.shop)
    kind = identity.subject.partition(":")[0]
    observe = (OF_SHOP if identity.shop else OF_ACCOUNT).get(kind)
    if observe is None:
        raise Unmappable(f"reconcile does not know what {identity.subject!r} is; dismiss this job")
    return observe(work)
