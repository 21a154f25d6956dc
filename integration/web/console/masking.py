"""A delivery's content without personal data: only what is known to be harmless is shown. Pure.

An allow-list: a field that nobody thought of is masked. Ids, codes, amounts, states and times stay,
because they are what one looks for.
"""

from __future__ import annotations

import json
import re

MASK = "•••"
DEEPEST = 40
MOST = 4000
"""Fields and items that are shown at most."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,60}")
_HARMLESS = """
action active amount amount_picked amount_to_pick barcode cancelled closed_at completed country
created created_at currency data date_created date_modified date_paid delivered discount_total
event event_triggered_at fee_lines free_stock freestock fulfillment_status gross
holds_stock idcustomer idhook idorder idorder_product idpicklist idpicklist_product idproduct
idreturn idshipment idtemplate idwarehouse items line_items lines manage_stock net number
orderid paid_at parcels partof payment_method payment_status picklistid picklists placed_at
price product_id productcode products quantity reference release requires_shipping reserved
reservedallocations resource sellable shipment_key shipping_lines shipping_total sku source
status stock stock_quantity stock_status subtotal tax tax_rate test timestamp topic total
total_tax totals trackingcode tracking_code type unit_price_net updated updated_at variation_id
version webhook_id
"""
_SHOWN = frozenset(_HARMLESS.split())
_PERSONAL = re.compile(
    "address|billing|contact|customer|person|recipient|shipping(?!_lines)", re.IGNORECASE
)
"""Below a field of such a name nothing is shown."""
_PLAIN = re.compile(r"[\w .:/+#-]{0,80}", re.ASCII)


def masked(body: bytes) -> str:
    """The body as indented JSON with masks; a sentence when it is no JSON."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return f"{len(body)} bytes that are no JSON; nothing of them is shown."
    return json.dumps(_masked(content, "", [MOST], 0), indent=2, ensure_ascii=False)


def readable(body: bytes) -> str:
    """The body as it came, JSON indented; what is no text is replaced."""
    try:
        return (
            json.dumps(json.loads(body), indent=2, ensure_ascii=False)
            .encode("utf-8", "replace")
            .decode()
        )
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _masked(content: object, name: str, left: list[int], depth: int) -> object:
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        return MASK
    if isinstance(content, dict):
        return {
            _name(key): _masked(value, _below(name, key), left, depth + 1)
            for key, value in content.items()
            if left[0] > 0
        }
    if isinstance(content, list):
        return [_masked(value, name, left, depth + 1) for value in content if left[0] > 0]
    return content if _is_harmless(name, content) else MASK


def _below(above: str, key: str) -> str:
    """The name that decides about what is under this key: a personal one stays one below it."""
    return above if _PERSONAL.search(above) else key


def _name(key: str) -> str:
    """A field's name; one that looks like something else (an e-mail address) is masked too."""
    return key if _NAME.fullmatch(key) else MASK


def _is_harmless(name: str, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if name not in _SHOWN and name != "id" and not name.endswith("_id"):
        return False
    if _PERSONAL.search(name) and not name.endswith("_total"):
        return name in _SHOWN and not isinstance(value, str)
    return not isinstance(value, str) or _PLAIN.fullmatch(value) is not None
