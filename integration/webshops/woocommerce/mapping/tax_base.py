"""Which tax a WooCommerce shop reckons with at its own address: what is in a price that it keeps.

A shop that enters prices with tax means the tax of its base address. Of the rates of a class
WooCommerce takes one for each priority, the most particular first; they add up, and a compound
one comes on top of the others. Sources: WooCommerce REST v3, taxes and settings. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from integration.errors import Unmappable
from integration.webshops.woocommerce.fields import WooFields, fields_of

STANDARD = "standard"
"""How the list of rates calls the class that products call an empty text."""
HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class BaseAddress:
    """Where the shop itself is: ``country`` ISO 3166-1 alpha-2, ``state`` its code or empty."""

    country: str
    state: str = ""
    postcode: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class BaseRate:
    """One row of the shop's table of rates; ``percent`` as 21 for 21 %."""

    id: int
    percent: Decimal
    tax_class: str
    country: str
    state: str
    postcodes: tuple[str, ...]
    cities: tuple[str, ...]
    priority: int
    order: int
    is_compound: bool


def base_rates_of(documents: Iterable[object]) -> tuple[BaseRate, ...]:
    """The rows of ``GET taxes``. Raises Unmappable."""
    return tuple(_rate(fields_of(document, "table of tax rates")) for document in documents)


def rate_of(tax_class: str, rates: Iterable[BaseRate], base: BaseAddress) -> Decimal:
    """The percentage of a class at the shop's own address; a rate of 0 has to be in the table.

    Raises Unmappable where the table leaves it open, or has none: then a plugin may keep the rates
    elsewhere, and 0 would put the tax into the price.
    """
    wanted = tax_class or STANDARD
    found: dict[int, BaseRate] = {}
    for rate in sorted(rates, key=_most_particular_first):
        if rate.tax_class == wanted and _holds_at(rate, base):
            found.setdefault(rate.priority, rate)
    if not found:
        raise Unmappable(
            f"The shop charges tax, but its table has no rate of the class {wanted!r} for "
            f"{base.country}, where the shop is (does a plugin keep the rates?). Enter it in "
            f"WooCommerce, Settings, Tax, and a rate of 0 where none is charged; then retry."
        )
    together = HUNDRED + sum(
        (rate.percent for rate in found.values() if not rate.is_compound), Decimal(0)
    )
    for rate in found.values():
        if rate.is_compound:
            together = together * (HUNDRED + rate.percent) / HUNDRED
    return together - HUNDRED


def _rate(fields: WooFields) -> BaseRate:
    return BaseRate(
        id=int(fields.identity("id") or 0),
        percent=fields.optional_amount("rate") or Decimal(0),
        tax_class=fields.optional_text("class") or STANDARD,
        country=(fields.optional_text("country") or "").upper(),
        state=(fields.optional_text("state") or "").upper(),
        postcodes=_places(fields, "postcodes", "postcode"),
        cities=_places(fields, "cities", "city"),
        priority=fields.optional_whole("priority", lowest=None) or 0,
        order=fields.optional_whole("order", lowest=None) or 0,
        is_compound=fields.flag("compound", default=False),
    )


def _places(fields: WooFields, several: str, one: str) -> tuple[str, ...]:
    """The postcodes or cities a rate is for; shops before WooCommerce 5.3 know the text only."""
    named = [str(place) for place in fields.items(several)]
    named = named or (fields.optional_text(one) or "").split(";")
    return tuple(place.strip().upper() for place in named if place.strip())


def _most_particular_first(rate: BaseRate) -> tuple[int, bool, bool, bool, bool, int, int]:
    return (
        rate.priority,
        not rate.country,
        not rate.state,
        not rate.postcodes,
        not rate.cities,
        rate.order,
        rate.id,
    )


def _holds_at(rate: BaseRate, base: BaseAddress) -> bool:
    if rate.country not in ("", base.country) or rate.state not in ("", base.state):
        return False
    if any(mark in place for place in rate.postcodes for mark in ("*", "...", "-")):
        raise Unmappable(
            f"The shop's tax rate {rate.id} is for a range of postal codes, so the tax in its "
            f"prices cannot be told; enter prices excluding tax in the shop, or give the rate "
            f"without postal codes for the country."
        )
    return _is_among(base.postcode, rate.postcodes) and _is_among(base.city, rate.cities)


def _is_among(place: str, places: tuple[str, ...]) -> bool:
    return not places or place.strip().upper() in places
