"""Which shop orders belong in Picqer, and why the others do not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from integration.domain import FulfillmentStatus, Order
from integration.ports import OrderBooking

PROMPT = timedelta(minutes=15)
"""An order first seen within this of its payment is new; a later one is looked up first."""
WHOLE_SECOND = timedelta(seconds=1)
"""Shops tell whole seconds, and so do the ``Date`` headers that their clocks are known by: an order
may seem to have been placed up to a second too early, and the first one must not be lost by it."""


class Fate(StrEnum):
    """What ought to become of a shop order."""

    SHIP = "ship"
    WAIT = "wait"
    IGNORE = "ignore"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fate and its reason. ``counts``: the lines may be in flight."""

    fate: Fate
    reason: str
    counts: bool


def judge(order: Order, since: datetime, offset: timedelta) -> Verdict:
    """Decide about an order; ``since`` is the first instant of ours that is imported.

    ``offset`` is our clock less the shop's.
    """
    if order.cancelled:
        return Verdict(Fate.CANCEL, "it is cancelled in the shop", counts=False)
    if order.test:
        return Verdict(Fate.IGNORE, "it is a test order", counts=False)
    if order.fulfillment_status is FulfillmentStatus.FULFILLED:
        return Verdict(Fate.IGNORE, "the shop says it was shipped already", counts=False)
    if order.placed_at + offset + WHOLE_SECOND <= since:
        reason = f"it was placed before {since:%Y-%m-%d %H:%M} UTC (orders_since)"
        return Verdict(Fate.IGNORE, reason, counts=False)
    if not order.lines_to_ship:
        return Verdict(Fate.IGNORE, "no line of it is to be shipped", counts=False)
    if not order.release:
        reason = f"the shop has not released it yet (payment: {order.payment_status})"
        return Verdict(Fate.WAIT, reason, counts=True)
    return Verdict(Fate.SHIP, "it is released", counts=True)


def is_prompt(
    order: Order, booking: OrderBooking, offset: timedelta, born: datetime, first_sight: datetime
) -> bool:
    """Whether it is certain that nobody can have made this order at Picqer before us.

    Then it is created without looking it up; see the design's rules for the ledger.
    """
    paid = order.payment_moment + offset
    return paid > max(born, first_sight) and booking.first_seen_at - paid <= PROMPT
