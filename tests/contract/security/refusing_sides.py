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
from tests.contract.test_http_requests import BadServer, Behaviour, answers, sends
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


OF_PICQER = _bodies(f"{NAME}, {STREET}")
OF_A_SHOP = _bodies(f'"{NAME}, {STREET}"')
"""A shop is not sent the name, so that it can be told only by its quotes."""


def _once(first: Behaviour, later: Behaviour) -> Behaviour:
    """Behave so at the first request, and otherwise at those that follow."""
    left = [first]

    def behave(connection: socket.socket, stop: threading.Event) -> None:
        (left.pop() if left else later)(connection, stop)

    return behave


@contextmanager
def _server(status: str, body: bytes) -> Iterator[str]:
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
        with _server(status, body) as url:
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
        with _server(status, body) as url:
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


def other_sides() -> dict[str, Path]:
    """All of them, by a name for people."""
    found: dict[str, Path] = {}
    for command in ("MAIL", "RCPT", "DATA"):
        found |= {f"mail {command} {code}": mailed(command, code) for code in ("450", "550")}
    found |= {f"mail hangs up at {command}": mailed(command, "") for command in ("RCPT", "DATA")}
    for status in (*REFUSALS, "no HTTP"):
        for name in OF_PICQER:
            if status != "200 OK" or name == "page":
                found[f"Picqer {status} {name}"] = picqer_refuses(status, OF_PICQER[name])
                found[f"shop {status} {name}"] = shop_refuses(status, OF_A_SHOP[name])
    return found
