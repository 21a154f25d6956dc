"""How the demo shop writes an order: lines, charges and totals, as the contract's JSON object."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from integration.sandbox.shop.catalogue import ShopProduct
from integration.sandbox.shop.customers import STANDARD_RATE, Customer, address, tax_rate_in
from integration.sandbox.shop.instants import to_rfc3339

CENT = Decimal("0.01")


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedLine:
    """What a customer puts in the basket.

    `sku` None is a line without productcode; a sku outside the catalogue is allowed, as shops do
    for what was removed since. Price (net, per unit) and VAT percentage come from the catalogue
    unless given. `requires_shipping` false is a voucher, a download or a service.
    """

    sku: str | None
    quantity: int = 1
    name: str | None = None
    unit_price_net: Decimal | None = None
    tax_rate: Decimal | None = None
    requires_shipping: bool = True


@with_config(ConfigDict(extra="forbid"))
class OrderOptions(TypedDict, total=False):
    """The ways in which an order may differ from the usual one: a paid Dutch guest order in EUR."""

    customer: str | None  # id of a customer with an account; left out: a guest
    name: str | None  # another name on the order; None: the customer left it out
    email: str | None
    company: str | None
    vat_number: str | None
    country: str  # two letters; VAT rates follow it
    ship_to_country: str  # when the goods go elsewhere than the bill
    paid: bool  # default true
    authorized: bool  # the money is reserved, not taken; not released
    on_account: bool  # unpaid, and yet to be shipped
    test: bool
    currency: str
    shipping_net: Decimal | str | None  # default 4.09; None: no shipping line
    shipping_code: str
    discount_net: Decimal | str  # taken off the whole order, a positive amount
    fee_net: Decimal | str  # for example for gift wrapping
    number: str  # the number people see, when it is not the id
    placed_at: datetime  # default now
    customer_note: str | None
    pickup_point: dict[str, Any] | None
    attributes: dict[str, str]


def as_lines(lines: Iterable[OrderedLine | tuple[str, int]]) -> tuple[OrderedLine, ...]:
    """Return the lines in full; a pair is a sku and a quantity."""
    return tuple(
        line if isinstance(line, OrderedLine) else OrderedLine(sku=line[0], quantity=line[1])
        for line in lines
    )


def order_document(
    order_id: str,
    lines: Sequence[OrderedLine],
    catalogue: Mapping[str, ShopProduct],
    customer: Customer,
    options: OrderOptions,
    *,
    now: datetime,
    rng: Random,
) -> dict[str, Any]:
    """Return a placed order; `catalogue` is by sku."""
    country = options.get("country", "NL")
    placed_at = options.get("placed_at", now)
    written = [
        _line(str(number), line, catalogue.get(line.sku or ""), country)
        for number, line in enumerate(lines, start=1)
    ]
    billing_address = address(customer, country, rng)
    ship_to = options.get("ship_to_country")
    document = {
        "id": order_id,
        "number": options.get("number", order_id),
        **_payment(options, placed_at),
        "fulfillment_status": "unfulfilled",
        "holds_stock": True,
        "cancelled": False,
        "test": options.get("test", False),
        "placed_at": to_rfc3339(placed_at),
        "updated_at": to_rfc3339(now),
        "currency": options.get("currency", "EUR"),
        "customer": customer.document(),
        "billing_address": billing_address,
        "shipping_address": address(customer, ship_to, rng) if ship_to else dict(billing_address),
        "lines": written,
        **_charges(options, tax_rate_in(country, STANDARD_RATE)),
        "customer_note": options.get("customer_note"),
        "pickup_point": options.get("pickup_point"),
        "attributes": options.get("attributes", {}),
    }
    return {**document, "totals": totals(document)}


def totals(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what the order comes to: net, tax and gross, as decimal strings.

    A discount counts with its own, negative sign. Net amounts are rounded per line, VAT once per
    rate over all that carries it.
    """
    net_by_rate: dict[Decimal, Decimal] = defaultdict(Decimal)
    for line in document["lines"]:
        net = Decimal(line["unit_price_net"]) * line["quantity"]
        net_by_rate[Decimal(line["tax_rate"])] += _cents(net)
    for charge in (*document["shipping_lines"], *document["fees"], *document["discounts"]):
        net_by_rate[Decimal(charge["tax_rate"])] += Decimal(charge["net"])
    net = sum(net_by_rate.values(), Decimal())
    tax = sum((_cents(amount * rate / 100) for rate, amount in net_by_rate.items()), Decimal())
    return {"net": f"{net:.2f}", "tax": f"{tax:.2f}", "gross": f"{net + tax:.2f}"}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def _line(
    line_id: str, line: OrderedLine, product: ShopProduct | None, country: str
) -> dict[str, Any]:
    price = product.price_net if product else Decimal("10.00")
    rate = tax_rate_in(country, product.tax_rate if product else STANDARD_RATE)
    unit_price_net = price if line.unit_price_net is None else line.unit_price_net
    return {
        "id": line_id,
        "product_id": product.id if product else None,
        "sku": line.sku,
        "name": line.name or (product.name if product else line.sku or "Something without SKU"),
        "quantity": line.quantity,
        "unit_price_net": f"{unit_price_net:.4f}",
        "tax_rate": f"{rate if line.tax_rate is None else line.tax_rate:f}",
        "requires_shipping": line.requires_shipping,
    }


def _payment(options: OrderOptions, placed_at: datetime) -> dict[str, Any]:
    on_account = options.get("on_account", False)
    authorized = options.get("authorized", False)
    paid = options.get("paid", True) and not on_account and not authorized
    unpaid_status = "authorized" if authorized else "unpaid"
    return {
        "payment_status": "paid" if paid else unpaid_status,
        "release": paid or on_account,
        "paid_at": to_rfc3339(placed_at) if paid else None,
    }


def _charges(options: OrderOptions, rate: Decimal) -> dict[str, Any]:
    code = options.get("shipping_code", "postnl")
    off = options.get("discount_net")
    discount = None if off is None else -Decimal(off)
    return {
        "shipping_lines": _charge("PostNL", code, options.get("shipping_net", "4.09"), rate),
        "fees": _charge("Gift wrapping", "gift", options.get("fee_net"), rate),
        "discounts": _charge("Discount", "WELCOME", discount, rate),
    }


def _charge(
    title: str, code: str, net: Decimal | str | None, rate: Decimal
) -> list[dict[str, Any]]:
    if net is None:
        return []
    return [{"title": title, "code": code, "net": f"{Decimal(net):.2f}", "tax_rate": f"{rate:f}"}]
