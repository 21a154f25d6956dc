"""WooCommerce's products and variations as products of ours. Pure.

A variation is a Picqer product of its own; the variable product above it is none, and neither is
a grouped or external one. A variation looks different under ``products`` (as in webhooks, with
its whole name, and weight, picture and tax class already those of its parent) and under
``variations`` (with the chosen options as name, and ``parent`` as tax class). Everywhere one that
has no SKU or global id of its own is shown with its parent's: all sizes of a shirt with the same.
A virtual product has nothing in the warehouse: it is shown as not active, so that it is never
created at Picqer. One that is only downloadable is shipped, as WooCommerce ships it.
Sources: WooCommerce REST v3, products and product variations; seen in WooCommerce 11.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from integration.domain import Product
from integration.errors import Unmappable
from integration.webshops.woocommerce.fields import WooFields, fields_of
from integration.webshops.woocommerce.mapping.plain_text import plain_text
from integration.webshops.woocommerce.mapping.revision import revision_of
from integration.webshops.woocommerce.mapping.shop_facts import ShopFacts
from integration.webshops.woocommerce.settings import WooCommerceSettings

FIELDS = (
    "id,parent_id,type,status,sku,global_unique_id,name,price,regular_price,sale_price,"
    "tax_status,tax_class,weight,dimensions,virtual,downloadable,manage_stock,images,image,"
    "attributes,description,short_description,date_modified_gmt"
)
"""What of a product is read at all, by us and by ``revision_of``."""
PUBLISHED = "publish"
TRASH = "trash"
INHERITED = "parent"
"""What stands for the parent's tax class, or stock, at a variation."""


class Kind(StrEnum):
    """What a product of WooCommerce's is to us."""

    SINGLE = "single"
    VARIABLE = "variable"
    VARIATION = "variation"
    NOTHING = "nothing"


def fields_wanted(settings: WooCommerceSettings) -> str:
    """The ``_fields`` of a request for products: plugins may add very much to each."""
    return f"{FIELDS},meta_data" if settings.barcode_meta else FIELDS


def kind_of(document: object) -> Kind:
    """What this document is. Types of plugins (bundles, subscriptions) count as single ones."""
    kind = fields_of(document, "product").optional_text("type") or "simple"
    if kind.startswith("variable"):
        return Kind.VARIABLE
    if kind in ("grouped", "external"):
        return Kind.NOTHING
    return Kind.VARIATION if kind.endswith("variation") else Kind.SINGLE


def product_of(
    document: object,
    facts: ShopFacts,
    settings: WooCommerceSettings,
    parent: object = None,
) -> Product:
    """A product, or a variation with the document of its parent.

    It is called ``11``, or ``13/15`` for variation 15 of product 13. What is no Picqer product has
    no SKU here. Raises Unmappable, which names product and field.
    """
    own = _fields(document)
    # Older shops leave the type of a variation out where its parent is known.
    kind = kind_of(document) if parent is None else Kind.VARIATION
    if kind not in (Kind.SINGLE, Kind.VARIATION):
        return _nothing(own, facts)
    above = own if parent is None else _fields(parent)
    rate = _tax_rate(own, above, facts)
    sizes = _sizes(own, above)
    return Product(
        id=_id(own, above, kind),
        sku=_own(own, above, "sku"),
        name=_name(own, above, kind),
        price_net=facts.net(own.optional_amount("price") or Decimal(0), rate),
        tax_rate=rate,
        currency=facts.currency,
        barcode=_barcode(own, above, settings.barcode_meta),
        weight_g=facts.grams(own.optional_amount("weight") or above.optional_amount("weight")),
        length_mm=facts.millimetres(sizes.optional_amount("length")),
        width_mm=facts.millimetres(sizes.optional_amount("width")),
        height_mm=facts.millimetres(sizes.optional_amount("height")),
        description=_description(own) or _description(above),
        image_urls=_pictures(own) or _pictures(above),
        active=_is_active(own) and above.optional_text("status") == PUBLISHED,
        stock_managed=own.values.get("manage_stock") is True,
        updated_at=own.optional_utc("date_modified_gmt"),
        revision=revision_of(own.values, settings),
    )


