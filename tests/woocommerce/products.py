"""A product or variation of the WooCommerce server, and the documents that show it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.woocommerce.captures import Json
from tests.woocommerce.meta import MetaData
from tests.woocommerce.money import amount_of

PLAIN_FIELDS = (
    "name", "type", "status", "featured", "catalog_visibility", "description",
    "short_description", "sku", "regular_price", "sale_price", "virtual", "downloadable",
    "tax_status", "tax_class", "backorders", "sold_individually", "weight", "dimensions",
    "images", "image", "attributes", "global_unique_id", "menu_order", "low_stock_amount",
    "shipping_class", "purchase_note",
)  # fmt: skip
"""What a request may set, kept as it was sent."""


@dataclass(slots=True, eq=False)
class Product:
    """A product, or a variation of the product `parent`.

    `given` holds the fields that somebody set; stock that is not managed is None. For a variation
    `manages` may be "parent": its parent keeps the stock.
    """

    id: int
    created: datetime
    modified: datetime
    parent: Product | None = None
    given: dict[str, Any] = field(default_factory=dict)
    manages: bool = False
    stock: int | None = None
    stock_status: str = "instock"
    meta: MetaData = field(default_factory=MetaData)
    variations: list[Product] = field(default_factory=list)
    total_sales: int = 0
    trashed_from: str | None = None

    def __getitem__(self, name: str) -> Any:
        """A field that somebody set, empty text when nobody did."""
        return self.given.get(name, "")

    @property
    def is_variation(self) -> bool:
        """Whether it belongs to a product with several kinds."""
        return self.parent is not None

    @property
    def sku(self) -> str:
        """Its own SKU, empty when it has none: by this it is found."""
        return str(self["sku"])

    def shown(self, name: str) -> str:
        """SKU or global id as documents show it: a variation without one has its parent's."""
        own = str(self[name])
        return self.parent.shown(name) if self.parent and own in {"", "0"} else own

    @property
    def status(self) -> str:
        """publish, draft, private, pending or trash."""
        return "trash" if self.trashed_from is not None else str(self["status"] or "publish")

    @property
    def name(self) -> str:
        """The name; a variation's begins with its parent's (capture 018)."""
        if self.parent is None:
            return str(self["name"])
        return f"{self.parent.name} - {self.options}"

    @property
    def options(self) -> str:
        """What a variation chooses, for example `M, blue`."""
        return ", ".join(str(each["option"]) for each in self["attributes"] or ())

    @property
    def price(self) -> str:
        """The price that is charged: the sale's, or the lowest of the variations."""
        if self.variations:
            prices = [each.price for each in self.variations if each.price]
            return min(prices, key=Decimal, default="")
        return str(self["sale_price"] or self["regular_price"])

    @property
    def tax_class(self) -> str:
        """The class of VAT; a variation follows its parent unless it has one of its own."""
        own = str(self["tax_class"])
        if self.parent is not None and own in {"", "parent"}:
            return self.parent.tax_class
        return "" if own == "standard" else own

    @property
    def taxable(self) -> bool:
        """Whether VAT is charged at all."""
        return (self["tax_status"] or "taxable") == "taxable"

    @property
    def keeper(self) -> Product | None:
        """Whose stock counts: its own, its parent's, or nobody's."""
        if self.manages:
            return self
        if self.parent is not None and self.parent.manages:
            return self.parent
        return None

    @property
    def ships(self) -> bool:
        """Whether something goes into a parcel."""
        return not (self["virtual"] or self["downloadable"])

    def put_stock(self, amount: int) -> None:
        """Set the stock; out of stock, in stock or to be ordered later follows from it."""
        self.stock = amount
        if amount > 0:
            self.stock_status = "instock"
        else:
            later = (self["backorders"] or "no") != "no"
            self.stock_status = "onbackorder" if later else "outofstock"

    def take(self, sent: Json) -> None:
        """Set what a request sent; stock is ignored where it is not managed (REST v3, products)."""
        for name in PLAIN_FIELDS:
            if sent.get(name) is not None:
                self.given[name] = sent[name]
        for name in ("regular_price", "sale_price"):
            if self[name]:
                self.given[name] = str(amount_of(self[name]))
        self.meta.take(sent.get("meta_data"))
        if sent.get("manage_stock") is not None:
            self.manages = sent["manage_stock"] is True
        if self.manages:
            self.put_stock(int(sent.get("stock_quantity", self.stock) or 0))
        else:
            self.stock = None
            self.stock_status = sent.get("stock_status") or self.stock_status

    @property
    def slug(self) -> str:
        """The name as an address has it."""
        ascii_name = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode()
        return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")
