"""What people do with the products of the demo shop: put them on sale, change them, count them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from typing_extensions import Unpack

from integration.sandbox.shop.books import Books
from integration.sandbox.shop.catalogue import (
    DEMO_PRODUCTS,
    ProductFields,
    ShopProduct,
    typed_fields,
)
from integration.sandbox.shop.manners import Manners
from integration.sandbox.shop.webhooks import Webhooks


class Stocking:
    """The actions of people on products. Unknown ids raise KeyError, impossible wishes ValueError.

    When `manners.echo` is on the shop also sends `product.updated` for stock that the bridge wrote
    and for stock that a sale moved: many real shops do.
    """

    def __init__(self, books: Books, webhooks: Webhooks, manners: Manners, rng: Random) -> None:
        self.books = books
        self.webhooks = webhooks
        self.manners = manners
        self._rng = rng
        self._last_ids = {"customer": 100, "order": 1000, "product": 0}

    def add_product(self, *, sellable: int = 100, **fields: Unpack[ProductFields]) -> str:
        """Put a product on sale and return its id; `sellable` is the shop's own first figure.

        Raises ValueError when another product has the sku.
        """
        with self.books.lock:
            product_id = self._new_id("product")
            name = fields.get("name") or fields.get("sku") or "Something without SKU"
            typed = {"sku": None, **typed_fields(fields), "name": name}
            product = ShopProduct(id=product_id, updated_at=self.books.clock(), **typed)
            self.books.keep_product(product)
            if product.sku is not None:
                self.books.sellable[product.sku] = sellable
        self.webhooks.announce("product.created", product_id)
        return product_id

    def add_demo_products(self) -> list[str]:
        """Fill the shelf with a handful of products and return their ids."""
        return [self.add_product(sellable=sellable, **fields) for sellable, fields in DEMO_PRODUCTS]

    def change_product(self, product_id: str, **fields: Unpack[ProductFields]) -> None:
        """Change what the product says; a new sku takes the sellable figure along."""
        with self.books.lock:
            before = self.books.products[product_id]
            after = replace(before, **typed_fields(fields))
            self.books.keep_product(after)
            if after.sku != before.sku:
                figure = 0 if before.sku is None else self.books.sellable.pop(before.sku, 0)
                if after.sku is not None:
                    self.books.sellable[after.sku] = figure
        self.webhooks.announce("product.updated", product_id)

    def set_sellable(self, sku: str, sellable: int) -> None:
        """Let a person type another stock figure into the shop, behind the bridge's back.

        Raises KeyError when no product has the sku.
        """
        with self.books.lock:
            product = self.books.product_of(sku)
            if product is None:
                raise KeyError(sku)
            self.books.sellable[sku] = sellable
            self.books.keep_product(product)
        self.webhooks.announce("product.updated", product.id)

    def bridge_wrote_stock(self, products: Iterable[ShopProduct]) -> None:
        """Send `product.updated` for what the bridge wrote, when the shop echoes."""
        self._figures_moved(products)

    def _move_stock(self, lines: Iterable[Mapping[str, Any]], sign: int) -> None:
        """Take what is sold off the figures (-1), or give back what is not sold after all (+1)."""
        self._figures_moved(self.books.move_stock(lines, sign))

    def _figures_moved(self, products: Iterable[ShopProduct]) -> None:
        if self.manners.echo:
            for product in products:
                self.books.keep_product(product)
                self.webhooks.announce("product.updated", product.id)

    def _new_id(self, kind: str) -> str:
        self._last_ids[kind] += 1
        return str(self._last_ids[kind])
