"""Prices of an order's lines that add up to what the customer is charged, to the cent. Pure.

Picqer keeps four decimals of a price per piece, and shops round: each line to cents, or the tax
and not the line. Half a cent here and there is put right on one line, so that Picqer's order comes
to what was paid; anything that rounding does not explain is for a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from integration.domain import ChargeLine, Order, OrderLine
from integration.errors import Unmappable
from integration.fingerprints import round_price

HALF = Decimal("0.5")
HALF_A_CENT = Decimal("0.005")
MOST_PIECES = 99
"""Of so many pieces four decimals of the price give the line to less than half a cent."""


def exact_lines(order: Order) -> tuple[OrderLine, ...]:
    """The lines that go to Picqer, with prices of four decimals that add up to the cent.

    One line's price takes up what rounding left over; a line of a hundred pieces or more may be
    sent as two for it. Raises Unmappable, naming the difference, when what the shop charges is
    not the sum of its lines, shipping, fees and discounts, as exactly as these were given.
    """
    lines = [replace(line, unit_price_net=_rounded(line, order)) for line in order.lines_to_ship]
    if order.total_net is None or not lines:
        return tuple(lines)
    difference = order.total_net - _sum(order.lines) - _net(_charges(order))
    if abs(difference) > _rounding(order, order.total_net):
        raise _not_the_sum(order, order.total_net, difference)
    missing = difference + _sum(order.lines_to_ship) - _sum(lines)
    if abs(missing) < HALF_A_CENT:
        return tuple(lines)
    payable = [line for line in lines if line.unit_price_net * line.quantity > abs(missing)]
    if not payable:
        raise _not_the_sum(order, order.total_net, missing)
    return tuple(_put_right(lines, payable, missing))


def _put_right(
    lines: list[OrderLine], payable: list[OrderLine], missing: Decimal
) -> list[OrderLine]:
    """Change the price of one of the payable lines so that less than half a cent is missing."""
    chosen = min(payable, key=lambda line: (line.quantity, -line.unit_price_net))
    place = lines.index(chosen)
    return [*lines[:place], *_changed(chosen, missing), *lines[place + 1 :]]


def _changed(line: OrderLine, missing: Decimal) -> list[OrderLine]:
    if line.quantity <= MOST_PIECES:
        return [_dearer(line, line.quantity, missing)]
    part = min(MOST_PIECES, line.quantity - 1)
    return [replace(line, quantity=line.quantity - part), _dearer(line, part, missing)]


def _dearer(line: OrderLine, quantity: int, missing: Decimal) -> OrderLine:
    price = round_price(line.unit_price_net + missing / quantity)
    return replace(line, quantity=quantity, unit_price_net=price)


def _rounding(order: Order, total: Decimal) -> Decimal:
    """How far apart sum and total may be when every amount was rounded to the total's decimals."""
    charges = _charges(order)
    step = Decimal(1).scaleb(_exponent(total)) * HALF
    amounts = step * (1 + len(order.lines) + len(charges))
    prices = [
        Decimal(1).scaleb(_exponent(line.unit_price_net)) * HALF * line.quantity
        for line in order.lines
    ]
    return amounts + sum(prices, Decimal())


def _exponent(amount: Decimal) -> int:
    exponent = amount.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _charges(order: Order) -> tuple[ChargeLine, ...]:
    return (*order.shipping_lines, *order.fees, *order.discounts)


def _sum(lines: Iterable[OrderLine]) -> Decimal:
    return sum((line.unit_price_net * line.quantity for line in lines), Decimal())


def _net(charges: Iterable[ChargeLine]) -> Decimal:
    return sum((charge.net for charge in charges), Decimal())


def _rounded(line: OrderLine, order: Order) -> Decimal:
    try:
        return round_price(line.unit_price_net)
    except (ValueError, ArithmeticError):
        raise Unmappable(
            f"The price of {line.sku or 'a line'} in order {order.number} is no number; correct "
            f"it in the shop."
        ) from None


def _not_the_sum(order: Order, total: Decimal, difference: Decimal) -> Unmappable:
    cents = difference.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    summed = (total - difference).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return Unmappable(
        f"The lines, shipping, fees and discounts of order {order.number} come to {summed} "
        f"excluding VAT and the shop charges {total:.2f}: a difference of {cents} (a gift card, or "
        f"a plugin that changes the total?). Enter the order in Picqer by hand, then dismiss this "
        f"job."
    )
