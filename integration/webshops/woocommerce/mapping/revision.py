"""A digest of what a WooCommerce product is read from, so that news of nothing is recognised. Pure.

A change of stock, an order that lowers it, and our own stock writes all come as product events.
The same product is written in several ways: a variation has ``image`` and is called ``M`` at its
own address, and has ``images`` and is called ``T-shirt - M`` in an event and in lists by SKU;
addresses of images begin with http or https, whichever way the shop was called. The digest is the
same for all of them. Source: answers and events of WooCommerce 11.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import urlsplit

from integration.webshops.woocommerce.fields import NUMBER, meta_of
from integration.webshops.woocommerce.settings import WooCommerceSettings

AMOUNTS = ("price", "regular_price", "sale_price", "weight")
WORDS = (
    "sku",
    "status",
    "tax_status",
    "tax_class",
    "virtual",
    "downloadable",
    "manage_stock",
    "global_unique_id",
)
SIDES = ("length", "width", "height")
VARIATION = "variation"
TAG = re.compile(r"<[^>]*>")


def revision_of(document: Mapping[str, object], settings: WooCommerceSettings) -> str:
    """64 hexadecimal digits that change only when something changes that a product is read from.

    Never stock figures, nor dates. A variation is told by its attributes instead of its name,
    which has its parent's name in it; what belongs to the parent is not covered.
    """
    parts: dict[str, object] = {name: _plain(document.get(name)) for name in WORDS}
    parts |= {name: _amount(document.get(name)) for name in AMOUNTS}
    parts["type"] = _type(document)
    parts["dimensions"] = _sides(document.get("dimensions"))
    parts["images"] = _images(document)
    parts["texts"] = _texts(document)
    parts["attributes"] = _attributes(document.get("attributes"))
    if settings.barcode_meta:
        parts["barcode"] = _plain(meta_of(document).get(settings.barcode_meta))
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_variation(document: Mapping[str, object]) -> bool:
    """Whether it says that it is a variation; plugins have kinds of their own."""
    return _plain(document.get("type")).endswith(VARIATION)


def _type(document: Mapping[str, object]) -> str:
    """Older versions leave the type out at a variation's own address."""
    return _plain(document.get("type")) or VARIATION


def _plain(value: object) -> str:
    """A single value as text; null is the same as an empty text."""
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()


def _amount(value: object) -> str:
    """A number as text: 18.5, "18.50" and "18.5" are the same."""
    text = _plain(value)
    return f"{Decimal(text).normalize():f}" if NUMBER.fullmatch(text) else text


def _sides(value: object) -> list[str]:
    sides = value if isinstance(value, dict) else {}
    return [_amount(sides.get(side)) for side in SIDES]


def _images(document: Mapping[str, object]) -> list[str]:
    """Where the images are at the shop, without scheme and host."""
    images = document.get("images")
    found = images if isinstance(images, list) else [document.get("image")]
    sources = (_plain(image.get("src")) for image in found if isinstance(image, dict))
    return [_path(source) for source in sources if source]


def _path(address: str) -> str:
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    return f"{parts.path}?{parts.query}"


def _texts(document: Mapping[str, object]) -> list[str]:
    """Name and descriptions, of which only the words count: WordPress decorates the rest."""
    names = ["name", "description", "short_description"]
    if _type(document).endswith(VARIATION):
        names = ["description"]
    texts = (TAG.sub(" ", html.unescape(_plain(document.get(name)))) for name in names)
    return [" ".join(re.findall(r"\w+", text)) for text in texts]


def _attributes(value: object) -> list[list[str]]:
    """Which value a variation has of each attribute."""
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return [[_plain(row.get("name")), _plain(row.get("option"))] for row in rows]
