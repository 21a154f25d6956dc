"""The endpoints `products` and `products/{id}/variations`."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.woocommerce.books import Books
from tests.woocommerce.call import Answer, Call
from tests.woocommerce.captures import Json
from tests.woocommerce.catalogue import Catalogue
from tests.woocommerce.instants import bound, digits
from tests.woocommerce.product_documents import ProductDocuments
from tests.woocommerce.products import Product
from tests.woocommerce.refusals import no_route, variation_elsewhere

ORDERINGS = ["date", "modified", "id", "include", "title", "slug", "price", "popularity",
             "rating", "menu_order"]  # fmt: skip


class ProductsApi:
    """Answers what is asked about products and variations."""

    def __init__(self, books: Books, catalogue: Catalogue, documents: ProductDocuments) -> None:
        self._books = books
        self._catalogue = catalogue
        self._documents = documents

    def index(self, call: Call) -> Answer:
        """A page of products; variations are among them only when asked for by SKU (018)."""
        skus = {sku.casefold() for sku in call.texts("sku")}
        gtins = set(call.texts("global_unique_id"))
        found = [
            product
            for product in self._books.products.values()
            if (not product.is_variation or skus or gtins)
            and (not skus or product.sku.casefold() in skus)
            and (not gtins or product["global_unique_id"] in gtins)
            and self._asked_for(product, call)
        ]
        found.sort(key=lambda product: self._place(product, call), reverse=_backwards(call))
        return call.page_of(found, lambda product: self._documents.product(product, call.home))

    def _asked_for(self, product: Product, call: Call) -> bool:
        status = call.text("status", "any")
        if product.status == "trash" and status != "trash":
            return False
        if status not in {"any", product.status}:
            return False
        include, kind = call.texts("include"), call.text("type")
        if include and str(product.id) not in include:
            return False
        return (not kind or product["type"] == kind) and self._in_time(product, call)

    def _in_time(self, product: Product, call: Call) -> bool:
        zone = self._books.settings.zone
        own = digits(product.modified, UTC if call.flag("dates_are_gmt") else zone)
        after, before = call.text("modified_after"), call.text("modified_before")
        if after and own <= bound("modified_after", after, zone):
            return False
        return not before or own < bound("modified_before", before, zone)

    def _place(self, product: Product, call: Call) -> tuple[datetime | int, int]:
        by = call.choice("orderby", ORDERINGS)
        if by == "modified":
            return digits(product.modified, self._books.settings.posts_zone), product.id
        if by == "date":
            return product.created.replace(microsecond=0), product.id
        return product.id, product.id

    def one(self, call: Call) -> Answer:
        """One product; a variation's id is known here too (delivery 012)."""
        product = self._books.product(call.ids[0])
        return Answer(call.fields(self._documents.product(product, call.home)))

    def create(self, call: Call) -> Answer:
        """A new product."""
        product = self._catalogue.add(call.body)
        return call.made(
            self._documents.product(product, call.home, written=True), f"products/{product.id}"
        )

    def update(self, call: Call) -> Answer:
        """A changed product."""
        return Answer(call.fields(self._update(call.ids[0], call.body, call)))

    def _update(self, product_id: int, sent: Json, call: Call) -> Json:
        product = self._books.product(product_id, 400)
        if product.is_variation:
            raise variation_elsewhere()
        self._catalogue.change(product, sent)
        return self._documents.product(product, call.home, written=True)

    def delete(self, call: Call) -> Answer:
        """Into the trash, or gone for good with `force`; shown as it was before (067)."""
        return Answer(self._delete(call.ids[0], call, force=call.flag("force")))

    def _delete(self, product_id: int, call: Call, *, force: bool) -> Json:
        product = self._books.product(product_id)
        if product.is_variation:
            raise variation_elsewhere()
        shown = self._documents.product(product, call.home, written=True)
        if force:
            self._catalogue.erase(product)
        else:
            self._catalogue.trash(product)
        return shown

    def batch(self, call: Call) -> Answer:
        """Many products at once (020)."""

        def create(sent: Json) -> Json:
            return self._documents.product(self._catalogue.add(sent), call.home, written=True)

        return call.batch(
            create,
            lambda sent: self._update(int(sent.get("id", 0)), sent, call),
            lambda number: self._delete(number, call, force=False),
        )

    def variations(self, call: Call) -> Answer:
        """A page of the variations of a product (019)."""
        parent = self._books.product(call.ids[0])
        skus = {sku.casefold() for sku in call.texts("sku")}
        found = [
            each for each in parent.variations
            if (not skus or each.sku.casefold() in skus) and self._asked_for(each, call)
        ]  # fmt: skip
        found.sort(key=lambda each: self._place(each, call), reverse=_backwards(call))
        return call.page_of(found, lambda each: self._documents.variation(each, call.home))

    def all_variations(self, call: Call) -> Answer:
        """A page of the variations of all products (REST v3, since WooCommerce 10.3)."""
        if not self._books.settings.lists_variations:
            raise no_route()
        found = [
            each for each in self._books.products.values()
            if each.is_variation and self._asked_for(each, call)
        ]  # fmt: skip
        found.sort(key=lambda each: self._place(each, call), reverse=_backwards(call))
        return call.page_of(found, lambda each: self._documents.variation(each, call.home))

    def variation(self, call: Call) -> Answer:
        """One variation."""
        product = self._books.variation(*call.ids)
        return Answer(call.fields(self._documents.variation(product, call.home)))

    def create_variation(self, call: Call) -> Answer:
        """A new variation; WooCommerce names its place with the pattern of the route (013)."""
        parent = self._books.product(call.ids[0])
        product = self._catalogue.add_variation(parent, call.body)
        shown = self._documents.variation(product, call.home, written=True)
        return call.made(shown, rf"products/(?P<product_id>[\d]+)/variations/{product.id}")

    def update_variation(self, call: Call) -> Answer:
        """A changed variation."""
        return Answer(call.fields(self._update_variation(call.ids[1], call.body, call)))

    def _update_variation(self, variation_id: int, sent: Json, call: Call) -> Json:
        product = self._books.variation(call.ids[0], variation_id, 400)
        self._catalogue.change(product, sent)
        return self._documents.variation(product, call.home, written=True)

    def delete_variation(self, call: Call) -> Answer:
        """Remove a variation."""
        return Answer(self._delete_variation(call.ids[1], call))

    def _delete_variation(self, variation_id: int, call: Call) -> Json:
        product = self._books.variation(call.ids[0], variation_id)
        shown = self._documents.variation(product, call.home, written=True)
        self._catalogue.erase(product)
        return shown

    def batch_variations(self, call: Call) -> Answer:
        """Many variations of one product at once (021)."""

        def create(sent: Json) -> Json:
            parent = self._books.product(call.ids[0])
            product = self._catalogue.add_variation(parent, sent)
            return self._documents.variation(product, call.home, written=True)

        return call.batch(
            create,
            lambda sent: self._update_variation(int(sent.get("id", 0)), sent, call),
            lambda number: self._delete_variation(number, call),
        )


def _backwards(call: Call) -> bool:
    return call.choice("order", ["desc", "asc"]) == "desc"
