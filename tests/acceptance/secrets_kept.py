"""Looking for what must not be anywhere but in the store: personal data and secrets."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from typing import Any

import redis

from integration.sandbox.shop import SandboxShop

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


def everything_in(client: redis.Redis) -> str:
    """All keys and values, with the bodies of Celery's messages in the clear."""
    return "\n".join(text for key in client.scan_iter(count=1000) for text in _one(client, key))


def _one(client: redis.Redis, key: Any) -> Iterator[str]:
    yield _text(key)
    kind = _text(client.type(key))
    values: Any = []
    if kind == "string":
        values = [client.get(key)]
    elif kind == "list":
        values = client.lrange(key, 0, -1)
    elif kind == "set":
        values = client.smembers(key)
    elif kind == "zset":
        values = client.zrange(key, 0, -1)
    elif kind == "hash":
        values = [part for pair in client.hgetall(key).items() for part in pair]
    for value in values or []:
        yield _text(value)
        yield from _bodies(_text(value))


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _bodies(text: str) -> Iterator[str]:
    """The body of a message, or of one that a worker holds and has not acknowledged."""
    try:
        message = json.loads(text)
    except ValueError:
        return
    if isinstance(message, list) and message:
        message = message[0]
    body = message.get("body") if isinstance(message, dict) else None
    if isinstance(body, str):
        try:
            yield base64.b64decode(body, validate=True).decode(errors="replace")
        except binascii.Error:
            yield body
