"""Looking for what must not be anywhere but in the store: personal data and secrets."""

from __future__ import annotations

from collections.abc import Iterable

from integration.sandbox.shop import SandboxShop
from tests.acceptance.installation import Running
from tests.acceptance.sentry_sink import SentrySink
from workers.chaos.leaks import everything_in

SHORTEST = 6
"""Characters; shorter ones (house numbers, languages) would be found in anything."""
HARMLESS = frozenset({"PostNL", "postnl"})


def canaries(shop: SandboxShop, secrets: Iterable[str]) -> set[str]:
    """Every text about a person in the shop's orders, and these secrets."""
    with shop.books.lock:
        documents = list(shop.books.orders.values())
    found: set[str] = set(secrets)
    for document in documents:
        for part in ("customer", "billing_address", "shipping_address"):
            person = {**(document.get(part) or {}), "created_at": None, "id": None}
            found.update(text for text in person.values() if isinstance(text, str))
    return telling(found)


def telling(texts: Iterable[str]) -> set[str]:
    """These texts without the ones that could stand anywhere."""
    return {text for text in texts if len(text) >= SHORTEST} - HARMLESS


def leaks(where: str, text: str, secret: Iterable[str]) -> list[str]:
    """Which of these stand in a text, said without repeating them."""
    lower = text.lower()
    return [f"{where}: {one[:3]}..." for one in sorted(secret) if one.lower() in lower]


def leaks_of(bridge: Running, sentry: SentrySink, secret: Iterable[str]) -> list[str]:
    """Which of these stand in a log, in Redis, in the metrics, or in what Sentry was told."""
    texts = {
        **bridge.logs(),
        "metrics": bridge.metrics(),
        "sentry": "\n".join(sentry.envelopes),
    }
    with bridge.redis() as client:
        texts["redis"] = everything_in(client)
    return [leak for where, text in texts.items() for leak in leaks(where, text, secret)]
