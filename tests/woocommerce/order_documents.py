"""The document that shows an order, field for field as captured."""

from __future__ import annotations

from decimal import Decimal

from tests.woocommerce.captures import Json, answer
from tests.woocommerce.instants import both
from tests.woocommerce.money import decimals
from tests.woocommerce.orders import Note, Order
from tests.woocommerce.settings import Settings
from tests.woocommerce.tax import TaxTable

CENTS = 2
TARGETS = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}


class OrderDocuments:
    """Shows orders as the shop with these settings does."""

    def __init__(self, settings: Settings, taxes: TaxTable) -> None:
        self._settings = settings
        self._taxes = taxes

    def order(self, order: Order, home: str, dp: int = CENTS) -> Json:
        """The order with amounts to `dp` decimals."""
        shown: Json = answer("024")
        shown |= self._facts(order, home)
        shown |= self._amounts(order, dp)
        shown |= self._lines(order, dp)
        shown["_links"] = _links(order, home)
        return shown

    def note(self, note: Note, order: Order, home: str) -> Json:
        """A note as `orders/{id}/notes` shows it (032)."""
        root = f"{home}/wp-json/wc/v3/orders/{order.id}"
        return {
            "id": note.id,
            "author": note.author,
            **both("date_created", note.created, self._settings.zone),
            "note": note.text,
            "customer_note": note.customer_note,
            "_links": {
                "self": [
                    {
                        "href": f"{root}/notes/{note.id}",
                        "targetHints": {"allow": ["GET", "DELETE"]},
                    }
                ],
                "collection": [{"href": f"{root}/notes"}],
                "up": [{"href": root}],
            },
        }

    def _facts(self, order: Order, home: str) -> Json:
        zone = self._settings.zone
        pays = order.status in {"pending", "failed"} and order.total > 0
        return {
            "id": order.id,
            "status": order.status,
            "currency": order.currency,
            "currency_symbol": self._settings.currency_symbol,
            "prices_include_tax": order.prices_include_tax,
            **both("date_created", order.created, zone),
            **both("date_modified", order.modified, zone),
            **both("date_paid", order.paid, zone),
            **both("date_completed", order.completed, zone),
            "customer_id": order.customer_id,
            "order_key": order.key,
            "billing": dict(order.billing),
            "shipping": dict(order.shipping),
            "payment_method": order.payment_method,
            "payment_method_title": order.payment_method_title,
            "transaction_id": order.transaction_id,
            "created_via": order.created_via,
            "customer_note": order.customer_note,
            "number": order.number or str(order.id),
            "meta_data": order.meta.shown(),
            "payment_url": f"{home}/checkout/order-pay/{order.id}/?pay_for_order=true"
            f"&key={order.key}",
            "is_editable": order.status in {"pending", "on-hold", "auto-draft"},
            "needs_payment": pays,
            "needs_processing": order.needs_processing,
        }

    @staticmethod
    def _amounts(order: Order, dp: int) -> Json:
        amounts: dict[str, Decimal] = {
            "discount_total": order.discount_total,
            "discount_tax": order.discount_tax,
            "shipping_total": order.shipping_total,
            "shipping_tax": order.shipping_tax,
            "cart_tax": order.cart_tax,
            "total": order.total,
            "total_tax": order.cart_tax + order.shipping_tax,
        }
        return {name: decimals(amount, dp) for name, amount in amounts.items()}

    def _lines(self, order: Order, dp: int) -> Json:
        inclusive = order.prices_include_tax
        return {
            "line_items": [line.document(dp, prices_include_tax=inclusive) for line in order.lines],
            "tax_lines": self._tax_lines(order, dp),
            "shipping_lines": [
                line.document(dp, prices_include_tax=inclusive) for line in order.shipping_lines
            ],
            "fee_lines": [line.document(dp, prices_include_tax=inclusive) for line in order.fees],
            "coupon_lines": [line.document(dp) for line in order.coupons],
            "refunds": [refund.at_order(dp) for refund in order.refunds],
        }

    def _tax_lines(self, order: Order, dp: int) -> list[Json]:
        rates = {rate.id: rate for rate in self._taxes.rates}
        return [
            {
                "id": order.tax_line_ids[rate_id],
                "rate_code": rates[rate_id].code,
                "rate_id": rate_id,
                "label": rates[rate_id].name,
                "compound": False,
                "tax_total": decimals(cart, dp),
                "shipping_tax_total": decimals(shipping, dp),
                "rate_percent": rates[rate_id].shown_percent,
                "meta_data": [],
            }
            for rate_id, (cart, shipping) in order.taxes_by_rate().items()
        ]


def _links(order: Order, home: str) -> Json:
    root = f"{home}/wp-json/wc/v3"
    own = f"{root}/orders/{order.id}"
    links: Json = {
        "self": [{"href": own, "targetHints": TARGETS}],
        "collection": [{"href": f"{root}/orders"}],
        "email_templates": [{"embeddable": True, "href": f"{own}/actions/email_templates"}],
    }
    if order.customer_id:
        links["customer"] = [{"href": f"{root}/customers/{order.customer_id}"}]
    return links
