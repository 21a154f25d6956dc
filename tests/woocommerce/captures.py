"""The captured answers and deliveries of a real WooCommerce 11, as files beside the tests."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "captures" / "woocommerce"
REST = FOLDER / "rest"
WEBHOOKS = FOLDER / "webhooks"
CAPTURED_SECRET = "proef-geheim-123"
"""What the captured deliveries are signed with."""

Json = dict[str, Any]
"""A document as the REST API shows it."""


@cache
def _read(path: Path) -> Json:
    content: Json = json.loads(path.read_text("utf-8"))
    return content


def exchange(number: str) -> Json:
    """The captured request and answer whose file name begins with that number."""
    (path,) = REST.glob(f"{number}-*.json")
    return deepcopy(_read(path))


def answer(number: str) -> Any:
    """The body of the captured answer with that number."""
    return exchange(number)["response"]["body"]


def delivery(number: str) -> Json:
    """The captured delivery whose file name begins with that number."""
    (path,) = WEBHOOKS.glob(f"{number}-*.json")
    return deepcopy(_read(path))


def deliveries(topic: str | None = None) -> list[Json]:
    """All captured deliveries in the order of their arrival, pings left out; of one topic."""
    found = [_read(path) for path in sorted(WEBHOOKS.glob("*.json"))]
    wanted = [
        each
        for each in found
        if (its := header(each, "X-WC-Webhook-Topic")) is not None and topic in {None, its}
    ]
    return deepcopy(wanted)


def pings() -> list[Json]:
    """The captured pings: unsigned forms that try an address out."""
    found = [_read(path) for path in sorted(WEBHOOKS.glob("*-ping.json"))]
    return deepcopy(found)


def header(captured: Json, name: str) -> str | None:
    """One header of a captured delivery, None when it has none of that name."""
    return next((value for key, value in captured["headers"] if key == name), None)
