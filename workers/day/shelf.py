"""What the demo shop sells: what Picqer knows from the morning on, and what appears that day."""

from __future__ import annotations

from integration.sandbox.shop import ProductFields, SandboxShop

SHELF: tuple[tuple[int, ProductFields], ...] = (
    (36, {"sku": "MUG-BLUE", "name": "Blue mug", "price_net": "8.22", "weight_g": 310}),
    (25, {"sku": "MUG-RED", "name": "Red mug", "price_net": "8.22", "weight_g": 310}),
    (12, {"sku": "TEAPOT", "name": "Teapot", "price_net": "24.75", "weight_g": 900}),
    (90, {"sku": "TEA-BOX", "name": "Box of tea", "price_net": "4.55", "tax_rate": "9"}),
)
"""Known to Picqer too. The first figure is what the shop shows, which is wrong for two of them."""

CUP, SPOON, TIN = "CUP-GLASS", "SPOON-OAK", "TIN-GOLD"


def add_cup_and_spoon(shop: SandboxShop) -> None:
    """Put two new products on sale, one with two images and one with one; nothing is in stock."""
    front, side, spoon = (shop.picture_url(name) for name in ("cup-front", "cup-side", "spoon"))
    shop.add_product(
        sku=CUP,
        name="Glass cup",
        price_net="6.57",
        barcode="8712345678913",
        weight_g=180,
        image_urls=[front, side],
        sellable=0,
    )
    shop.add_product(sku=SPOON, name="Oak spoon", price_net="3.26", image_urls=[spoon], sellable=0)


def add_tin_without_telling(shop: SandboxShop) -> None:
    """Put one more product on sale, of which the shop's event is lost."""
    shop.webhooks.switch("off")
    shop.add_product(sku=TIN, name="Golden tea tin", price_net="11.53", sellable=0)
    shop.webhooks.switch("on")


def fill(shop: SandboxShop) -> None:
    """Put on sale what both sides know already."""
    for sellable, fields in SHELF:
        shop.add_product(sellable=sellable, **fields)
