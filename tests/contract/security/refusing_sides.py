"""Picqer, a shop and a mail server whose refusals repeat a person and a key."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from pydantic import SecretStr

from integration.clock import SystemClock
from integration.http import forget_session
from integration.jobs import Done, Ending, Lane
from integration.mail import MailServer, SmtpMailer
from integration.picqer.access import Access
from integration.picqer.client import PicqerClient
from integration.policy import AccountPolicy, ShopPolicy
from integration.ports import Picqer, Webshop
from integration.services import Work
from integration.testing.mailer_contract import shipment
from integration.testing.open_doors import OpenLimiter
from integration.testing.samples import order_draft
from integration.webshops import find
from integration.webshops.custom.settings import CustomSettings
from integration.webshops.woocommerce.settings import WooCommerceSettings
from tests.contract.bad_server import BadServer, Behaviour, answers, sends
from tests.contract.security.canaries import (
    EMAIL,
    EVERYTHING,
    KEY,
    NAME,
    STREET,
    Path,
    Scene,
    order,
)
from tests.postbox import Postbox, serving

REFUSALS = (
    "400 Bad Request",
    "401 Unauthorized",
    "403 Forbidden",
    "404 Not Found",
    "409 Conflict",
    "422 Unprocessable",
    "429 Too Many Requests",
    "500 Internal Server Error",
    "503 Service Unavailable",
    "200 OK",
)


def mailed(command: str, answer: str) -> Path:
    """The mail server refuses the letter with the customer's address in its words."""

    def walk(scene: Scene) -> None:
        box = Postbox(answers={command: f"{answer} {EVERYTHING}"} if answer else {})
        box.hang_up_after = "" if answer else command
        # The server's own lines are not this service's.
        quiet = patch.object(logging.getLogger("mail.log"), "disabled", True)
        with quiet, serving(box) as serve:
            server = MailServer("localhost", serve(), "none", "Shop <shop@example.com>")
            mailer = SmtpMailer(server, scene.world.clock)
            scene.run(lambda _work: _mail(mailer))

    return walk


def _mail(mailer: SmtpMailer) -> Ending:
    mailer.shipped(EMAIL, "nl", "1042", shipment("3S1"))
    return Done()


def _bodies(person: str) -> dict[str, bytes]:
    """Ways to refuse, each naming the person so."""
    said = f"Address of {person} ({EMAIL}, {order().billing_address.phone}) is unknown"
    field = {"deliveryname": [f"{person} is too long"], "key": f"{KEY} is wrong"}
    return {
        "picqer": json.dumps({"error": True, "error_code": 12, "error_message": said}).encode(),
        "fields": json.dumps({"message": said, "errors": field}).encode(),
        "page": f"<html>{EVERYTHING}</html>".encode(),
    }


BODIES = _bodies(f"{NAME}, {STREET}")


def _once(first: Behaviour, later: Behaviour) -> Behaviour:
    """Behave so at the first request, and otherwise at those that follow."""
    left = [first]

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        (left.pop() if left else later)(connection, stop)

    return behave


@contextmanager
def refusing(status: str, body: bytes) -> Iterator[str]:
    """A server that answers so; gives its address."""
    answer = sends(body) if status == "no HTTP" else answers(body, status=status)
    # What is asked afterwards (is the key still good?) names nobody, and so does its answer.
    server = BadServer(_once(answer, answers(b"{}", status="403 Forbidden")))
    try:
        yield server.url
    finally:
        forget_session()
        server.close()


def picqer_refuses(status: str, body: bytes) -> Path:
    """Picqer answers so when the order is created there."""

    def walk(scene: Scene) -> None:
        with refusing(status, body) as url:
            access = Access("main", f"{url}/api/v1", SecretStr(KEY), "ops@example.com")
            scene.run(lambda work: _create(_picqer(access, work)))

    return walk


def _picqer(access: Access, work: Work) -> Picqer:
    return PicqerClient(
        access, limiter=OpenLimiter(), guard=work.guard("picqer/main"), lane=Lane.ORDERS, born=1.0
    )


def _create(picqer: Picqer) -> Ending:
    picqer.create_order(order_draft(order()))
    return Done()


def shop_refuses(status: str, body: bytes) -> Path:
    """The shop answers so when its order is told of a shipment."""

    def walk(scene: Scene) -> None:
        with refusing(status, body) as url:
            settings = CustomSettings.model_validate(
                {"url": url, "token": KEY, "secret": "whsec_" + "MDEy" * 10}
            )
            policy = ShopPolicy("nl", AccountPolicy("main"), frozenset())
            custom = find("custom")

            def flow(work: Work) -> Ending:
                guard = work.guard("shops/nl")
                return _ship(custom.connect(settings, policy, guard, SystemClock()))

            scene.run(flow)

    return walk


def _ship(shop: Webshop) -> Ending:
    shop.ship("1042", shipment("3S1"))
    return Done()


def woocommerce_refuses(status: str, body: bytes) -> Path:
    """A WooCommerce shop, or what stands in front of it, answers so when an order is read."""

    def walk(scene: Scene) -> None:
        with refusing(status, body) as url:
            keys = {"consumer_key": f"ck_{HEX}", "consumer_secret": f"cs_{HEX}"}
            settings = WooCommerceSettings.model_validate(
                {"url": url, "webhook_secret": "0123456789abcdef", **keys}
            )
            policy = ShopPolicy("nl", AccountPolicy("main"), frozenset())
            connect = find("woocommerce").connect

            def flow(work: Work) -> Ending:
                shop = connect(settings, policy, work.guard("shops/nl"), SystemClock())
                shop.order("1042")
                return Done()

            scene.run(flow)

    return walk


HEX = "a1" * 20
SAID = f"Customer {NAME}, {STREET} ({EMAIL}) is unknown"
WORDPRESS_CODES = ("rest_invalid_param", "woocommerce_rest_invalid_id", "rest_forbidden")
OF_WORDPRESS = {
    "a parameter": {"params": {"customer": SAID, EVERYTHING: NAME}},
    "nothing more": None,
    "a list": [SAID],
}
"""What WordPress adds to its code and message, as ``data``."""


def _of_wordpress(code: str) -> Iterator[tuple[str, bytes]]:
    for name, data in OF_WORDPRESS.items():
        document = {"code": code, "message": SAID, "data": data}
        yield f"{code.split(' ', 1)[0]} and {name}", json.dumps(document).encode()


def other_sides() -> dict[str, Path]:
    """All of them, by a name for people."""
    found: dict[str, Path] = {}
    for command in ("MAIL", "RCPT", "DATA"):
        found |= {f"mail {command} {code}": mailed(command, code) for code in ("450", "550")}
    found |= {f"mail hangs up at {command}": mailed(command, "") for command in ("RCPT", "DATA")}
    for status in (*REFUSALS, "no HTTP"):
        for name in BODIES:
            if status != "200 OK" or name == "page":
                found[f"Picqer {status} {name}"] = picqer_refuses(status, BODIES[name])
                found[f"shop {status} {name}"] = shop_refuses(status, BODIES[name])
                found[f"WooCommerce {status} {name}"] = woocommerce_refuses(status, BODIES[name])
    for code in (*WORDPRESS_CODES, SAID):
        for name, body in _of_wordpress(code):
            found[f"WooCommerce {name}"] = woocommerce_refuses("400 Bad Request", body)
    return found
