"""What Picqer knows a line by: without its SKU nothing of an order is sent. Pure."""

from __future__ import annotations

from integration.domain import Order
from integration.errors import Unmappable


def require_skus(order: Order) -> None:
    """Raises Unmappable for a line without SKU, before anything is asked of Picqer."""
    lines = [line for line in order.lines_to_ship if not (line.sku or "").strip()]
    # Not by their names: an engraved mug may be named after its owner.
    nameless = [line.product_id or f"of line {line.id}" for line in lines]
    if nameless:
        raise Unmappable(
            f"Order {order.number} has a line without SKU: product {', '.join(nameless)}. Give "
            f"that product a SKU of its own in the shop (each variation has one), or dismiss this "
            f"job and enter the order in Picqer by hand."
        )
