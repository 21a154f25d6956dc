"""What was refunded of a WooCommerce order before it went to the warehouse. Pure.

A refund names an amount including tax, and may name pieces of lines (``_refunded_item_id``, with
negative quantities and totals). The order's own lines and total stay as they were.
Source: WooCommerce REST v3, order refunds; seen in WooCommerce 11.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from integration.webshops.woocommerce.fields import WooFields, fields_of, meta_of

REFUNDED_ITEM = "_refunded_item_id"
ITEMS = ("line_items", "shipping_lines", "fee_lines")


@dataclass(frozen=True, slots=True)
class Refunds:
    """All refunds of an order: the amount excluding tax, and the pieces by line id."""

    net: Decimal
    pieces: Mapping[str, int]


NO_REFUNDS = Refunds(Decimal(0), {})


def refunds_of(order: WooFields, documents: Sequence[object]) -> Refunds:
    """What these refunds come to. Raises Unmappable when one that the order names is missing."""
    net = Decimal(0)
    pieces: Counter[str] = Counter()
    missing = set(refund_ids(order))
    for place, document in enumerate(documents):
        refund = order.within(fields_of(document, order.thing).values, f"refunds[{place}]")
        missing.discard(refund.text("id"))
        net += abs(refund.amount("amount")) - _tax(refund)
        for line in refund.goods():
            if back := abs(line.pieces("quantity")):
                pieces[_refunded_line(line)] += back
    if missing:
        raise order.wrong("refunds", f"names refund {min(missing)}, which could not be read")
    return Refunds(net, pieces)


def refund_ids(order: WooFields) -> list[str]:
    """The ids of the refunds that an order names."""
    return [refund.text("id") for refund in order.tables("refunds")]


def refunded_gross(order: WooFields) -> Decimal:
    """How much of an order was given back, including tax, as the order itself says."""
    totals = (refund.optional_amount("total") for refund in order.tables("refunds"))
    return sum((abs(total) for total in totals if total is not None), Decimal(0))


def _tax(refund: WooFields) -> Decimal:
    """The tax in a refund; its lines have negative amounts."""
    items = (item for name in ITEMS for item in refund.tables(name))
    return -sum((item.optional_amount("total_tax") or Decimal(0) for item in items), Decimal(0))


def _refunded_line(line: WooFields) -> str:
    """The id of the order's line of which pieces were refunded."""
    value = meta_of(line.values).get(REFUNDED_ITEM)
    found = str(value).strip() if isinstance(value, str | int) else ""
    if not found:
        raise line.wrong("meta_data", f"does not say which line was refunded ({REFUNDED_ITEM})")
    return found
