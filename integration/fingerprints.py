"""What of a shop product reaches Picqer, and a fingerprint of exactly that. Pure.

Two shop products with one fingerprint look the same at Picqer, so that a product event that
changes nothing we carry over (our own stock write, for one) is recognised without a call.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal

from integration.domain import Product

PRICE_DECIMALS = 4
"""Prices go to Picqer with this many decimals; a half is rounded away from zero."""
_PRICE_STEP = Decimal(1).scaleb(-PRICE_DECIMALS)
MILLIMETRES_PER_CENTIMETRE = 10


def round_price(net: Decimal) -> Decimal:
    """A price excluding VAT in four decimals, half away from zero: 8.22225 becomes 8.2223.

    Four decimals carry a price that was computed back from one including VAT closely enough for
    10 000 pieces. Raises ValueError when it is not a finite number.
    """
    if not net.is_finite():
        raise ValueError(f"{net} is no price")
    rounded = net.quantize(_PRICE_STEP, rounding=ROUND_HALF_UP)
    return rounded or Decimal(0).quantize(_PRICE_STEP)


@dataclass(frozen=True, slots=True)
class CarriedProduct:
    """The fields of a shop product that are carried over, as they go to Picqer.

    Weight in grams, sizes in whole centimetres rounded up, so that a box is never too small.
    None and an empty text mean: leave Picqer's own value alone.
    """

    productcode: str | None
    name: str
    price_net: Decimal
    tax_rate: Decimal | None
    barcode: str | None
    weight_g: int | None
    length_cm: int | None
    width_cm: int | None
    height_cm: int | None
    description: str


def carried(product: Product) -> CarriedProduct:
    """What of this product is carried over. Raises ValueError when its price is no number."""
    return CarriedProduct(
        productcode=product.sku or None,
        name=product.name.strip(),
        price_net=round_price(product.price_net),
        tax_rate=None if product.tax_rate is None else product.tax_rate.normalize(),
        barcode=(product.barcode or "").strip() or None,
        weight_g=product.weight_g,
        length_cm=_centimetres(product.length_mm),
        width_cm=_centimetres(product.width_mm),
        height_cm=_centimetres(product.height_mm),
        description=product.description.strip(),
    )


def fingerprint(product: Product) -> str:
    """64 hexadecimal digits that change exactly when something that is carried over changes."""
    text = json.dumps(asdict(carried(product)), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _centimetres(millimetres: int | None) -> int | None:
    """Whole centimetres, rounded up."""
    return None if millimetres is None else -(-millimetres // MILLIMETRES_PER_CENTIMETRE)
