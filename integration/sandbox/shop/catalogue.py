"""What the demo shop sells: its products, and the shelf it opens with."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

from integration.sandbox.shop.instants import to_rfc3339


@with_config(ConfigDict(extra="forbid"))
class ProductFields(TypedDict, total=False):
    """The fields of a product that an action may set; what is left out keeps its value."""

    sku: str | None
    name: str
    price_net: Decimal | str
    tax_rate: Decimal | str
    barcode: str | None
    weight_g: int | None
    length_mm: int | None
    width_mm: int | None
    height_mm: int | None
    description: str
    image_urls: list[str]
    active: bool
    stock_managed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopProduct:
    """One product as the shop knows it.

    `price_net` is in the shop's currency excluding VAT, `tax_rate` a percentage, `weight_g` grams,
    the dimensions millimetres. `sku` is None for a product that nobody gave one.
    """

    id: str
    sku: str | None
    name: str
    updated_at: datetime
    price_net: Decimal = Decimal("10.00")
    tax_rate: Decimal = Decimal(21)
    currency: str = "EUR"
    barcode: str | None = None
    weight_g: int | None = 250
    length_mm: int | None = None
    width_mm: int | None = None
    height_mm: int | None = None
    description: str = ""
    image_urls: tuple[str, ...] = ()
    active: bool = True
    stock_managed: bool = True

    def document(self) -> dict[str, Any]:
        """Return the product as the contract's JSON object."""
        return {
            "id": self.id,
            "sku": self.sku,
            "name": self.name,
            "price_net": f"{self.price_net:.2f}",
            "tax_rate": f"{self.tax_rate:f}",
            "currency": self.currency,
            "barcode": self.barcode,
            "weight_g": self.weight_g,
            "length_mm": self.length_mm,
            "width_mm": self.width_mm,
            "height_mm": self.height_mm,
            "description": self.description,
            "image_urls": list(self.image_urls),
            "active": self.active,
            "stock_managed": self.stock_managed,
            "updated_at": to_rfc3339(self.updated_at),
        }


def typed_fields(fields: ProductFields) -> dict[str, Any]:
    """Return the given fields in the types that `ShopProduct` keeps them in."""
    typed: dict[str, Any] = dict(fields)
    for money in ("price_net", "tax_rate"):
        if money in typed:
            typed[money] = Decimal(typed[money])
    if "image_urls" in typed:
        typed["image_urls"] = tuple(typed["image_urls"])
    return typed


DEMO_PRODUCTS: tuple[tuple[int, ProductFields], ...] = (
    (
        36,
        {
            "sku": "MUG-BLUE",
            "name": "Blue mug",
            "price_net": "8.22",
            "barcode": "8712345678906",
            "weight_g": 310,
            "length_mm": 90,
            "width_mm": 90,
            "height_mm": 110,
        },
    ),
    (24, {"sku": "MUG-RED", "name": "Red mug", "price_net": "8.22", "weight_g": 310}),
    (60, {"sku": "TEA-EARL", "name": "Earl Grey, 100 g", "price_net": "5.46", "tax_rate": "9"}),
    (12, {"sku": "POT-IRON", "name": "Cast iron teapot", "price_net": "41.28", "weight_g": 1450}),
    (80, {"sku": "SPOON-OAK", "name": "Oak spoon", "price_net": "3.26", "weight_g": 35}),
)
"""What the shop opens with when asked: the sellable figure and the fields of each product."""
