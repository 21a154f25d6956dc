"""Reading the settings of a WooCommerce shop, and remembering them for a while.

Four requests; a process asks at most once in ten minutes for each shop.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from integration.ports import Clock
from integration.webshops.woocommerce.mapping.shop_facts import ShopFacts, facts_of
from integration.webshops.woocommerce.pages import every_row
from integration.webshops.woocommerce.rest import ShopRest

REMEMBERED_SECONDS = 600.0


def read_facts(rest: ShopRest) -> ShopFacts:
    """The shop's settings as they are now. Raises Unmappable when they cannot be understood."""
    only = {"_fields": "id,value"}
    general, products, tax = (
        rest.rows(f"/settings/{group}", only) for group in ("general", "products", "tax")
    )
    return facts_of(general, products, tax, every_row(rest, "/taxes", {}))


@dataclass(frozen=True, slots=True)
class _Kept:
    facts: ShopFacts
    read_at: float


class FactsMemory:
    """The settings of each shop of this process, for ten minutes. Threads may share it."""

    def __init__(self) -> None:
        """Know of no shop."""
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._lock = threading.Lock()

    def of(self, rest: ShopRest, clock: Clock) -> ShopFacts:
        """What is remembered of this shop, else what it answers now."""
        shop = (rest.shop, rest.url)
        with self._lock:
            kept = self._kept.get(shop)
        now = clock.monotonic()
        if kept is not None and 0 <= now - kept.read_at < REMEMBERED_SECONDS:
            return kept.facts
        # Outside the lock: a slow shop holds no other one up, and asking twice does no harm.
        facts = read_facts(rest)
        with self._lock:
            self._kept[shop] = _Kept(facts, now)
        return facts
