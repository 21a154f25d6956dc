"""How products and variations come into being and are changed: requests to `products`."""

from __future__ import annotations

from tests.woocommerce.books import Books
from tests.woocommerce.captures import Json
from tests.woocommerce.order_status import Tell
from tests.woocommerce.products import Product
from tests.woocommerce.refusals import Refusal


class Catalogue:
    """Adds, changes and removes products; every save moves the date and is told."""

    def __init__(self, books: Books, tell: Tell) -> None:
        self._books = books
        self._tell = tell

    def add(self, sent: Json) -> Product:
        """Put a product in the shop; raises Refusal when its SKU is taken."""
        return self._add(sent, None)

    def add_variation(self, parent: Product, sent: Json) -> Product:
        """Give a product another kind, for example a size."""
        product = self._add(sent, parent)
        parent.variations.append(product)
        return product

    def _add(self, sent: Json, parent: Product | None) -> Product:
        self._books.check_sku(sent.get("sku"))
        now = self._books.clock()
        product = Product(next(self._books.post_numbers), now, now, parent)
        product.take(sent)
        self._books.products[product.id] = product
        self._tell("product.created", product.id)
        return product

    def change(self, product: Product, sent: Json) -> None:
        """Save what a request sent, also when that changes nothing."""
        self._books.check_sku(sent.get("sku"), product.id)
        product.take(sent)
        product.modified = self._books.clock()
        self._tell("product.updated", product.id)

    def trash(self, product: Product) -> None:
        """Put the product in the trash."""
        if product.trashed_from is not None:
            message = "The product has already been deleted."
            raise Refusal(410, "woocommerce_rest_already_trashed", message)
        product.trashed_from = product.status
        product.modified = self._books.clock()
        self._tell("product.deleted", product.id)

    def restore(self, product: Product) -> None:
        """Take the product out of the trash again."""
        product.trashed_from = None
        product.modified = self._books.clock()
        self._tell("product.restored", product.id)

    def erase(self, product: Product) -> None:
        """Remove the product for good, with its variations; nobody is told."""
        for gone in [product, *product.variations]:
            self._books.products.pop(gone.id, None)
        if product.parent is not None:
            product.parent.variations.remove(product)
        for order in self._books.orders.values():
            for line in order.lines:
                if line.product in {product, *product.variations}:
                    line.product = None
