"""An order of the WooCommerce server: what it holds, and what it adds up to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tests.woocommerce.captures import Json
from tests.woocommerce.lines import CouponLine, FeeLine, LineItem, ShippingLine, TaxedLine
from tests.woocommerce.meta import MetaData
from tests.woocommerce.money import ZERO, cents, tax_cents
from tests.woocommerce.refunds import Refund
from tests.woocommerce.tax import Taxes

ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state",
           "postcode", "country")  # fmt: skip
BILLING = (*ADDRESS, "email", "phone")
SHIPPING = (*ADDRESS, "phone")


@dataclass(slots=True)
class Note:
    """A remark at an order; the customer gets to see it by mail when `customer_note`."""

    id: int
    created: datetime
    text: str
    customer_note: bool = False
    author: str = "WooCommerce"


@dataclass(slots=True, eq=False)
class Order:
    """One order. `trashed_from` is the status that it had before it was put in the trash."""

    id: int
    created: datetime
    modified: datetime
    key: str
    prices_include_tax: bool
    status: str = "pending"
    currency: str = "EUR"
    customer_id: int = 0
    customer_note: str = ""
    payment_method: str = ""
    payment_method_title: str = ""
    transaction_id: str = ""
    created_via: str = "rest-api"
    number: str = ""
    billing: dict[str, str] = field(default_factory=lambda: dict.fromkeys(BILLING, ""))
    shipping: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SHIPPING, ""))
    paid: datetime | None = None
    completed: datetime | None = None
    lines: list[LineItem] = field(default_factory=list)
    shipping_lines: list[ShippingLine] = field(default_factory=list)
    fees: list[FeeLine] = field(default_factory=list)
    coupons: list[CouponLine] = field(default_factory=list)
    tax_line_ids: dict[int, int] = field(default_factory=dict)
    meta: MetaData = field(default_factory=MetaData)
    notes: list[Note] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    stock_reduced: bool = False
    trashed_from: str | None = None

    def charges(self) -> Iterator[TaxedLine]:
        """Every line that VAT may be due on."""
        yield from self.lines
        yield from self.fees
        yield from self.shipping_lines

    def tax_country(self, base: str) -> str:
        """Where VAT is due: where it is sent to, else billed to, else where the shop is."""
        return self.shipping["country"] or self.billing["country"] or base

    @property
    def cart_tax(self) -> Decimal:
        """The VAT on goods and fees."""
        lines: list[TaxedLine] = [*self.lines, *self.fees]
        return sum((line.tax(prices_include_tax=self.prices_include_tax) for line in lines), ZERO)

    @property
    def shipping_tax(self) -> Decimal:
        """The VAT on shipping."""
        lines = self.shipping_lines
        return sum((line.tax(prices_include_tax=self.prices_include_tax) for line in lines), ZERO)

    @property
    def shipping_total(self) -> Decimal:
        """Shipping excluding VAT."""
        return sum((cents(line.total) for line in self.shipping_lines), ZERO)

    @property
    def total(self) -> Decimal:
        """What the customer pays including VAT: every line rounded to cents, then added up."""
        goods = sum((cents(line.total) for line in self.lines), ZERO)
        fees = sum((cents(line.total) for line in self.fees), ZERO)
        return cents(goods + fees + self.shipping_total + self.cart_tax + self.shipping_tax)

    @property
    def discount_total(self) -> Decimal:
        """What coupons took off the goods, excluding VAT."""
        return sum((cents(line.subtotal) - cents(line.total) for line in self.lines), ZERO)

    @property
    def discount_tax(self) -> Decimal:
        """What coupons took off the VAT."""
        inclusive = self.prices_include_tax
        return sum(
            (
                line.subtotal_tax(prices_include_tax=inclusive)
                - line.tax(prices_include_tax=inclusive)
                for line in self.lines
            ),
            ZERO,
        )

    def taxes_by_rate(self) -> dict[int, tuple[Decimal, Decimal]]:
        """Per rate the VAT on goods and fees, and on shipping."""
        found: dict[int, tuple[Decimal, Decimal]] = {}
        for line in [*self.lines, *self.fees]:
            for rate, tax in self._rounded(line.taxes).items():
                cart, shipping = found.get(rate, (ZERO, ZERO))
                found[rate] = (cart + tax, shipping)
        for parcel in self.shipping_lines:
            for rate, tax in self._rounded(parcel.taxes).items():
                cart, shipping = found.get(rate, (ZERO, ZERO))
                found[rate] = (cart, shipping + tax)
        return found

    def _rounded(self, taxes: Taxes) -> Taxes:
        inclusive = self.prices_include_tax
        return {rate: tax_cents(tax, prices_include_tax=inclusive) for rate, tax in taxes.items()}

    @property
    def refunded(self) -> Decimal:
        """What was given back so far, including VAT."""
        return sum((refund.amount for refund in self.refunds), ZERO)

    @property
    def needs_processing(self) -> bool:
        """Whether something is to be sent."""
        return any(line.product is None or line.product.ships for line in self.lines)

    def take_addresses(self, sent: Json) -> None:
        """Set the fields of the addresses that a request names."""
        for kept, names, name in (
            (self.billing, BILLING, "billing"),
            (self.shipping, SHIPPING, "shipping"),
        ):
            for field_name, value in (sent.get(name) or {}).items():
                if field_name in names:
                    kept[field_name] = str(value)
