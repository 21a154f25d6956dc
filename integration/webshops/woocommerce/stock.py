"""The stock figures of a WooCommerce shop: reading all of them, and writing some.

``stock_quantity`` is what is for sale: WooCommerce takes an order's pieces off itself. Nothing
else is written, so backorders and the stock status stay as the merchant wants them. A batch is
answered with 200 whatever becomes of its items; each of those has its own error. Variations have
batches of their own, one for each parent. Source: WooCommerce REST v3, products and product
variations; seen in WooCommerce 11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from integration.crash_points import crash_point
from integration.errors import NotFound
from integration.http import without_personal_data
from integration.others_words import quoted
from integration.ports import ShownStock, StockAnswer, StockItem, StockResult
from integration.webshops.woocommerce.fields import WooFields, fields_of
from integration.webshops.woocommerce.lookup import (
    PRODUCT_ID,
    products_with_sku,
    refs_of,
    sku_of,
)
from integration.webshops.woocommerce.mapping.products import Kind, kind_of
from integration.webshops.woocommerce.pages import every_row
from integration.webshops.woocommerce.rest import NoRoute, ShopRest

STOCK_BATCH = 100
"""Items that one batch may hold; more are refused with 413 (seen in WooCommerce 11)."""
STOCK_FIELDS = "id,type,parent_id,sku,manage_stock,stock_quantity,virtual"
GONE = frozenset(
    {
        "woocommerce_rest_product_invalid_id",
        "woocommerce_rest_product_variation_invalid_id",
        "woocommerce_rest_product_variation_invalid_parent",
        "woocommerce_rest_invalid_product_id",
        "woocommerce_rest_invalid_variation_id",
    }
)
"""An item with such an error names a product that is not, or no longer, where we thought."""


@dataclass(frozen=True, slots=True)
class Sold:
    """A product or variation as the lists show it: ``ref`` is ``11`` or ``13/15``."""

    ref: str
    sku: str | None
    is_virtual: bool
    fields: WooFields


def sold_products(rest: ShopRest) -> Iterator[Sold]:
    """Every product and variation of the shop; what only groups others is none.

    A variation that is shown with the SKU of its product has none.
    """
    skus_above: dict[str, str | None] = {}
    for row in every_row(rest, "/products", {"_fields": STOCK_FIELDS}):
        kind, fields = kind_of(row), fields_of(row, "product")
        own = fields.identity("id") or ""
        if kind is Kind.VARIABLE:
            skus_above[own] = sku_of(fields)
        elif kind is Kind.SINGLE:
            yield _sold(fields, own)
    if skus_above:
        yield from _variations(rest, skus_above)


def shown_stock(rest: ShopRest) -> Iterator[ShownStock]:
    """What the shop shows of every product and variation that has a SKU."""
    for sold in sold_products(rest):
        if sold.sku is not None:
            managed = sold.fields.values.get("manage_stock") is True
            figure = _pieces(sold.fields) if managed else None
            yield ShownStock(sold.sku, figure, sold.ref, managed)


def _variations(rest: ShopRest, skus_above: Mapping[str, str | None]) -> Iterator[Sold]:
    """Those of all products at once; before WooCommerce 10.3 product by product.

    ``skus_above`` holds the products with variations, and the SKU of each.
    """
    only = {"_fields": STOCK_FIELDS}
    try:
        for row in every_row(rest, "/variations", only):
            fields = fields_of(row, "variation")
            parent = fields.identity("parent_id")
            if parent is not None:
                yield _sold(fields, f"{parent}/{fields.identity('id')}", skus_above.get(parent))
    except NoRoute:
        for parent, sku_above in skus_above.items():
            for row in every_row(rest, f"/products/{parent}/variations", only):
                fields = fields_of(row, "variation")
                yield _sold(fields, f"{parent}/{fields.identity('id')}", sku_above)


def _sold(fields: WooFields, ref: str, sku_above: str | None = None) -> Sold:
    is_virtual, sku = fields.values.get("virtual") is True, sku_of(fields)
    return Sold(ref, sku if sku != sku_above else None, is_virtual, fields)


def _pieces(fields: WooFields) -> int | None:
    """The figure; None where a plugin sells parts of a piece, which is never the figure we want."""
    amount = fields.optional_amount("stock_quantity")
    return int(amount) if amount is not None and amount == amount.to_integral_value() else None


class StockWriter:
    """Writes one batch of figures; every item gets exactly one answer."""

    def __init__(self, rest: ShopRest) -> None:
        """Write through this client."""
        self._rest = rest

    def write(self, items: Sequence[StockItem]) -> list[StockResult]:
        """Show these figures.

        What turns out not to be where it was is looked up by its SKU, once. Raises what the shop
        raises when it refuses more than single items; then any of them may have been written.
        """
        results: dict[str, StockResult] = {}
        known = {item.ref: item for item in items if item.ref and PRODUCT_ID.fullmatch(item.ref)}
        lost = [item for item in items if known.get(item.ref or "") is not item]
        for result, item in self._write_known(known):
            if result is None:
                lost.append(item)
            else:
                results[item.productcode] = result
        for result in self._write_lost(lost):
            results[result.productcode] = result
        return list(results.values())

    def _write_lost(self, items: Sequence[StockItem]) -> Iterator[StockResult]:
        """Items of which it is not known where they are."""
        codes = [item.productcode for item in items]
        refs = refs_of(products_with_sku(self._rest, codes, STOCK_FIELDS)) if codes else {}
        found = {ref: item for item in items if (ref := refs.get(item.productcode))}
        for item in items:
            if item.productcode not in refs:
                yield StockResult(item.productcode, StockAnswer.UNKNOWN_SKU)
        for result, item in self._write_known(found):
            yield result or StockResult(item.productcode, StockAnswer.UNKNOWN_SKU)

    def _write_known(
        self, items: Mapping[str, StockItem]
    ) -> Iterator[tuple[StockResult | None, StockItem]]:
        """Each item by its ref; None as the answer for what is not there."""
        for path, by_id in _batches(items).items():
            ids = list(by_id)
            for start in range(0, len(ids), STOCK_BATCH):
                yield from self._batch(path, {one: by_id[one] for one in ids[start:][:STOCK_BATCH]})

    def _batch(
        self, path: str, items: Mapping[str, StockItem]
    ) -> Iterator[tuple[StockResult | None, StockItem]]:
        update = [{"id": int(one), "stock_quantity": item.sellable} for one, item in items.items()]
        try:
            answer = self._rest.post(path, {"update": update})
        except NotFound:
            # The parent of these variations is gone.
            yield from ((None, item) for item in items.values())
            return
        crash_point("shop_stock.after_batch")
        data = self._rest.document_in(answer, path).get("update")
        rows = _by_id(data if isinstance(data, list) else [])
        for one, item in items.items():
            yield _result(rows.get(one), item), item


def _batches(items: Mapping[str, StockItem]) -> Mapping[str, dict[str, StockItem]]:
    """The items by address of their batch, and there by id."""
    batches: dict[str, dict[str, StockItem]] = {}
    for ref, item in items.items():
        parent, _, own = ref.rpartition("/")
        path = f"/products/{parent}/variations/batch" if parent else "/products/batch"
        batches.setdefault(path, {})[own] = item
    return batches


def _by_id(rows: Sequence[object]) -> Mapping[str, WooFields]:
    found = (fields_of(row, "answer to a batch") for row in rows if isinstance(row, dict))
    return {own: fields for fields in found if (own := fields.identity("id"))}


def _result(row: WooFields | None, item: StockItem) -> StockResult | None:
    """What became of one item; None when the shop has no such id."""
    if row is None:
        return _refused(item, "the shop's answer says nothing about it")
    error = row.values.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        message = quoted(without_personal_data(error.get("message", "")))
        return None if code in GONE else _refused(item, f"{message} ({code})")
    if sku_of(row) != item.productcode:
        return _refused(
            item,
            f"product {row.identity('id')} has another SKU now, and the figure was written there; "
            f"it is put right when the shop's stock is read again",
        )
    if row.values.get("manage_stock") is not True:
        return StockResult(item.productcode, StockAnswer.NOT_MANAGED)
    if row.optional_amount("stock_quantity") != Decimal(item.sellable):
        return _refused(item, "the shop keeps another figure than was written")
    return StockResult(item.productcode, StockAnswer.WRITTEN)


def _refused(item: StockItem, message: str) -> StockResult:
    return StockResult(item.productcode, StockAnswer.REFUSED, message[:200])
