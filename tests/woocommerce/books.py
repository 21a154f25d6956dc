"""Everything that the WooCommerce server holds; whoever reads or writes it holds the lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from threading import RLock
from typing import Any

from tests.woocommerce.captures import Json
from tests.woocommerce.instants import Clock, both
from tests.woocommerce.orders import ADDRESS, BILLING, Order
from tests.woocommerce.products import Product
from tests.woocommerce.refusals import no_order, no_product, no_variation, sku_taken
from tests.woocommerce.settings import Settings
from tests.woocommerce.tax import TaxTable


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the server, as a test looks it up; `body` is parsed JSON."""

    method: str
    path: str
    query: dict[str, Any]
    body: Any
    status: int | None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that WooCommerce sent: which of its own mails, to whom, about which order."""

    kind: str
    to: str
    order_id: int


@dataclass(slots=True, eq=False)
class Customer:
    """Somebody with an account in the shop."""

    id: int
    email: str
    created: datetime
    first_name: str = ""
    last_name: str = ""
    addresses: Json = field(default_factory=dict)

    def document(self, home: str, settings: Settings) -> Json:
        """The customer as `customers/{id}` shows it (WooCommerce REST v3, customers)."""
        root = f"{home}/wp-json/wc/v3/customers"
        empty = {"billing": BILLING, "shipping": (*ADDRESS, "phone")}
        return {
            "id": self.id,
            **both("date_created", self.created, settings.zone),
            **both("date_modified", self.created, settings.zone),
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "role": "customer",
            "username": self.email.partition("@")[0],
            **{
                name: dict.fromkeys(names, "") | self.addresses.get(name, {})
                for name, names in empty.items()
            },
            "is_paying_customer": True,
            "avatar_url": "",
            "meta_data": [],
            "_links": {
                "self": [{"href": f"{root}/{self.id}"}],
                "collection": [{"href": root}],
            },
        }


class Books:
    """The shop's products, orders and customers, its mails, and what it was asked.

    Orders, products and refunds are numbered together, as WordPress does; `first_id` is the
    first number, 11 as in the captures.
    """

    def __init__(self, clock: Clock, settings: Settings, taxes: TaxTable, first_id: int) -> None:
        self.clock = clock
        self.settings = settings
        self.taxes = taxes
        self.lock = RLock()
        self.products: dict[int, Product] = {}
        self.orders: dict[int, Order] = {}
        self.customers: dict[int, Customer] = {}
        self.mails: list[Mail] = []
        self.log: list[Asked] = []
        self.post_numbers = count(first_id)
        self.line_numbers = count(1)
        self.note_numbers = count(1)
        self.customer_numbers = count(2)

    def order(self, order_id: int, refusal_status: int = 404) -> Order:
        """The order with that id; raises Refusal."""
        try:
            return self.orders[order_id]
        except KeyError:
            raise no_order(refusal_status) from None

    def product(self, product_id: int, refusal_status: int = 404) -> Product:
        """The product or variation with that id; raises Refusal."""
        try:
            return self.products[product_id]
        except KeyError:
            raise no_product(refusal_status) from None

    def variation(self, parent_id: int, variation_id: int, refusal_status: int = 404) -> Product:
        """The variation with that id of that product; raises Refusal."""
        found = self.products.get(variation_id)
        if found is None or found.parent is None or found.parent.id != parent_id:
            raise no_variation(refusal_status)
        return found

    def by_sku(self, sku: str) -> Product | None:
        """The product or variation with that SKU; letters' case makes no difference."""
        wanted = sku.casefold()
        alive = (each for each in self.products.values() if each.status != "trash")
        return next((each for each in alive if each.sku.casefold() == wanted), None)

    def check_sku(self, sku: object, own_id: int | None = None) -> None:
        """Raise Refusal when another product has the SKU already (017)."""
        holder = self.by_sku(str(sku)) if sku else None
        if holder is not None and holder.id != own_id:
            raise sku_taken(str(sku), holder.id)
