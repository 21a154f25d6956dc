"""How orders come into being and are changed: the fields of a request to `orders`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.woocommerce.books import Books
from tests.woocommerce.captures import Json
from tests.woocommerce.lines import Coupon, FeeLine, LineItem, ShippingLine
from tests.woocommerce.money import amount_of
from tests.woocommerce.order_amounts import OrderAmounts
from tests.woocommerce.order_status import OrderStatus, Tell
from tests.woocommerce.orders import Order
from tests.woocommerce.products import Product
from tests.woocommerce.refunds import Refund
from tests.woocommerce.refusals import Refusal

SET_AS_SENT = ("customer_note", "payment_method", "payment_method_title", "transaction_id",
               "currency", "customer_id", "created_via", "number")  # fmt: skip


class OrderEntry:
    """Places, changes and removes orders."""

    def __init__(
        self, books: Books, amounts: OrderAmounts, status: OrderStatus, tell: Tell
    ) -> None:
        self._books = books
        self._amounts = amounts
        self._status = status
        self._tell = tell

    def place(self, sent: Json, coupons: Sequence[Coupon] = ()) -> Order:
        """Write a new order down; raises Refusal. `coupons` were entered by the customer."""
        if sent.get("status"):
            self._status.check(sent["status"])
        self._check_customer(sent)
        lines = [self._line(each) for each in sent.get("line_items") or ()]
        now = self._books.clock()
        number = next(self._books.post_numbers)
        order = Order(
            number, now, now, f"wc_order_{number:013d}", self._books.settings.prices_include_tax
        )
        order.lines = lines
        order.currency = self._books.settings.currency
        self._books.orders[number] = order
        self._take(order, sent)
        for parcel in sent.get("shipping_lines") or ():
            order.shipping_lines.append(self._shipping(parcel))
        order.fees.extend(self._fee(each) for each in sent.get("fee_lines") or ())
        self._amounts.tax(order)
        for coupon in coupons:
            self._amounts.discount(order, coupon, next(self._books.line_numbers))
        self._number_taxes(order)
        self._tell("order.created", number)
        self._move_on(order, sent, new=True)
        return order

    def change(self, order: Order, sent: Json) -> None:
        """Change an order as a request says; raises Refusal before anything is changed."""
        if sent.get("status"):
            self._status.check(sent["status"])
        self._check_customer(sent)
        order.modified = self._books.clock()
        self._take(order, sent)
        if sent.get("billing") or sent.get("shipping"):
            self._amounts.tax(order)
            self._number_taxes(order)
        self._move_on(order, sent, new=False)
        self._tell("order.updated", order.id)

    def _check_customer(self, sent: Json) -> None:
        customer = sent.get("customer_id")
        if customer and int(customer) not in self._books.customers:
            message = "Customer ID is invalid."
            raise Refusal(400, "woocommerce_rest_invalid_customer_id", message)

    def _take(self, order: Order, sent: Json) -> None:
        for name in SET_AS_SENT:
            if sent.get(name) is not None:
                setattr(order, name, sent[name])
        order.take_addresses(sent)
        order.meta.take(sent.get("meta_data"))

    def _move_on(self, order: Order, sent: Json, *, new: bool) -> None:
        """Status and payment come after everything else."""
        if sent.get("status"):
            self._status.change(order, sent["status"])
        if sent.get("set_paid") is True and (new or order.status in {"pending", "failed"}):
            self._status.pay(order, str(sent.get("transaction_id") or ""))
        if new and order.status != "pending":
            self._tell("order.updated", order.id)

    def _number_taxes(self, order: Order) -> None:
        for rate in order.taxes_by_rate():
            if rate not in order.tax_line_ids:
                order.tax_line_ids[rate] = next(self._books.line_numbers)

    def _line(self, sent: Mapping[str, Any]) -> LineItem:
        """A line of goods, at the shop's price unless the request names amounts."""
        product = self._product(sent)
        quantity = int(sent.get("quantity", 1))
        net = self._amounts.net(product, quantity)
        total = amount_of(sent["total"]) if "total" in sent else net
        subtotal = amount_of(sent["subtotal"]) if "subtotal" in sent else net
        line = LineItem(
            id=next(self._books.line_numbers),
            product=product,
            product_id=product.parent.id if product.parent else product.id,
            variation_id=product.id if product.parent else 0,
            name=str(sent.get("name") or product.name),
            quantity=quantity,
            tax_class=str(sent.get("tax_class", product.tax_class)),
            subtotal=max(subtotal, total),
            total=total,
            tax_status="taxable" if product.taxable else "none",
        )
        for choice in product["attributes"] or () if product.is_variation else ():
            line.meta.set(str(choice["name"]).lower(), choice["option"])
        line.meta.take(sent.get("meta_data"))
        return line

    def _product(self, sent: Mapping[str, Any]) -> Product:
        if sent.get("sku"):
            found = self._books.by_sku(str(sent["sku"]))
        else:
            found = self._books.products.get(
                int(sent.get("variation_id") or sent.get("product_id") or 0)
            )
        if found is None:
            message = "Product ID or SKU is required."
            raise Refusal(400, "woocommerce_rest_required_product_reference", message)
        return found

    def _shipping(self, sent: Mapping[str, Any]) -> ShippingLine:
        line = ShippingLine(
            id=next(self._books.line_numbers),
            method_title=str(sent.get("method_title", "")),
            method_id=str(sent.get("method_id", "")),
            instance_id=str(sent.get("instance_id", "")),
            total=amount_of(sent.get("total")),
            tax_status=str(sent.get("tax_status", "taxable")),
        )
        line.meta.take(sent.get("meta_data"))
        return line

    def _fee(self, sent: Mapping[str, Any]) -> FeeLine:
        line = FeeLine(
            id=next(self._books.line_numbers),
            name=str(sent.get("name", "")),
            tax_class=str(sent.get("tax_class", "")),
            tax_status=str(sent.get("tax_status", "taxable")),
            total=amount_of(sent.get("total")),
        )
        line.meta.take(sent.get("meta_data"))
        return line

    def refund(self, order: Order, sent: Json) -> Refund:
        """Give something back; raises Refusal when it is more than is left (034)."""
        amount = amount_of(sent.get("amount"))
        if amount <= 0 or order.refunded + amount > order.total:
            message = "Invalid refund amount."
            raise Refusal(400, "woocommerce_rest_cannot_create_order_refund", message)
        refund = self._status.add_refund(order, amount, str(sent.get("reason") or ""))
        restock = sent.get("api_restock", True) is not False
        for each in sent.get("line_items") or ():
            self._refund_line(order, refund, each, restock=restock)
        if order.refunded >= order.total:
            self._status.change(order, "refunded")
            self._status.mail(order, "customer_refunded_order")
        else:
            self._status.mail(order, "customer_partially_refunded_order")
        self._tell("order.updated", order.id)
        return refund

    def _refund_line(
        self, order: Order, refund: Refund, sent: Mapping[str, Any], *, restock: bool
    ) -> None:
        of = next((line for line in order.charges() if line.id == int(sent["id"])), None)
        if of is None:
            return
        total = -amount_of(sent.get("refund_total"))
        taxes = {
            int(each["id"]): -amount_of(each.get("refund_total"))
            for each in sent.get("refund_tax") or ()
        }
        number = next(self._books.line_numbers)
        back: LineItem | ShippingLine | FeeLine
        if isinstance(of, LineItem):
            pieces = int(sent.get("quantity") or 0)
            back = _returned(of, number, pieces, total, taxes)
            refund.lines.append(back)
            if restock and pieces:
                self._status.restock(of, pieces)
        elif isinstance(of, ShippingLine):
            back = ShippingLine(
                id=number, method_title=of.method_title, method_id=of.method_id,
                total=total, taxes=taxes,
            )  # fmt: skip
            refund.shipping_lines.append(back)
        else:
            back = FeeLine(id=number, name=str(getattr(of, "name", "")), total=total, taxes=taxes)
            refund.fees.append(back)
        back.meta.set("_refunded_item_id", str(of.id))

    def trash(self, order: Order) -> None:
        """Put the order in the trash: its status is `trash` from then on (delivery 039)."""
        if order.trashed_from is not None:
            message = "The shop_order has already been deleted."
            raise Refusal(410, "woocommerce_rest_already_trashed", message)
        order.trashed_from, order.status = order.status, "trash"
        order.modified = self._books.clock()
        self._tell("order.updated", order.id)
        self._tell("order.deleted", order.id)

    def restore(self, order: Order) -> None:
        """Take the order out of the trash again."""
        order.status, order.trashed_from = order.trashed_from or order.status, None
        order.modified = self._books.clock()
        self._tell("order.updated", order.id)
        self._tell("order.restored", order.id)

    def erase(self, order: Order) -> None:
        """Remove the order for good; nobody is told, and what waits becomes an error (041)."""
        del self._books.orders[order.id]


def _returned(
    of: LineItem, number: int, pieces: int, total: Decimal, taxes: dict[int, Decimal]
) -> LineItem:
    return LineItem(
        id=number,
        product=of.product,
        product_id=of.product_id,
        variation_id=of.variation_id,
        name=of.name,
        quantity=-pieces,
        tax_class=of.tax_class,
        subtotal=total,
        total=total,
        taxes=taxes,
        subtotal_taxes=dict(taxes) or {},
        tax_status=of.tax_status,
    )
