"""Whether the products of a WooCommerce shop can be told apart by SKU, as a warehouse must."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from integration.ports import Finding, Verdict
from integration.webshops.woocommerce.rest import ShopRest
from integration.webshops.woocommerce.stock import sold_products

CHECK = "products"
NAMED = 5
"""So many ids are named; a merchant finds the others after correcting these."""


def sku_findings(rest: ShopRest) -> Iterator[Finding]:
    """Products to be shipped without SKU, and SKUs that two products have."""
    missing: list[str] = []
    doubled: list[str] = []
    first: dict[str, str] = {}
    count = 0
    for sold in sold_products(rest):
        count += 1
        if sold.sku is None:
            if not sold.is_virtual:
                missing.append(sold.ref)
        elif sold.sku in first:
            doubled += [first[sold.sku], sold.ref]
        else:
            first[sold.sku] = sold.ref
    if missing:
        sentence = f"{_several(missing)} without SKU: orders with them are parked."
        yield Finding(CHECK, Verdict.WARN, sentence, "Give each a SKU in WooCommerce.")
    if doubled:
        sentence = (
            f"{_several(sorted(set(doubled), key=_by_number))} with a SKU that another product "
            f"has too: Picqer sees them as one product."
        )
        yield Finding(CHECK, Verdict.WARN, sentence, "Give each its own SKU in WooCommerce.")
    if not missing and not doubled:
        yield Finding(CHECK, Verdict.OK, f"Each of {count} products has a SKU of its own.")


def _several(refs: Sequence[str]) -> str:
    named = ", ".join(refs[:NAMED])
    more = ", ..." if len(refs) > NAMED else ""
    return f"{len(refs)} products ({named}{more})"


def _by_number(ref: str) -> list[int]:
    return [int(part) for part in ref.split("/")]
