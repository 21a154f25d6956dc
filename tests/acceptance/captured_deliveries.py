"""The captured deliveries of a real WooCommerce 11, sent to a door as they were sent then."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import requests

from tests.woocommerce.captures import WEBHOOKS, Json, header

MADE_BY_REQUESTS = frozenset({"host", "connection", "content-length"})
TOPIC = "X-WC-Webhook-Topic"


@dataclass(slots=True)
class Sent:
    """What was sent to a door, and the status of each answer by the name of its file."""

    statuses: dict[str, set[int]] = field(default_factory=dict)

    @property
    def refused(self) -> list[str]:
        """The files that were ever answered with anything but 200."""
        return [name for name, statuses in self.statuses.items() if statuses != {200}]


def captured() -> dict[str, Json]:
    """Every captured delivery, pings too, in the order of arrival, by the name of its file."""
    files = sorted(WEBHOOKS.glob("*.json"))
    return {path.stem: json.loads(path.read_text("utf-8")) for path in files}


def is_ping(delivery: Json) -> bool:
    """Whether it is an unsigned form that tries an address out."""
    return header(delivery, TOPIC) is None


def bodies(deliveries: Iterable[Json]) -> set[bytes]:
    """The different bodies of what is no ping: the door keeps each once."""
    return {one["body"].encode() for one in deliveries if not is_ping(one)}


def send(address: str, names: Sequence[str], sent: Sent) -> None:
    """Send these deliveries one after another: the bytes, headers and signatures of then."""
    everything = captured()
    with requests.Session() as session:
        session.trust_env = False
        for name in names:
            delivery = everything[name]
            headers = {key: value for key, value in delivery["headers"]
                       if key.lower() not in MADE_BY_REQUESTS}  # fmt: skip
            body = delivery["body"].encode()
            answer = session.post(
                address, data=body, headers=headers, timeout=30, allow_redirects=False
            )
            sent.statuses.setdefault(name, set()).add(answer.status_code)
