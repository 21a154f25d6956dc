"""The products of a shop: does each have an SKU of its own, and Picqer a VAT group for its rate.

A sample, so that a large catalogue does not hold the examination up; `picqer-bridge golive` looks
at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

from integration.doctor.clock import clock_finding
from integration.domain import Product, VatGroup
from integration.ports import Finding, Verdict, Webshop

SKUS, VAT = "skus", "vat groups"
SAMPLE = 200
EVER = datetime(2000, 1, 1, tzinfo=UTC)
NAMED = 5


def catalogue_findings(
    webshop: Webshop,
    vat_groups: Callable[[], Sequence[VatGroup]],
    now: datetime,
    *,
    counts_skus: bool,
) -> Iterator[Finding]:
    """What is found in the first products of the shop. Raises what either side raises.

    ``counts_skus``: the shop's connector does not examine them by itself.
    """
    products = [one for one in islice(webshop.products_changed_since(EVER), SAMPLE) if one.active]
    if counts_skus:
        yield from sku_findings(products)
    if webshop.clock_offset:  # Else no answer told the time.
        yield clock_finding("the shop", now - webshop.clock_offset, now)
    yield from vat_findings((one.tax_rate for one in products), vat_groups())


def sku_findings(products: Sequence[Product]) -> Iterator[Finding]:
    """Products without an SKU, and SKUs that several share."""
    missing = [one.id for one in products if not one.sku]
    codes = Counter(one.sku for one in products if one.sku)
    doubled = sorted(code for code, count in codes.items() if count > 1)
    if missing:
        yield Finding(
            SKUS,
            Verdict.WARN,
            f"{len(missing)} of {len(products)} products have no SKU (ids {_named(missing)}): they "
            "do not come to Picqer, and an order with one waits for a person.",
            "Give each product that is shipped an SKU in the shop, the same as its productcode.",
        )
    if doubled:
        yield Finding(
            SKUS,
            Verdict.FAIL,
            f"{len(doubled)} SKUs belong to several products: {_named(doubled)}. Picqer would see "
            "one product, and ship whichever it is.",
            "Give each product an SKU of its own in the shop.",
        )
    if not missing and not doubled:
        yield Finding(SKUS, Verdict.OK, f"{len(products)} products have an SKU of their own.")


def vat_findings(rates: Iterable[Decimal | None], groups: Sequence[VatGroup]) -> Iterator[Finding]:
    """Rates of the shop for which the account has no VAT group."""
    known = {group.percentage for group in groups}
    needed = {rate for rate in rates if rate is not None}
    unknown = sorted(needed - known)
    for rate in unknown:
        there = ", ".join(f"{one:f} %" for one in sorted(known))
        yield Finding(
            VAT,
            Verdict.FAIL,
            f"Products of the shop have {rate.normalize():f} % VAT, and Picqer has no VAT group of "
            "that rate: they, and orders with them, would wait for a person.",
            f"Make one in Picqer (Settings, VAT groups), or correct the rate; there is {there}.",
        )
    if not unknown:
        yield Finding(VAT, Verdict.OK, f"Picqer has a VAT group for each of {len(needed)} rates.")


def _named(found: Sequence[str]) -> str:
    """The first few, and that there are more."""
    return ", ".join(found[:NAMED]) + (", ..." if len(found) > NAMED else "")
