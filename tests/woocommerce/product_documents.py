"""The documents that show a product, built from captured ones so that no field is missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.woocommerce.captures import Json, answer
from tests.woocommerce.instants import both
from tests.woocommerce.money import cents
from tests.woocommerce.products import Product
from tests.woocommerce.settings import Settings
from tests.woocommerce.tax import TaxTable

ONLY_WHEN_WRITTEN = ("permalink_template", "generated_slug")
"""What only the answer to a write shows (010 has them, 018 and the deliveries do not)."""
SYMBOL = '<span class="woocommerce-Price-currencySymbol" translate="no">&euro;</span>'
TARGETS = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}


class ProductDocuments:
    """Shows products as the shop with these settings does."""

    def __init__(self, settings: Settings, taxes: TaxTable) -> None:
        self._settings = settings
        self._taxes = taxes

    def product(self, product: Product, home: str, *, written: bool = False) -> Json:
        """A product under `products`; a variation too, when asked for by id or SKU."""
        document: Json = answer("018")[0] if product.is_variation else answer("010")
        document |= self._shared(product, home) | self._prices(product)
        document |= {
            "slug": product.slug,
            "type": "variation" if product.is_variation else product["type"] or "simple",
            "total_sales": "0" if product.is_variation else product.total_sales,
            "parent_id": product.parent.id if product.parent else 0,
            "images": images(product),
            "variations": [each.id for each in product.variations],
            "has_options": product["type"] == "variable",
            "shipping_required": not product["virtual"],
            "shipping_taxable": not product["virtual"],
            "related_ids": [],
            "_links": links(home, "products", product),
        }
        return self._for_reading(document, product, written=written)

    def variation(self, product: Product, home: str, *, written: bool = False) -> Json:
        """A variation under `products/{parent}/variations`."""
        document: Json = answer("013")
        parent = product.parent.id if product.parent else 0
        document |= self._shared(product, home)
        document |= {
            "name": product.options,
            "parent_id": parent,
            "image": next(iter(images(product)), None),
            "_links": links(home, f"products/{parent}/variations", product),
        }
        document["tax_class"] = (product["tax_class"] or "parent") if written else product.tax_class
        return document

    def _shared(self, product: Product, home: str) -> Json:
        """What both kinds of documents have."""
        zone = self._settings.zone
        plain: Json = {
            name: product[name]
            for name in ("description", "regular_price", "sale_price", "weight", "shipping_class")
        }
        of_a_plugin: Json = {
            name: product[name] for name in ("translations",) if name in product.given
        }
        return {
            **plain,
            **of_a_plugin,
            "sku": product.shown("sku"),
            "global_unique_id": product.shown("global_unique_id"),
            **both("date_created", product.created, zone),
            **both("date_modified", product.modified, zone),
            **self._stock(product),
            "id": product.id,
            "name": product.name,
            "permalink": self._permalink(product, home),
            "status": product.status,
            "price": product.price,
            "on_sale": bool(product["sale_price"]),
            "purchasable": bool(product.price),
            "virtual": bool(product["virtual"]),
            "downloadable": bool(product["downloadable"]),
            "tax_status": product["tax_status"] or "taxable",
            "tax_class": product.tax_class,
            "dimensions": {
                "length": "",
                "width": "",
                "height": "",
                **(product["dimensions"] or {}),
            },
            "attributes": attributes(product),
            "meta_data": product.meta.shown(),
        }

    @staticmethod
    def _stock(product: Product) -> Json:
        keeper = product.keeper
        kept = keeper is not None and keeper is not product
        backorders = (keeper or product)["backorders"] or "no"
        stock = keeper.stock if keeper else None
        status = keeper.stock_status if keeper else product.stock_status
        if product["type"] == "variable" and not product.manages:
            statuses = {each.stock_status for each in product.variations}
            status = "instock" if "instock" in statuses else "outofstock"
        return {
            "manage_stock": "parent" if kept else keeper is not None,
            "stock_quantity": stock,
            "stock_status": status,
            "backorders": backorders,
            "backorders_allowed": backorders != "no",
            "backordered": status == "onbackorder",
        }

    def _prices(self, product: Product) -> Json:
        if not product.price:
            return {"price_html": ""}
        gross = Decimal(product.price)
        net = gross
        if self._settings.prices_include_tax and product.taxable:
            rates = self._taxes.of(product.tax_class, self._settings.country)
            net = gross - self._taxes.in_gross(gross, rates)
        shown = f"<bdi>{SYMBOL}{cents(net)}</bdi>"
        return {"price_html": f'<span class="woocommerce-Price-amount amount">{shown}</span>'}

    @staticmethod
    def _permalink(product: Product, home: str) -> str:
        if product.parent is None:
            return f"{home}/product/{product.slug}/"
        choice = "&".join(
            f"attribute_{str(each['name']).lower()}={each['option']}"
            for each in product["attributes"] or ()
        )
        return f"{home}/product/{product.parent.slug}/?{choice}"

    @staticmethod
    def _for_reading(document: Json, product: Product, *, written: bool) -> Json:
        if written:
            document["short_description"] = product["short_description"]
            document["generated_slug"] = product.slug
        else:
            text = product["short_description"]
            document["short_description"] = f"<p>{text}</p>\n" if text else ""
            document["average_rating"] = "0.00"
            for name in ONLY_WHEN_WRITTEN:
                document.pop(name, None)
        return document


def images(product: Product) -> list[Json]:
    """The pictures: the first one is shown in lists; a variation has at most one."""
    given = [product["image"]] if product["image"] else list(product["images"] or ())
    return [
        {
            "id": product.id * 100 + place,
            "date_created": "2026-11-23T12:51:25",
            "date_created_gmt": "2026-11-23T11:51:25",
            "date_modified": "2026-11-23T12:51:25",
            "date_modified_gmt": "2026-11-23T11:51:25",
            "src": each["src"],
            "name": each.get("name", ""),
            "alt": each.get("alt", ""),
            "srcset": "",
            "sizes": "",
            "thumbnail": each["src"],
        }
        for place, each in enumerate(given, 1)
    ]


def attributes(product: Product) -> list[Json]:
    """What can be chosen (a variable product), or what is chosen (a variation)."""
    given: list[dict[str, Any]] = product["attributes"] or []
    if product.is_variation:
        return [
            {
                "id": 0,
                "name": each["name"],
                "slug": str(each["name"]).lower(),
                "option": each["option"],
            }
            for each in given
        ]
    return [
        {
            "id": 0,
            "name": each["name"],
            "slug": each["name"],
            "position": place,
            "visible": each.get("visible", False),
            "variation": each.get("variation", False),
            "options": each.get("options", []),
        }
        for place, each in enumerate(given)
    ]


def links(home: str, collection: str, product: Product) -> Json:
    """Where the document and its neighbours are."""
    root = f"{home}/wp-json/wc/v3"
    found: Json = {
        "self": [{"href": f"{root}/{collection}/{product.id}", "targetHints": TARGETS}],
        "collection": [{"href": f"{root}/{collection}"}],
    }
    if product.parent is not None:
        found["up"] = [{"href": f"{root}/products/{product.parent.id}"}]
    return found
