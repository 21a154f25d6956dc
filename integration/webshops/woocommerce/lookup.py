"""Finding products of a WooCommerce shop by SKU or by id, a bounded list at a time.

``sku=A,B`` finds products and variations with either SKU, and what is not there is left out of the
answer. A comma inside a SKU splits it, so such a SKU is asked for alone. The shop's database does
not tell capitals apart, so every answer is compared here. Source: WooCommerce REST v3, products;
seen in WooCommerce 11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from integration.errors import NotFound, Unmappable
from integration.webshops.woocommerce.fields import WooFields, fields_of
from integration.webshops.woocommerce.mapping.products import Kind, kind_of
from integration.webshops.woocommerce.pages import PAGE
from integration.webshops.woocommerce.rest import Query, ShopRest

PRODUCT_ID = re.compile(r"(?:([1-9][0-9]{0,17})/)?([1-9][0-9]{0,17})", re.ASCII)
"""``11``, or ``13/15`` for variation 15 of product 13."""
LONGEST_LIST = 1500
"""Characters of a list in an address; together with the rest every server takes it."""
MOST_AT_ONCE = 50


def products_with_sku(
    rest: ShopRest, productcodes: Iterable[str], fields: str
) -> Iterator[WooFields]:
    """Every product and variation that has one of these SKUs exactly; ``fields`` holds ``sku``."""
    for chunk in _chunks(productcodes):
        query: Query = {"sku": ",".join(chunk), "_fields": fields, "per_page": PAGE}
        for row in rest.rows("/products", query):
            found = fields_of(row, "product")
            if sku_of(found) in chunk:
                yield found


def products_with_id(rest: ShopRest, refs: Iterable[str], fields: str) -> Iterator[WooFields]:
    """The products (``11``) and variations (``13/15``) with these ids; others are left out.

    A list does not show what lies in the waste basket; asked for alone it is shown.
    """
    by_path: dict[str, list[str]] = {}
    for ref in refs:
        parent, _, variation = ref.rpartition("/")
        path = f"/products/{parent}/variations" if parent else "/products"
        by_path.setdefault(path, []).append(variation)
    for path, ids in by_path.items():
        for chunk in _chunks(ids):
            query: Query = {"include": ",".join(chunk), "_fields": fields, "per_page": PAGE}
            found = [fields_of(row, "product") for row in rest.rows(path, query)]
            yield from found
            listed = {each.identity("id") for each in found}
            yield from _one_by_one(rest, path, [one for one in chunk if one not in listed], fields)


def _one_by_one(rest: ShopRest, path: str, ids: Iterable[str], fields: str) -> Iterator[WooFields]:
    for own in ids:
        try:
            document = rest.document(f"{path}/{own}", {"_fields": fields})
        except NotFound:
            continue
        yield fields_of(document, "product")


def sku_of(fields: WooFields) -> str | None:
    """The SKU that is shown of a product; None for one that cannot be read, which holds up none."""
    try:
        return fields.code("sku")
    except Unmappable:
        return None


def refs_of(found: Iterable[WooFields]) -> Mapping[str, str]:
    """How to write the stock of each SKU: ``11``, or ``13/15``; the oldest where there are two.

    A product with variations is not sold itself, nor is one that only groups others.
    """
    refs: dict[str, str] = {}
    for fields in sorted(found, key=lambda each: int(each.identity("id") or 0)):
        own, parent = fields.identity("id"), fields.identity("parent_id")
        sku, kind = sku_of(fields), kind_of(fields.values)
        if sku and own and kind in (Kind.SINGLE, Kind.VARIATION):
            is_below = parent is not None and kind is Kind.VARIATION
            refs.setdefault(sku, f"{parent}/{own}" if is_below else own)
    return refs


def _chunks(texts: Iterable[str]) -> Iterator[Sequence[str]]:
    chunk: list[str] = []
    size = 0
    for text in dict.fromkeys(texts):
        alone = "," in text
        if chunk and (alone or len(chunk) == MOST_AT_ONCE or size + len(text) > LONGEST_LIST):
            yield chunk
            chunk, size = [], 0
        chunk.append(text)
        size += len(text) + 1
        if alone:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
