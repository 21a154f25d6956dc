"""A shop order and a product to begin a test with; change them with ``dataclasses.replace``."""

from __future__ import annotations

from decimal import Decimal

from integration.domain import (
    Address,
    Customer,
    FulfillmentStatus,
    Order,
    OrderLine,
    PaymentStatus,
    Product,
    VatGroup,
)
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import OrderDraft, ProductDraft
from integration.testing.clock import NOON

HOME = Address(
    name="A. Jansen", street="Dorpsstraat 1", postal_code="1234 AB", city="Arnhem", country="NL"
)
MUG = OrderLine("1", "MUG-BLUE", "Blue mug", 2, Decimal("8.22"), Decimal(21), product_id="9")
BUYER = Customer(
    id="77", email="a@example.org", name="A. Jansen", phone="0612345678", language="nl"
)
ORDER = Order(
    id="1042",
    number="1042",
    payment_status=PaymentStatus.PAID,
    release=True,
    fulfillment_status=FulfillmentStatus.UNFULFILLED,
    holds_stock=True,
    cancelled=False,
    test=False,
    placed_at=NOON,
    paid_at=NOON,
    updated_at=NOON,
    currency="EUR",
    customer=BUYER,
    billing_address=HOME,
    shipping_address=HOME,
    lines=(MUG,),
)
PRODUCT = Product(
    id="9",
    sku="MUG-BLUE",
    name="Blue mug",
    price_net=Decimal("8.22"),
    tax_rate=Decimal(21),
    currency="EUR",
    barcode="8712345678906",
    weight_g=310,
    length_mm=90,
    width_mm=91,
    height_mm=110,
)
SHOP = ShopPolicy(name="nl", account=AccountPolicy("main"), flows=frozenset())
VAT_GROUPS = (
    VatGroup(18, "BTW Hoog", Decimal(21)),
    VatGroup(19, "BTW Laag", Decimal(9)),
    VatGroup(20, "Geen BTW", Decimal(0)),
)


def order_draft(
    order: Order = ORDER,
    *,
    shop: ShopPolicy = SHOP,
    reference: str | None = None,
    idcustomer: int | None = None,
    all_addresses: bool = False,
    vat_groups: tuple[VatGroup, ...] = VAT_GROUPS,
) -> OrderDraft:
    """What creating this order at Picqer takes."""
    named = reference or shop.reference_for(order.id, order.number)
    return OrderDraft(order, shop, named, idcustomer, all_addresses, vat_groups)


def product_draft(
    product: Product = PRODUCT, *, vat_groups: tuple[VatGroup, ...] = VAT_GROUPS
) -> ProductDraft:
    """What creating this product at Picqer takes."""
    return ProductDraft(product, vat_groups)
