"""Prices and VAT groups as Picqer wants them (picqer.com/en/api/orders, /vatgroups). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from integration.domain import VatGroup
from integration.errors import Unmappable
from integration.fingerprints import round_price

LARGEST_PRICE = Decimal(10) ** 9
"""Beyond this a JSON number cannot be trusted to keep four decimals, nor is it a real price."""


def price_to_picqer(net: Decimal, what: str) -> float:
    """A price excluding VAT as a JSON number, rounded half away from zero to four decimals.

    Four decimals below a milliard survive the way through a binary float unchanged, because the
    shortest text of that float is the decimal again. Raises Unmappable, naming ``what``.
    """
    try:
        rounded = round_price(net)
    except (ValueError, ArithmeticError):
        raise Unmappable(f"The price of {what} is no number; correct it in the shop.") from None
    if abs(rounded) >= LARGEST_PRICE:
        raise Unmappable(f"The price of {what} is too large; correct it in the shop.")
    return float(rounded)


def vat_group_for(rate: Decimal, groups: Iterable[VatGroup], what: str) -> int:
    """The idvatgroup with exactly this percentage, the lowest one when several have it.

    Raises Unmappable, naming the rate, when the account has none.
    """
    matching = sorted(group.idvatgroup for group in groups if group.percentage == rate)
    if not matching:
        raise Unmappable(
            f"There is no VAT group of {rate.normalize():f} % at Picqer, which {what} needs; "
            f"add one in Picqer's settings, then retry."
        )
    return matching[0]
