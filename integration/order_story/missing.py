"""An order number that nothing is known of: what was looked at, and the likely reason.

Bodies of deliveries, which hold personal data, are searched here and never handed on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from integration.jobs import Flow
from integration.order_story.asking import ask_shop
from integration.order_story.chapters import DeliveryLine, delivery_line
from integration.services import Services, Shop

SEARCHED = 500
"""How many of a shop's latest deliveries are searched for the number."""


@dataclass(frozen=True, slots=True)
class MissingOrder:
    """Nothing is known of this number. ``mentions``: deliveries in which it stands."""

    number: str
    looked_at: tuple[str, ...]
    likely: tuple[str, ...]
    mentions: tuple[DeliveryLine, ...]


def explain_missing(services: Services, number: str, shop: str | None = None) -> MissingOrder:
    """What was looked at in vain, and per shop what it says itself and the likely reason."""
    shops = [one for name, one in sorted(services.shops.items()) if shop in (None, name)]
    likely, mentions = [], []
    for one in shops:
        reason, found = _explain(services, one, number)
        likely += [ask_shop(services, one, number), reason]
        mentions += found
    if not shops:
        likely.append("No shop is configured, so no order can have come in.")
    return MissingOrder(number, _looked_at(shops), tuple(likely), tuple(mentions))


def _looked_at(shops: Sequence[Shop]) -> tuple[str, ...]:
    names = ", ".join(shop.policy.name for shop in shops) or "none"
    accounts = ", ".join(sorted({shop.policy.account.name for shop in shops})) or "none"
    return (
        f"the numbers and ids of the orders that were read from shops ({names})",
        "the jobs of create_order with that id",
        f"references and Picqer's own numbers of orders that were made at Picqer ({accounts})",
        f"the {SEARCHED} latest deliveries of each of these shops",
        f"the shops themselves, for an order with that id ({names})",
    )


def _explain(services: Services, shop: Shop, number: str) -> tuple[str, list[DeliveryLine]]:
    name = shop.policy.name
    deliveries = services.inbox.find(source=f"shops/{name}", limit=SEARCHED)
    word = re.compile(rb"(?<![0-9A-Za-z])" + re.escape(number.encode()) + rb"(?![0-9A-Za-z])")
    found = [
        delivery_line(one) for one in deliveries if one.body is not None and word.search(one.body)
    ]
    if found:
        return _said(name, found[0]), found
    if Flow.CREATE_ORDER not in shop.policy.flows:
        return f"Shop {name} does not use create_order (see `flows` of [shops.{name}]).", []
    if not deliveries:
        return _silent(services, name), []
    latest = deliveries[0].received_at
    return (
        f"Shop {name} has not told of it: its latest delivery came at "
        f"{latest:%Y-%m-%d %H:%M:%S} UTC. {_polled(services, name)}"
    ), []


def _said(shop: str, delivery: DeliveryLine) -> str:
    what = {
        "routed": "raised a job about something else, perhaps under another id",
        "ignored": f"was ignored: {delivery.reason}",
        "parked": f"could not be read: {delivery.reason}",
    }.get(delivery.state, delivery.state)
    return f"Delivery {delivery.id} of shop {shop} mentions it and {what}."


def _silent(services: Services, shop: str) -> str:
    return (
        f"No delivery of shop {shop} ever came in: see whether its webhook points at "
        f"/webhooks/shops/{shop}. {_polled(services, shop)}"
    )


def _polled(services: Services, shop: str) -> str:
    kept = services.bookmarks.get(f"shops/{shop}", "orders_polled")
    if kept is None:
        return "It was never polled either: see whether beat and a worker for bulk run."
    return (
        f"It was last polled at {kept[1]:%Y-%m-%d %H:%M:%S} UTC; "
        f"`picqer-bridge reconcile --shop {shop}` polls it now."
    )
