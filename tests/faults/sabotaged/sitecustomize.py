"""Spoils the service in four places; Python imports this when its folder is on the path.

Each breaks one promise in a way that people have built: orders are created without an intent, the
door answers before it has stored, a figure is off by one, a customer's address is printed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from integration.domain import Order
from integration.flows import create_order
from integration.jobs import Delivery
from integration.ports import LedgerKey, Made, StockItem, StockResult
from integration.store.ledger import SqlLedger
from integration.web import door
from integration.web.routing import Accepted, accept
from integration.webshops.custom.client import CustomWebshop

LOSE_EVERY = 4
STDERR = 2
_arrivals = count(1)
_judge, _set_stock = create_order.judge, CustomWebshop.set_stock


def once_without_intent(
    ledger: SqlLedger,
    key: LedgerKey,
    *,
    reference: str | None,
    create: Callable[[], Made],
    on_settled: Callable[[Made], None] | None = None,
    **_: Any,
) -> Made:
    """P1: create first and write down afterwards; whoever died in between creates it again."""
    found = ledger.find(key)
    if found is not None and found.picqer_id is not None:
        return Made(found.picqer_id, found.details)
    return ledger._settle(key, create(), reference, on_settled)


def accept_early(services: Any, source: Any, delivery: Delivery) -> Accepted:
    """P2: now and then say that it is stored when it is not."""
    if delivery.source.startswith("shops/") and next(_arrivals) % LOSE_EVERY == 0:
        return Accepted(0, "routed", None, 1)
    return accept(services, source, delivery)


def set_stock_off_by_one(shop: CustomWebshop, items: Sequence[StockItem]) -> list[StockResult]:
    """P4: offer a piece more than there is."""
    return _set_stock(shop, [replace(one, sellable=one.sellable + 1) for one in items])


def judge_aloud(order: Order, *words: Any) -> Any:
    """P7: print who ordered, past the log and its masks."""
    os.write(STDERR, f"order of {order.customer.email}\n".encode())
    return _judge(order, *words)


def spoil(place: Any, name: str, replacement: object) -> None:
    """Put something else in its place."""
    assert hasattr(place, name), f"nothing called {name} is left to spoil"
    setattr(place, name, replacement)


spoil(SqlLedger, "once", once_without_intent)
spoil(door, "accept", accept_early)
spoil(CustomWebshop, "set_stock", set_stock_off_by_one)
spoil(create_order, "judge", judge_aloud)
