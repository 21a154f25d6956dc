"""How WooCommerce rounds and writes amounts."""

from __future__ import annotations

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
SIXTH = Decimal("0.000001")
"""Taxes are computed to six decimals (WC_ROUNDING_PRECISION)."""
ZERO = Decimal(0)


def cents(amount: Decimal) -> Decimal:
    """The amount to whole cents, halves away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def tax_cents(amount: Decimal, *, prices_include_tax: bool) -> Decimal:
    """A tax to whole cents: halves go down where prices include tax (wc_round_tax_total)."""
    return amount.quantize(CENT, ROUND_HALF_DOWN if prices_include_tax else ROUND_HALF_UP)


def sixths(amount: Decimal) -> Decimal:
    """The amount to six decimals."""
    return amount.quantize(SIXTH, ROUND_HALF_UP)


def decimals(amount: Decimal, dp: int) -> str:
    """The amount as text with that many decimals (the parameter `dp`)."""
    return f"{amount.quantize(Decimal(1).scaleb(-dp), ROUND_HALF_UP):f}"


def number(amount: Decimal | float) -> int | float:
    """A JSON number as PHP writes it: whole without a point, else the shortest."""
    return int(amount) if amount == int(amount) else float(amount)


def amount_of(value: object) -> Decimal:
    """An amount that a request gave as text or as a number; empty is nothing."""
    return ZERO if value in {None, ""} else Decimal(str(value))
