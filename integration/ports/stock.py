"""Free stock, what shops show, and what is in flight between the two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from integration.domain import FreeStock, Order
from integration.policy import ShopPolicy
from integration.ports.webshop import ShownStock


@dataclass(frozen=True, slots=True)
class OrderBooking:
    """A shop order as the stock book remembers it, without personal data.

    ``counts`` says whether its lines may be in flight; ``process_stamp`` is Picqer's stamp of
    the processing, None while it has not been processed.
    """

    shop: str
    order_id: str
    number: str
    account: str
    placed_at: datetime
    paid_at: datetime | None
    first_seen_at: datetime
    counts: bool
    process_stamp: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A productcode whose shown figure is to be compared; ``sellable`` None: leave it alone.

    ``token`` marks the change that was seen, for ``compared``.
    """

    productcode: str
    sellable: int | None
    shown: int | None
    ref: str | None
    token: str


class StockBook(Protocol):
    """Free stock, what the shops show, and what is in flight between the two."""

    def apply(self, account: str, stock: FreeStock) -> bool:
        """A delivered figure: applied unless older than the row; True when it is in doubt."""

    def observe(self, account: str, stock: FreeStock, *, instead_of: str | None = None) -> None:
        """A figure that was read at Picqer: applied, unless the row's stamp is newer.

        ``instead_of`` is the row's stamp before the reading: while the row still has it, the
        answer is believed whatever its own stamp (an hour repeats every autumn).
        """

    def free_stock(self, account: str, productcode: str) -> FreeStock | None:
        """The figure as it is known."""

    def productcodes(self, account: str) -> Iterator[str]:
        """Every productcode with a free stock row."""

    def book_order(self, shop: ShopPolicy, order: Order, *, counts: bool) -> OrderBooking:
        """Remember an order's lines at each reading; keeps ``first_seen_at`` of the first."""

    def booking(self, shop: str, order_id: str) -> OrderBooking | None:
        """What is remembered of an order."""

    def find_bookings(self, number: str, shop: str | None = None) -> list[OrderBooking]:
        """Orders with this number (or id)."""

    def stop_counting(self, shop: str, order_id: str) -> None:
        """The order's lines are no longer in flight (cancelled, dismissed, fulfilled)."""

    def processed(self, shop: str, order_id: str, stamp: str) -> list[str]:
        """Picqer holds the lines since ``stamp``; returns productcodes whose figure is in doubt."""

    def in_flight(self, account: str, productcode: str) -> int:
        """Pieces ordered in any shop of the account that Picqer does not hold yet."""

    def pieces_not_held(
        self, account: str, productcodes: Iterable[str], stamp: str
    ) -> Mapping[str, int]:
        """Pieces in flight beside figures that were read at this stamp; left out: those with none.

        What Picqer processed before ``stamp`` is in such a figure already.
        """

    def sellable(self, shop: ShopPolicy, productcode: str) -> int | None:
        """What the shop ought to show; None: unknown at Picqer, or unlimited."""

    def differences(self, shop: ShopPolicy, limit: int) -> list[Difference]:
        """Marked productcodes with what is and what ought to be shown, newest change first."""

    def drifted(self, shop: ShopPolicy, productcodes: Sequence[str]) -> list[str]:
        """Those of these that the shop shows otherwise than it ought to."""

    def marked(self, shop: str) -> int:
        """How many productcodes of the shop are still to be compared."""

    def compared(self, shop: str, differences: Sequence[Difference]) -> None:
        """These were dealt with: unmark them, unless they changed again meanwhile."""

    def shows(self, shop: str, shown: Iterable[ShownStock]) -> None:
        """What the shop shows, as read or written; a product it does not manage is left alone."""

    def forget_shown(self, shop: str, productcode: str) -> None:
        """The shop does not know this productcode."""

    def found_again(self, shop: ShopPolicy, productcode: str) -> bool:
        """The shop has this product: True, and marked, when it was thought not to know it."""

    def mark(self, shop: ShopPolicy, productcodes: Iterable[str] | None = None) -> None:
        """These (None: all) are to be compared again for the shop."""
