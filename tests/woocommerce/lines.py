"""What stands on an order: goods, shipping, fees and coupons, with amounts kept unrounded."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tests.woocommerce.captures import Json
from tests.woocommerce.meta import MetaData
from tests.woocommerce.money import ZERO, decimals, number, tax_cents
from tests.woocommerce.products import Product
from tests.woocommerce.tax import Taxes


@dataclass(slots=True, kw_only=True, eq=False)
class TaxedLine:
    """A line with an amount excluding VAT and the VAT on it, per rate."""

    id: int
    total: Decimal = ZERO
    taxes: Taxes = field(default_factory=dict)
    tax_status: str = "taxable"
    meta: MetaData = field(default_factory=MetaData)

    def tax(self, *, prices_include_tax: bool) -> Decimal:
        """The VAT of the line: each rate's rounded to cents, then added up."""
        rounded = (
            tax_cents(tax, prices_include_tax=prices_include_tax) for tax in self.taxes.values()
        )
        return sum(rounded, ZERO)


@dataclass(slots=True, kw_only=True, eq=False)
class LineItem(TaxedLine):
    """Goods. `subtotal` is before coupons; both totals are for the whole quantity."""

    product: Product | None
    product_id: int
    variation_id: int
    name: str
    quantity: int
    tax_class: str
    subtotal: Decimal
    subtotal_taxes: Taxes = field(default_factory=dict)

    def subtotal_tax(self, *, prices_include_tax: bool) -> Decimal:
        """The VAT before coupons."""
        rounded = (
            tax_cents(tax, prices_include_tax=prices_include_tax)
            for tax in self.subtotal_taxes.values()
        )
        return sum(rounded, ZERO)

    def document(self, dp: int, *, prices_include_tax: bool) -> Json:
        """The line as orders and refunds show it (024)."""
        product = self.product
        tax = self.tax(prices_include_tax=prices_include_tax)
        before = self.subtotal_tax(prices_include_tax=prices_include_tax)
        return {
            "id": self.id,
            "name": self.name,
            "product_id": self.product_id,
            "variation_id": self.variation_id,
            "quantity": self.quantity,
            "tax_class": self.tax_class,
            "subtotal": decimals(self.subtotal, dp),
            "subtotal_tax": decimals(before, dp),
            "total": decimals(self.total, dp),
            "total_tax": decimals(tax, dp),
            "taxes": shown_taxes(self.taxes, dp, self.subtotal_taxes),
            "meta_data": self.meta.shown_at_line(),
            "sku": product.shown("sku") if product else None,
            "global_unique_id": product.shown("global_unique_id") if product else None,
            "price": self.price,
            "image": _image(product),
            "parent_name": product.parent.name if product and product.parent else None,
        }

    @property
    def price(self) -> int | float:
        """The price of one piece excluding VAT, not rounded: a JSON number."""
        return number(float(self.total) / self.quantity) if self.quantity else 0


@dataclass(slots=True, kw_only=True, eq=False)
class ShippingLine(TaxedLine):
    """What sending it costs."""

    method_title: str
    method_id: str
    instance_id: str = ""

    def document(self, dp: int, *, prices_include_tax: bool) -> Json:
        """The line as orders show it (024)."""
        return {
            "id": self.id,
            "method_title": self.method_title,
            "method_id": self.method_id,
            "instance_id": self.instance_id,
            "total": decimals(self.total, dp),
            "total_tax": decimals(self.tax(prices_include_tax=prices_include_tax), dp),
            "taxes": shown_taxes(self.taxes, dp),
            "tax_status": self.tax_status,
            "meta_data": self.meta.shown_at_line(),
        }


@dataclass(slots=True, kw_only=True, eq=False)
class FeeLine(TaxedLine):
    """A fee, or a discount of the shop's own when it is negative."""

    name: str
    tax_class: str = ""

    def document(self, dp: int, *, prices_include_tax: bool) -> Json:
        """The line as orders show it (026)."""
        return {
            "id": self.id,
            "name": self.name,
            "tax_class": self.tax_class,
            "tax_status": self.tax_status,
            "amount": "",
            "total": decimals(self.total, dp),
            "total_tax": decimals(self.tax(prices_include_tax=prices_include_tax), dp),
            "taxes": shown_taxes(self.taxes, dp, self.taxes),
            "meta_data": self.meta.shown_at_line(),
        }


@dataclass(frozen=True, slots=True)
class Coupon:
    """What a customer entered: a share of the goods, or an amount off all of them.

    `percent` of the prices, or else `amount` in the way in which prices are entered.
    """

    code: str
    percent: Decimal | None = None
    amount: Decimal = ZERO
    free_shipping: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class CouponLine:
    """A coupon that was used, and how much it took off the goods, excluding VAT."""

    id: int
    coupon: Coupon
    discount: Decimal
    discount_tax: Decimal

    def document(self, dp: int) -> Json:
        """The line as orders show it (WooCommerce REST v3, order coupon lines)."""
        kind = "fixed_cart" if self.coupon.percent is None else "percent"
        nominal = self.coupon.amount if self.coupon.percent is None else self.coupon.percent
        return {
            "id": self.id,
            "code": self.coupon.code,
            "discount": decimals(self.discount, dp),
            "discount_tax": decimals(self.discount_tax, dp),
            "meta_data": [],
            "discount_type": kind,
            "nominal_amount": number(nominal),
            "free_shipping": self.coupon.free_shipping,
        }


def shown_taxes(taxes: Taxes, dp: int, before: Taxes | None = None) -> list[Json]:
    """The VAT of a line per rate; goods and fees show it before coupons too."""
    return [
        {
            "id": rate,
            "total": decimals(tax, dp),
            "subtotal": "" if before is None else decimals(before.get(rate, tax), dp),
        }
        for rate, tax in taxes.items()
    ]


def _image(product: Product | None) -> Json:
    given = (product["image"] or next(iter(product["images"] or ()), None)) if product else None
    if product is not None and given:
        return {"id": product.id * 100 + 1, "src": given["src"]}
    return {"id": 0 if product is not None and product.is_variation else "", "src": ""}
