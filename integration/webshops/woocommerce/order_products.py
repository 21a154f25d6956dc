"""What the products of an order say that its lines do not: what is virtual, and whose the SKU is.

WooCommerce shows a variation that has no SKU with that of its product, in orders too, and a line
whose variation was deleted as if the product itself had been bought. Asked for by SKU it gives
only what has that SKU itself. Source: WooCommerce REST v3, products; how WooCommerce reads the SKU
of a variation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from integration.webshops.woocommerce.fields import WooFields
from integration.webshops.woocommerce.lookup import products_with_id, products_with_sku, sku_of
from integration.webshops.woocommerce.mapping.order_items import FoundProducts
from integration.webshops.woocommerce.mapping.orders import Named
from integration.webshops.woocommerce.mapping.products import Kind, kind_of
from integration.webshops.woocommerce.rest import ShopRest

FIELDS = "id,type,sku,virtual,translations"


def found_products(rest: ShopRest, products: Sequence[Named]) -> FoundProducts:
    """What there is to know of an order's products.

    One request when each has a SKU of its own, or none has one; what is not found by its SKU is
    looked up by its id, and so is the product of such a variation.
    """
    skus = [product.sku for product in products if product.sku]
    by_sku = _by_id(products_with_sku(rest, skus, FIELDS)) if skus else {}
    lost = [product.ref for product in products if _own_id(product) not in by_sku]
    found = by_sku | _by_id(products_with_id(rest, lost, FIELDS))
    above = [parent for ref in lost if (parent := _parent_id(ref)) and parent not in found]
    found |= _by_id(products_with_id(rest, dict.fromkeys(above), FIELDS))
    virtual = (own for own, fields in found.items() if fields.values.get("virtual") is True)
    without = (product.ref for product in products if not _has_own_sku(product, found, by_sku))
    return FoundProducts(frozenset(virtual), frozenset(without))


def _has_own_sku(
    product: Named, found: Mapping[str, WooFields], by_sku: Mapping[str, WooFields]
) -> bool:
    """Whether the SKU that a line shows tells which product was bought."""
    own, parent = _own_id(product), _parent_id(product.ref)
    itself = found.get(own)
    if parent is None:
        return itself is None or kind_of(itself.values) is not Kind.VARIABLE
    if parent in found and sku_of(found[parent]) == product.sku:
        return False
    same = [fields for each, fields in by_sku.items() if each != own]
    return not any(sku_of(each) == product.sku and not _translates(each, own) for each in same)


def _translates(fields: WooFields, own: str) -> bool:
    """Whether plugins for several languages say that this product is that one in another."""
    translations = fields.values.get("translations")
    others = translations.values() if isinstance(translations, dict) else ()
    return own in {str(other) for other in others}


def _own_id(product: Named) -> str:
    return product.ref.rpartition("/")[2]


def _parent_id(ref: str) -> str | None:
    return ref.rpartition("/")[0] or None


def _by_id(rows: Iterable[WooFields]) -> dict[str, WooFields]:
    return dict(_with_ids(rows))


def _with_ids(rows: Iterable[WooFields]) -> Iterator[tuple[str, WooFields]]:
    for fields in rows:
        own = fields.identity("id")
        if own is not None:
            yield own, fields