def is_trashed(document: object) -> bool:
    """Whether it lies in the shop's waste basket, where REST still shows it."""
    return _fields(document).optional_text("status") == TRASH


def _fields(document: object) -> WooFields:
    fields = fields_of(document, "product")
    return fields_of(document, f"product {fields.identity('id') or 'without id'}")


def _id(own: WooFields, above: WooFields, kind: Kind) -> str:
    if kind is not Kind.VARIATION:
        return _required_id(own, "id")
    parent = _required_id(own, "parent_id") if own is above else _required_id(above, "id")
    return f"{parent}/{_required_id(own, 'id')}"


def _required_id(fields: WooFields, name: str) -> str:
    value = fields.identity(name)
    if value is None:
        raise fields.wrong(name, "is missing")
    return value


def _nothing(fields: WooFields, facts: ShopFacts) -> Product:
    return Product(
        id=_required_id(fields, "id"),
        sku=None,
        name=plain_text(fields.line("name")),
        price_net=Decimal(0),
        tax_rate=None,
        currency=facts.currency,
        active=False,
        stock_managed=False,
        updated_at=fields.optional_utc("date_modified_gmt"),
    )


def _name(own: WooFields, above: WooFields, kind: Kind) -> str:
    """The whole name: ``T-shirt Koffie - M``, as WooCommerce names the lines of orders.

    From three options on WooCommerce leaves them out of the name; a picker needs them.
    """
    name = plain_text(own.line("name"))
    if kind is not Kind.VARIATION:
        return name
    options = [plain_text(option.line("option")) for option in own.tables("attributes")]
    chosen = ", ".join(option for option in options if option)
    if own is not above and "images" not in own.values:
        name = plain_text(above.line("name"))
    return f"{name} - {chosen}" if chosen and not name.endswith(chosen) else name


def _tax_rate(own: WooFields, above: WooFields, facts: ShopFacts) -> Decimal | None:
    if own.optional_text("tax_status") not in (None, "taxable"):
        return Decimal(0) if facts.taxes else None
    tax_class = own.optional_text("tax_class")
    if tax_class == INHERITED:
        tax_class = above.optional_text("tax_class")
    if tax_class == INHERITED:
        raise Unmappable(f"The shop's {own.thing} has the tax class of a parent it does not have.")
    return facts.tax_rate(tax_class or "")


def _sizes(own: WooFields, above: WooFields) -> WooFields:
    """The dimensions: a variation that has none at all has those of its parent."""
    names = ("length", "width", "height")
    sizes = own.table("dimensions") if own.values.get("dimensions") else own.within({}, "")
    if any(sizes.optional_amount(name) for name in names) or not above.values.get("dimensions"):
        return sizes
    return above.table("dimensions")


def _own(own: WooFields, above: WooFields, name: str) -> str | None:
    """A code that tells products apart: one that a variation shares with its parent is not its."""
    code = own.code(name)
    return None if own is not above and code == above.code(name) else code


def _barcode(own: WooFields, above: WooFields, key: str | None) -> str | None:
    return _own(own, above, "global_unique_id") if key is None else own.meta([key])


def _description(fields: WooFields) -> str:
    texts = (fields.note("description"), fields.note("short_description"))
    return next((text for text in map(plain_text, texts) if text), "")


def _pictures(fields: WooFields) -> tuple[str, ...]:
    """The first picture."""
    single = fields.values.get("image")
    rows = [single] if isinstance(single, dict) else fields.items("images")
    sources = (row.get("src") for row in rows if isinstance(row, dict))
    return tuple(source for source in sources if isinstance(source, str) and source)[:1]


def _is_active(fields: WooFields) -> bool:
    return fields.optional_text("status") == PUBLISHED and fields.values.get("virtual") is not True
