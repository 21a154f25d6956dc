"""Finding products of a WooCommerce shop by SKU or by id, a bounded list at a time.

``sku=A,B`` finds products and variations with either SKU, and what is not there is left out of the
answer. A comma inside a SKU splits it, so such a SKU is asked for alone. The shop's database does
not tell capitals apart, so every answer is compared here. Source: WooCommerce REST v3, products;
seen in WooCommerce 11.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from integration.webshops.woocommerce.fields import WooFields, fields_of
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
            if found.optional_text("sku") in chunk:
                yield found


def products_with_id(rest: ShopRest, refs: Iterable[str], fields: str) -> Iterator[WooFields]:
    """The products (``11``) and variations (``13/15``) with these ids; others are left out."""
    by_path: dict[str, list[str]] = {}
    for ref in refs:
        parent, _, variation = ref.rpartition("/")
        path = f"/products/{parent}/variations" if parent else "/products"
        by_path.setdefault(path, []).append(variation)
    for path, ids in by_path.items():
        for chunk in _chunks(ids):
            query: Query = {"include": ",".join(chunk), "_fields": fields, "per_page": PAGE}
            yield from (fields_of(row, "product") for row in rest.rows(path, query))


def refs_of(found: Iterable[WooFields]) -> Mapping[str, str]:
    """How to write the stock of each SKU: ``11``, or ``13/15``; the oldest where there are two."""
    refs: dict[str, str] = {}
    for fields in sorted(found, key=lambda each: int(each.identity("id") or 0)):
        own, parent = fields.identity("id"), fields.identity("parent_id")
        sku, kind = fields.optional_text("sku"), fields.optional_text("type") or ""
        if sku and own:
            refs.setdefault(sku, f"{parent}/{own}" if parent and "variation" in kind else own)
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
