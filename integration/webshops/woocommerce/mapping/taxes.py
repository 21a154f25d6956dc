"""The tax rate of a line of a WooCommerce order. Pure.

WooCommerce names the rates of an order (``tax_lines``) and, at each line, which of them apply
(``taxes``). What it names is believed when it agrees with the amounts, within their rounding;
otherwise the amounts decide. Tax amounts are rounded to the cent for each line and rate, half up
or half down, so 21 % of 4.95 is 1.04, which is 21.01 %.
Source: WooCommerce REST v3, orders; ``rate_percent`` is there since WooCommerce 3.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from integration.webshops.woocommerce.fields import WooFields

USUAL = (
    "0 2.1 2.5 2.6 3 3.8 4 4.8 5 5.5 6 7 8 8.1 9 9.5 10 11 12 13 13.5 14 15 16 17 18 19 20 21 22 "
    "23 24 25 25.5 27"
)
"""Rates of value added tax in the European Union, Switzerland, Norway and the United Kingdom."""
RATES = tuple(map(Decimal, USUAL.split()))
HUNDRED = Decimal(100)
FINEST_RATE_PLACES = 3


@dataclass(frozen=True, slots=True)
class NamedRates:
    """The rates that an order names, by id: percentage, and whether it is on top of the others.

    Those without a percentage, as in orders of old versions, are left out.
    """

    by_id: Mapping[str, tuple[Decimal, bool]]

    def together(self, ids: Iterable[str]) -> Decimal | None:
        """The percentage of these rates taken together; None when one of them is not named."""
        found = [self.by_id.get(rate_id) for rate_id in ids]
        named = [rate for rate in found if rate is not None]
        if not found or len(named) < len(found):
            return None
        total = sum((percent for percent, is_compound in named if not is_compound), Decimal(0))
        for percent, is_compound in named:
            if is_compound:
                total = (HUNDRED + total) * (HUNDRED + percent) / HUNDRED - HUNDRED
        return total


@dataclass(frozen=True, slots=True)
class Taxed:
    """An amount with its tax; ``net_half`` and ``tax_half``: how far each may be from the truth."""

    net: Decimal
    tax: Decimal
    net_half: Decimal
    tax_half: Decimal

    def allows(self, rate: Decimal) -> bool:
        """Whether this percentage gives this tax, within the rounding of both."""
        difference = abs(abs(self.tax) - abs(self.net) * rate / HUNDRED)
        return difference <= self.tax_half + self.net_half * rate / HUNDRED


def named_rates(order: WooFields) -> NamedRates:
    """The tax lines of an order."""
    by_id: dict[str, tuple[Decimal, bool]] = {}
    for row in order.tables("tax_lines"):
        rate_id, percent = row.identity("rate_id"), row.optional_amount("rate_percent")
        if rate_id is not None and percent is not None and percent >= 0:
            by_id[rate_id] = percent, row.values.get("compound") is True
    return NamedRates(by_id)


def applied_rates(item: WooFields) -> tuple[str, ...]:
    """The ids of the rates that apply to a line; an empty total says that one does not."""
    rows = ((row.identity("id"), row.optional_amount("total")) for row in item.tables("taxes"))
    return tuple(rate_id for rate_id, total in rows if rate_id is not None and total is not None)


def rate_of(taxed: Taxed, ids: tuple[str, ...], named: NamedRates) -> Decimal | None:
    """The tax rate as a percentage; None when it cannot be told.

    That is when nothing names one and the rounding of the amounts allows several usual ones, or
    the amount is 0. Then Picqer takes the VAT group of its own product.
    """
    stated = named.together(ids)
    if not taxed.net:
        return _plain(stated) if stated is not None and not taxed.tax else None
    if stated is not None and taxed.allows(stated):
        return _plain(stated)
    if not taxed.tax and not ids:
        return Decimal(0)
    return _told_by_amounts(taxed, named)


def _told_by_amounts(taxed: Taxed, named: NamedRates) -> Decimal | None:
    """The only rate that fits: of those the order names, of the usual ones, of the round ones."""
    for rates in ({percent for percent, _ in named.by_id.values()}, RATES):
        fitting = [rate for rate in rates if taxed.allows(rate)]
        if fitting:
            return _plain(fitting[0]) if len(fitting) == 1 else None
    measured = abs(taxed.tax / taxed.net) * HUNDRED
    if measured > HUNDRED:
        return None
    rounded = (round(measured, places) for places in range(FINEST_RATE_PLACES))
    return _plain(next((rate for rate in rounded if taxed.allows(rate)), round(measured, 3)))


def _plain(rate: Decimal) -> Decimal:
    """Without zeros at the end: 21 for 21.0000."""
    return rate.normalize() + 0
