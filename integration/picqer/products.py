"""Picqer's products (picqer.com/en/api/products, /product-stock)."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from integration.domain import PicqerProduct
from integration.http import Answer
from integration.picqer.access import Api
from integration.picqer.mapping import product_to_picqer
from integration.picqer.mapping.reading import records
from integration.picqer.mapping.records import read_product
from integration.picqer.paging import every_page
from integration.ports import Page, ProductDraft


class Products:
    """One account's catalogue. What is read is stamped with its answer's ``Date``."""

    _api: Api

    def product(self, idproduct: int) -> PicqerProduct:
        """The product. Raises NotFound."""
        return self._api.ask("GET", f"/products/{idproduct}", self._product)

    def product_with_code(
        self, productcode: str, *, inactive: bool = False
    ) -> PicqerProduct | None:
        """The active (or inactive) product with exactly this productcode, None when absent."""
        params = {"productcode": productcode, **_which(inactive=inactive)}
        found = self._api.ask("GET", "/products", self._products, params=params)
        for product in found:
            if product.productcode == productcode and product.active is not inactive:
                return product
        return None

    def products(self, *, inactive: bool = False, start: int = 0) -> Iterator[Page[PicqerProduct]]:
        """The catalogue, active or inactive; misses nothing while rows shift."""

        def page(offset: int) -> list[PicqerProduct]:
            params = {"offset": offset, **_which(inactive=inactive)}
            return self._api.ask("GET", "/products", self._products, params=params)

        return every_page(page, lambda product: product.idproduct, start)

    def create_product(self, draft: ProductDraft) -> PicqerProduct:
        """Create a product. Raises Unmappable before sending, Refused."""
        return self._api.ask("POST", "/products", self._product, json=product_to_picqer(draft))

    def update_product(self, idproduct: int, draft: ProductDraft) -> PicqerProduct:
        """Write the mapped fields of a product; Picqer leaves the others as they are."""
        path = f"/products/{idproduct}"
        return self._api.ask("PUT", path, self._product, json=product_to_picqer(draft))

    def add_image(self, idproduct: int, image: bytes) -> None:
        """Add one picture (JPEG or PNG) to a product."""
        body = {"image": base64.b64encode(image).decode()}
        self._api.ask("POST", f"/products/{idproduct}/images", lambda _answer: None, json=body)

    def _product(self, answer: Answer) -> PicqerProduct:
        return read_product(answer.data, self._api.stamp(answer.date))

    def _products(self, answer: Answer) -> list[PicqerProduct]:
        stamp = self._api.stamp(answer.date)
        return [read_product(row, stamp) for row in records(answer.data, "the list of products")]


def _which(*, inactive: bool) -> dict[str, str | int]:
    """Picqer lists active products, and with ``inactive`` only the others."""
    return {"inactive": "true"} if inactive else {}
