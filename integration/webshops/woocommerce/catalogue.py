"""Reading products and variations of a WooCommerce shop, one by one or all that changed.

A change of a variation does not change its product. Since WooCommerce 10.3 ``variations`` lists
them all. An older shop can only be asked product by product, which is a request for each variable
one: too much for every poll. There the variations of products that changed are listed, and one
that changed by itself is told by its webhook. All of them are asked for when changes of more than
an hour are wanted: the first time, and after a standstill, in which webhooks may have been lost.
Source: WooCommerce REST v3, products, product variations and variations.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import chain

from integration.domain import Product
from integration.errors import NotFound
from integration.json_fields import each_readable
from integration.ports import Clock
from integration.webshops.woocommerce.fields import fields_of
from integration.webshops.woocommerce.lookup import PRODUCT_ID
from integration.webshops.woocommerce.mapping.products import (
    Kind,
    fields_wanted,
    is_trashed,
    kind_of,
    product_of,
)
from integration.webshops.woocommerce.mapping.shop_facts import ShopFacts
from integration.webshops.woocommerce.pages import Changed, ChangedRows, every_row
from integration.webshops.woocommerce.rest import NoRoute, ShopRest
from integration.webshops.woocommerce.settings import WooCommerceSettings

PARENTS_KEPT = 200
LONG_BACK = timedelta(hours=1)
"""Beyond this we were away: a poll follows the last within minutes, and looks minutes back."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A product that changed or may have; ``above`` is the document of a variation's parent."""

    modified: datetime
    document: object
    above: object = None


class Catalogue:
    """The shop's products as ours. ``facts`` gives the shop's settings when they are needed."""

    def __init__(
        self,
        rest: ShopRest,
        settings: WooCommerceSettings,
        clock: Clock,
        facts: Callable[[], ShopFacts],
    ) -> None:
        """Read through this client."""
        self._rest = rest
        self._clock = clock
        self._settings = settings
        self._facts = facts
        self._fields = {"_fields": fields_wanted(settings)}
        self._parents: dict[str, object] = {}
        self._is_old = False

    def product(self, product_id: str) -> Product:
        """A product by ``11``, a variation by ``13/15`` or by ``15`` alone. Raises NotFound.

        A variable product gives what has no SKU: its variations are the products.
        """
        parts = PRODUCT_ID.fullmatch(product_id)
        if parts is None:
            raise _not_found(product_id)
        document = self._document(parts[2])
        kind = kind_of(document)
        parent = fields_of(document, f"product {product_id}").identity("parent_id")
        if parts[1] is not None and (kind is not Kind.VARIATION or parent != parts[1]):
            raise _not_found(product_id)
        above = self._document(parent) if kind is Kind.VARIATION and parent else None
        return product_of(document, self._facts(), self._settings, above)

    def changed_since(self, since: datetime) -> Iterator[Product]:
        """Every product and variation that changed since that instant of ours.

        One that cannot be read holds nothing up: Unmappable is raised after the last. Where
        nothing changed that takes two requests (by night four), however many products there are.
        A shop before WooCommerce 10.3 leaves out variations that changed by themselves within the
        last hour.
        """
        news = self._news(since)
        first = next(news, None)
        if first is None:
            return
        facts = self._facts()

        def mapped(row: _Row) -> Product:
            return product_of(row.document, facts, self._settings, row.above)

        yield from each_readable(chain([first], news), mapped)

    def _news(self, since: datetime) -> Iterator[_Row]:
        """Every row that changed; those of old shops, which are in no order, at the end."""
        listed: set[str] = set()
        lists = [self._changed_products(since, listed), self._changed_variations(since)]
        yield from merge(*lists, key=lambda row: row.modified)
        if self._is_old and self._clock.now() - since > LONG_BACK:
            yield from self._variations_one_by_one(since, listed)

    def _changed_products(self, since: datetime, listed: set[str]) -> Iterator[_Row]:
        """Products that changed, in place of a variable one (into ``listed``) its variations."""
        for row in ChangedRows(self._rest, "/products", self._fields).since(since):
            kind = kind_of(row.document)
            if kind is Kind.VARIABLE:
                listed.add(str(row.id))
                path = f"/products/{row.id}/variations"
                for variation in every_row(self._rest, path, self._fields):
                    yield _Row(row.modified, variation, row.document)
            elif kind is Kind.SINGLE:
                yield _Row(row.modified, row.document)

    def _changed_variations(self, since: datetime) -> Iterator[_Row]:
        try:
            for row in ChangedRows(self._rest, "/variations", self._fields).since(since):
                above = self._parent_of(row)
                if above is not None:
                    yield _Row(row.modified, row.document, above)
        except NoRoute:
            self._is_old = True

    def _variations_one_by_one(self, since: datetime, listed: Container[str]) -> Iterator[_Row]:
        """Variations that changed, of the products that are not ``listed`` already."""
        variable = {**self._fields, "type": "variable"}
        for parent in every_row(self._rest, "/products", variable):
            parent_id = fields_of(parent, "product").identity("id") or ""
            if parent_id in listed:
                continue
            path = f"/products/{parent_id}/variations"
            for row in ChangedRows(self._rest, path, self._fields).since(since):
                yield _Row(row.modified, row.document, parent)

    def _parent_of(self, row: Changed) -> object:
        """The product above a variation; None when it is gone."""
        parent = fields_of(row.document, f"variation {row.id}").identity("parent_id") or ""
        if parent not in self._parents:
            if len(self._parents) >= PARENTS_KEPT:
                self._parents.clear()
            try:
                self._parents[parent] = self._document(parent)
            except NotFound:
                self._parents[parent] = None
        return self._parents[parent]

    def _document(self, product_id: str) -> object:
        """What ``products/{id}`` shows; it shows variations too. Raises NotFound."""
        if not product_id:
            raise _not_found(product_id)
        document = self._rest.document(f"/products/{product_id}", self._fields)
        if is_trashed(document):
            raise _not_found(product_id)
        return document


def _not_found(product_id: str) -> NotFound:
    return NotFound(f"the shop has no product {product_id[:40]!r}")
