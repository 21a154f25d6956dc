"""What webshops and Picqer talk about, in our own words: frozen values, no input or output.

Money is a Decimal in the order's currency, excluding VAT where the name says ``net``. Instants
are timezone-aware. Weights are grams, lengths millimetres. Ids of a shop are strings, ids of
Picqer (``idorder``, ``idproduct``, ``idpicklist`` ...) are integers. A *stamp* is Picqer's own
``YYYY-MM-DD HH:MM:SS`` text in the account's time zone (picqer.com/en/api/basics); stamps are
compared with one another and never with a clock of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class PaymentStatus(StrEnum):
    """How far a shop order is paid, in the words of the custom webshop contract."""

    UNPAID = "unpaid"
    AUTHORIZED = "authorized"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"


class FulfillmentStatus(StrEnum):
    """How far a shop order is shipped, in the words of the custom webshop contract."""

    UNFULFILLED = "unfulfilled"
    PARTIAL = "partial"
    FULFILLED = "fulfilled"


@dataclass(frozen=True, slots=True)
class Address:
    """Where an order goes or who pays for it. ``country`` is ISO 3166-1 alpha-2, upper case."""

    name: str | None = None
    company: str | None = None
    street: str | None = None
    street2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    """Who ordered. ``id`` is None for a guest; ``created_at`` is when the shop account was made."""

    id: str | None = None
    created_at: datetime | None = None
    email: str | None = None
    name: str | None = None
    company: str | None = None
    phone: str | None = None
    vat_number: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of a shop order.

    ``quantity`` is what is still to be shipped, after refunds; ``unit_price_net`` is the price
    of one piece excluding VAT, after line discounts; ``tax_rate`` is a percentage.
    """

    id: str
    sku: str | None
    name: str
    quantity: int
    unit_price_net: Decimal
    tax_rate: Decimal | None = None
    product_id: str | None = None
    requires_shipping: bool = True


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """Shipping, a fee or a discount: ``net`` excludes VAT and is negative for a discount."""

    title: str
    net: Decimal
    tax_rate: Decimal | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A shop order as the shop shows it now.

    ``release`` says that it may be shipped (paid, or on account); ``holds_stock`` that the shop
    has already taken its lines off its own stock figure; ``withheld`` that it must not be shipped
    now, although it may have been released before (on hold, payment failed). ``total_net`` is what
    the shop charges for these lines, shipping and fees, less discounts, excluding VAT; None when
    it does not say.
    """

    id: str
    number: str
    payment_status: PaymentStatus
    release: bool
    fulfillment_status: FulfillmentStatus
    holds_stock: bool
    cancelled: bool
    test: bool
    placed_at: datetime
    paid_at: datetime | None
    updated_at: datetime | None
    currency: str
    customer: Customer
    billing_address: Address
    shipping_address: Address
    lines: tuple[OrderLine, ...]
    shipping_lines: tuple[ChargeLine, ...] = ()
    fees: tuple[ChargeLine, ...] = ()
    discounts: tuple[ChargeLine, ...] = ()
    total_net: Decimal | None = None
    customer_note: str | None = None
    pickup_point: Mapping[str, object] | None = None
    withheld: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def payment_moment(self) -> datetime:
        """When the order was paid, else when it was placed."""
        return self.paid_at or self.placed_at

    @property
    def lines_to_ship(self) -> tuple[OrderLine, ...]:
        """The lines that go to the warehouse, in the order in which they are sent there."""
        return tuple(line for line in self.lines if line.requires_shipping and line.quantity > 0)


@dataclass(frozen=True, slots=True)
class Product:
    """A product (or variation) as the shop shows it now; ``price_net`` excludes VAT.

    ``revision`` is a text of the connector's that stays the same as long as nothing changes that
    this product is read from; empty when it cannot tell.
    """

    id: str
    sku: str | None
    name: str
    price_net: Decimal
    tax_rate: Decimal | None
    currency: str
    barcode: str | None = None
    weight_g: int | None = None
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    description: str = ""
    image_urls: tuple[str, ...] = ()
    active: bool = True
    stock_managed: bool = True
    updated_at: datetime | None = None
    revision: str = ""


@dataclass(frozen=True, slots=True)
class FreeStock:
    """Picqer's free stock of one product, per warehouse, as read or delivered at ``stamp``.

    Source: picqer.com/en/api/product-stock (``freestock``).
    """

    productcode: str
    by_warehouse: Mapping[int, int]
    stamp: str
    unlimited: bool = False
    idproduct: int | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """One box under way to the customer."""

    tracking_code: str | None
    tracking_url: str | None = None
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class ShipmentLine:
    """How many pieces of a shop order's line are in a shipment."""

    line_id: str
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """What the shop is told: one closed picklist with its parcels.

    ``shipment_key`` is the idpicklist as text; reporting the same key again replaces.
    """

    shipment_key: str
    shipped_at: datetime
    lines: tuple[ShipmentLine, ...]
    parcels: tuple[Parcel, ...]
    notify_customer: bool = False


