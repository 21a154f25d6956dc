"""The whole service beside the sandbox Picqer and the demo shop, for measuring from outside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration.embedded_broker import find_free_port
from integration.picqer.hooks import WANTED_EVENTS
from integration.sandbox.picqer import SandboxPicqer
from integration.sandbox.shop import Manners, SandboxShop
from workers.local import LocalService

ANSWER_SECONDS = 0.02
"""How long both sandboxes take for an answer: a quick API on a good line."""
QUIET_SECONDS = 3.0
READY_SECONDS = 120.0
"""For the start of everything, on a machine that others keep busy."""
SECRET = "a-webhook-secret-for-measuring"


@dataclass(frozen=True, slots=True)
class Running:
    """What is measured, and between what."""

    picqer: SandboxPicqer
    shop: SandboxShop
    service: LocalService


@contextmanager
def running(folder: Path, **options: Any) -> Iterator[Running]:
    """Everything started and idle: the catalogue is listed, the shop's figures are read.

    ``options`` are those of ``LocalService``.
    """
    port = find_free_port()
    door = f"http://127.0.0.1:{port}"
    with (
        SandboxPicqer(demo=True) as picqer,
        SandboxShop(
            door_url=f"{door}/webhooks/shops/demo", manners=Manners(answer_seconds=ANSWER_SECONDS)
        ) as shop,
    ):
        for sku in ("MUG-BLUE", "MUG-RED", "TEAPOT", "TEA-BOX"):
            shop.add_product(sku=sku, name=sku.title(), price_net="8.22", sellable=0)
        folder.mkdir(exist_ok=True)
        config = folder / "bridge.toml"
        config.write_text(_settings(picqer, shop, port))
        picqer.tune(answer_seconds=ANSWER_SECONDS)
        options = {"ready_seconds": READY_SECONDS, **options}
        with LocalService(config=config, folder=folder / "var", **options) as service:
            _settle(picqer, shop)
            yield Running(picqer, shop, service)


def wait_until(true: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Poll every two milliseconds; a hang is an error that names what did not happen."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} seconds")
        time.sleep(0.002)


def _settle(picqer: SandboxPicqer, shop: SandboxShop) -> None:
    """Wait for the first reconciliation and the hooks, and let one order read the VAT groups."""
    wait_until(lambda: shop.books.sellable.get("MUG-BLUE") == 40, "the first stock figures")
    wait_until(lambda: len(picqer.books.hooks) >= len(WANTED_EVENTS), "the hooks at Picqer")
    number = shop.place_order([("MUG-BLUE", 1)])
    wait_until(
        lambda: any(order.status == "processing" for order in picqer.orders_of(number)),
        "the first order",
    )
    quiet_since, seen = time.monotonic(), len(picqer.log())
    while time.monotonic() - quiet_since < QUIET_SECONDS:
        time.sleep(0.1)
        if len(picqer.log()) != seen:
            quiet_since, seen = time.monotonic(), len(picqer.log())


def _settings(picqer: SandboxPicqer, shop: SandboxShop, port: int) -> str:
    return f"""
public_url = "http://127.0.0.1:{port}"
database_url = "sqlite:///bridge.db"
[web]
port = {port}
[console]
port = {find_free_port()}
[picqer.main]
base_url = "{picqer.url}"
api_key = "sandbox-key"
contact = "bench@example.com"
webhook_secret = "{SECRET}"
[shops.demo.custom]
url = "{shop.url}"
token = "{shop.token.get_secret_value()}"
secret = "{shop.secret.get_secret_value()}"
"""
