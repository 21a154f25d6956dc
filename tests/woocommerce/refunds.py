"""A refund of an order: an amount given back, perhaps with the goods that it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal

from tests.woocommerce.captures import Json, answer
from tests.woocommerce.instants import both
from tests.woocommerce.lines import FeeLine, LineItem, ShippingLine
from tests.woocommerce.meta import MetaData
from tests.woocommerce.money import ZERO, decimals

TARGETS = {"allow": ["GET", "DELETE"]}


@dataclass(slots=True, eq=False)
class Refund:
    """What was given back: `amount` including VAT; quantities and totals of lines are negative."""

    id: int
    order_id: int
    created: datetime
    amount: Decimal
    reason: str = ""
    prices_include_tax: bool = True
    lines: list[LineItem] = field(default_factory=list)
    shipping_lines: list[ShippingLine] = field(default_factory=list)
    fees: list[FeeLine] = field(default_factory=list)
    meta: MetaData = field(default_factory=MetaData)

    @property
    def tax(self) -> Decimal:
        """The VAT that was given back: negative or zero."""
        inclusive = self.prices_include_tax
        every = [*self.lines, *self.shipping_lines, *self.fees]
        return sum((line.tax(prices_include_tax=inclusive) for line in every), ZERO)

    def at_order(self, dp: int) -> Json:
        """How its order names it (delivery 029)."""
        return {
            "id": self.id,
            "reason": self.reason,
            "total": f"-{decimals(self.amount, dp)}",
            "total_tax": decimals(self.tax, dp),
        }

    def document(self, home: str, zone: tzinfo, dp: int) -> Json:
        """The refund as `orders/{id}/refunds` shows it (034)."""
        inclusive = self.prices_include_tax
        order = f"{home}/wp-json/wc/v3/orders/{self.order_id}"
        shown: Json = answer("034")
        return shown | {
            "id": self.id,
            **both("date_created", self.created, zone),
            "amount": decimals(self.amount, dp),
            "reason": self.reason,
            "meta_data": self.meta.shown(),
            "line_items": [line.document(dp, prices_include_tax=inclusive) for line in self.lines],
            "shipping_lines": [
                line.document(dp, prices_include_tax=inclusive) for line in self.shipping_lines
            ],
            "fee_lines": [line.document(dp, prices_include_tax=inclusive) for line in self.fees],
            "_links": {
                "self": [{"href": f"{order}/refunds/{self.id}", "targetHints": TARGETS}],
                "collection": [{"href": f"{order}/refunds"}],
                "up": [{"href": order}],
            },
        }
