"""Looking for what must be nowhere but in the store: people of the shop's orders, and secrets."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from workers.day.stage import Stage

SHORTEST = 6
"""Characters; shorter texts (house numbers, languages) would be found in anything."""

RETRY_SECONDS = 0.5
RETRIES = 20


def leaks(stage: Stage) -> list[str]:
    """Where a person or a secret was found, said without repeating it."""
    wanted = {text.lower() for text in _of_people(stage) if len(text) >= SHORTEST}
    wanted |= {text.lower() for text in _secrets(stage)}
    places = {
        path.name: path.read_text(errors="replace") for path in (stage.folder / "log").glob("*.log")
    }
    # A broker that was killed a moment ago is just starting again.
    patience = Retry(ConstantBackoff(RETRY_SECONDS), RETRIES)
    with redis.Redis.from_url(
        stage.service.redis_url, socket_timeout=5.0, retry=patience
    ) as client:
        places["Redis"] = everything_in(client)
    return [
        f"{name} holds a text that begins with {found[:3]!r}"
        for name, text in places.items()
        for found in sorted(_found(wanted, text.lower()))
    ]


def _found(wanted: Iterable[str], text: str) -> Iterator[str]:
    return (one for one in wanted if one in text)


def _secrets(stage: Stage) -> tuple[str, ...]:
    """What only the two sides and the service may know."""
    shop = stage.shop
    signs = shop.secret.get_secret_value().removeprefix("whsec_")
    return stage.picqer.books.api_key, shop.token.get_secret_value(), signs


def _of_people(stage: Stage) -> Iterator[str]:
    for order in stage.shop.books.snapshot()["orders"]:
        customer, home = order["customer"] or {}, order["billing_address"] or {}
        for value in (customer.get("email"), customer.get("name"), home.get("street")):
            if isinstance(value, str):
                yield value


def everything_in(client: redis.Redis) -> str:
    """Every key and value of a Redis, with the bodies of Celery's messages in the clear."""
    return "\n".join(_parts(client))


def _parts(client: redis.Redis) -> Iterator[str]:
    read: dict[str, Any] = {
        "string": lambda key: [client.get(key)],
        "list": lambda key: client.lrange(key, 0, -1),
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1),
        "hash": lambda key: chain.from_iterable(client.hgetall(key).items()),
    }
    for key in client.scan_iter(count=1000):
        yield _text(key)
        # What ended since it was listed has no kind.
        for part in read.get(_text(client.type(key)), lambda _: ())(key):
            yield _text(part)
            yield from _body(_text(part))


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _body(text: str) -> Iterator[str]:
    """The body of a message, or of one that a worker holds and has not acknowledged."""
    try:
        message = json.loads(text)
        message = message[0] if isinstance(message, list) else message
        yield base64.b64decode(message["body"], validate=True).decode(errors="replace")
    except (ValueError, TypeError, KeyError, IndexError, binascii.Error):
        return