# --- Picqer's side -------------------------------------------------------------------------------


class PicqerStatus(StrEnum):
    """Statuses of a Picqer order (picqer.com/en/api/orders)."""

    CONCEPT = "concept"
    EXPECTED = "expected"
    PROCESSING = "processing"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PicqerOrderLine:
    """One line of a Picqer order; ``partof`` is set on parts that Picqer added at processing."""

    idorder_product: int
    idproduct: int | None
    productcode: str
    amount: int
    partof: int | None = None


@dataclass(frozen=True, slots=True)
class PicqerOrder:
    """A Picqer order (picqer.com/en/api/orders). ``orderid`` is its human number."""

    idorder: int
    orderid: str
    status: PicqerStatus
    reference: str | None
    created: str
    updated: str
    idcustomer: int | None = None
    lines: tuple[PicqerOrderLine, ...] = ()
    picklists: tuple[Picklist, ...] = ()


@dataclass(frozen=True, slots=True)
class PicqerProduct:
    """A Picqer product with its free stock (picqer.com/en/api/products)."""

    idproduct: int
    productcode: str
    active: bool
    free_stock: FreeStock
    idvatgroup: int | None = None


@dataclass(frozen=True, slots=True)
class PicqerCustomer:
    """A Picqer customer (picqer.com/en/api/customers), without personal data but the e-mail."""

    idcustomer: int
    email: str | None


@dataclass(frozen=True, slots=True)
class PicklistLine:
    """One line of a picklist; ``idorder_product`` joins it to the order's line."""

    idorder_product: int | None
    productcode: str
    amount: int
    amount_picked: int
    partof: int | None = None


@dataclass(frozen=True, slots=True)
class Picklist:
    """A picklist (picqer.com/en/api/picklists). ``idorder`` is None when it belongs to a return.

    ``closed_at`` is a stamp, None while it is open. ``lines`` is empty where Picqer leaves them
    out (inside an order).
    """

    idpicklist: int
    picklistid: str
    idorder: int | None
    idreturn: int | None
    status: str
    closed_at: str | None
    updated: str
    lines: tuple[PicklistLine, ...] = ()


@dataclass(frozen=True, slots=True)
class PicqerShipment:
    """A shipment of a picklist (picqer.com/en/api/picklist-shipments)."""

    idshipment: int
    idpicklist: int
    cancelled: bool
    parcels: tuple[Parcel, ...]
    updated: str = ""


@dataclass(frozen=True, slots=True)
class VatGroup:
    """A VAT group of the account; matched by ``percentage`` (picqer.com/en/api/vatgroups)."""

    idvatgroup: int
    name: str
    percentage: Decimal


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A warehouse of the account (picqer.com/en/api/warehouses)."""

    idwarehouse: int
    name: str
    counts_for_general_stock: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Hook:
    """A subscription at Picqer (picqer.com/en/api/webhooks); ``signed``: it has a secret."""

    idhook: int
    name: str
    event: str
    address: str
    active: bool
    signed: bool
