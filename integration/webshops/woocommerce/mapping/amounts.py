"""Amounts of a WooCommerce order that add up to what the customer paid. Pure arithmetic.

WooCommerce keeps a line's total unrounded (16.972477) and rounds when it adds up: each line, in
its standard setting, or only the sum ("round tax at subtotal level"), and the total of the taxes
apart. So unrounded lines may differ by cents from what was paid. Here each amount is taken as
WooCommerce rounded it; a rest that its roundings explain goes to the largest amount; a rest that
they do not explain is left as it is, for whoever compares the sums.
Source: WooCommerce's order totals, seen in WooCommerce 11; the number of decimals is a setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT_PLACES = 2
FINEST_PRICE = Decimal(1).scaleb(-10)


@dataclass(frozen=True, slots=True)
class Paid:
    """What the order as a whole says: ``net`` is what the customer paid excluding tax.

    ``places`` is how many decimals its totals have, ``roundings`` how many of them were rounded
    on the way from the lines to ``net``.
    """

    net: Decimal
    places: int
    roundings: int

    @property
    def rounding(self) -> Decimal:
        """How far one rounded amount may be from the truth."""
        return Decimal(1).scaleb(-self.places) / 2


def places_of(totals: Iterable[Decimal]) -> int:
    """How many decimals a shop rounds to: 0 when no total has any, else two or more."""
    places = max((_places(total) for total in totals), default=CENT_PLACES)
    return max(places, CENT_PLACES) if places else 0


def as_charged(nets: Sequence[Decimal], paid: Paid) -> tuple[Decimal, ...]:
    """These amounts, excluding tax, as they were charged: they add up to ``paid.net``.

    When no rounding of WooCommerce's explains the difference, they are given back as they came.
    """
    for places in dict.fromkeys((CENT_PLACES, paid.places)):
        rounded = tuple(_rounded(net, places) for net in nets)
        if sum(rounded) == paid.net:
            return rounded
    rest = paid.net - sum(nets)
    if not nets or abs(rest) > paid.rounding * paid.roundings:
        return tuple(nets)
    largest = max(range(len(nets)), key=lambda place: abs(nets[place]))
    return tuple(net + rest if place == largest else net for place, net in enumerate(nets))


def per_piece(net: Decimal, quantity: int) -> Decimal:
    """The price of one piece excluding tax, in ten decimals; 0 for no pieces.

    All ten are kept, zeros too: how many there are tells how exact the price is.
    """
    price = net / quantity if quantity else Decimal(0)
    return price.quantize(FINEST_PRICE, ROUND_HALF_UP)


def plain(amount: Decimal) -> Decimal:
    """Without zeros at the end beyond the cents: 33.94 for 33.940000."""
    return amount.quantize(Decimal(1).scaleb(-max(_places(amount), CENT_PLACES)))


def _rounded(net: Decimal, places: int) -> Decimal:
    return net.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _places(amount: Decimal) -> int:
    """How many decimals an amount has that are not zeros at its end."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
