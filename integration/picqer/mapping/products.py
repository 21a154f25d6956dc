"""A shop's product as a Picqer product (picqer.com/en/api/products). Pure."""

from __future__ import annotations

from integration.domain import Product
from integration.errors import Unmappable
from integration.fingerprints import CarriedProduct, carried
from integration.picqer.mapping.prices import price_to_picqer, vat_group_for
from integration.ports import ProductDraft


def product_to_picqer(draft: ProductDraft) -> dict[str, object]:
    """The body of ``POST /products`` and ``PUT /products/{idproduct}``.

    Fields that the shop leaves empty are left out, so that a change never wipes what people
    filled in at Picqer. Without a tax rate the account's own default VAT group holds. Raises
    Unmappable without SKU, price or VAT group.
    """
    product = draft.product
    fields = _carried(product)
    if not fields.productcode or not fields.productcode.strip():
        raise Unmappable(f"Product {product.id} has no SKU; give it one in the shop.")
    what = f"product {fields.productcode}"
    body: dict[str, object | None] = {
        "productcode": fields.productcode,
        "name": fields.name or fields.productcode,
        "price": price_to_picqer(fields.price_net, what),
        "barcode": fields.barcode,
        "weight": fields.weight_g,
        "length": fields.length_cm,
        "width": fields.width_cm,
        "height": fields.height_cm,
        "description": fields.description or None,
    }
    if fields.tax_rate is not None:
        body["idvatgroup"] = vat_group_for(fields.tax_rate, draft.vat_groups, what)
    return {key: value for key, value in body.items() if value is not None}


def _carried(product: Product) -> CarriedProduct:
    """What is carried over; Unmappable instead of ValueError."""
    try:
        return carried(product)
    except (ValueError, ArithmeticError):
        name = product.sku or product.id
        raise Unmappable(f"The price of product {name} is no number.") from None
