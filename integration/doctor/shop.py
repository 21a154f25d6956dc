"""A shop: what its connector examines, or else whether it answers at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from integration.doctor.door import DOOR, door_findings
from integration.doctor.examination import Part
from integration.jobs import Flow
from integration.ports import Call, Finding, Look, Verdict
from integration.services import Shop

REACHABLE = "shop reachable"


class Asking:
    """The ``CallGuard`` of the examination: asks even when the breaker is open, tells nobody.

    A person who has just corrected a key wants to know whether it is right now; and a look from
    this machine must not hold up workers elsewhere.
    """

    def before(self, call: Call, deadline: float) -> None:
        """Let it pass."""

    def after(self, call: Call, status: int | None, seconds: float, error_code: int | None) -> None:
        """Nothing to write down."""


def parts_of_shop(shop: Shop, address: str | None, look: Look, now: datetime) -> list[Part]:
    """What is examined of this shop, the most basic first.

    ``address`` is the door's for this shop; None when public_url is not set.
    """
    name = shop.policy.name
    subject = f"shops/{name}"
    return [
        Part(subject, DOOR, lambda: door_findings(name, address, look)),
        Part(subject, REACHABLE, lambda: _shop_findings(shop, address, now)),
    ]


def _shop_findings(shop: Shop, address: str | None, now: datetime) -> Iterator[Finding]:
    if shop.care is not None:
        return shop.care(Asking()).examine(address)
    return _answers(shop, now)


def _answers(shop: Shop, now: datetime) -> Iterator[Finding]:
    """Whether a shop whose connector examines nothing answers what its flows ask of it.

    One page is read, of the first list that a flow of this shop needs: a custom shop may have
    only those.
    """
    webshop, flows = shop.connect(Asking()), shop.policy.flows
    rows: Iterator[object]
    if Flow.CREATE_ORDER in flows and Flow.PUSH_STOCK not in flows:
        what, rows = "which orders changed", webshop.orders_changed_since(now)
    elif Flow.CREATE_PRODUCT in flows and Flow.PUSH_STOCK not in flows:
        what, rows = "which products changed", webshop.products_changed_since(now)
    else:
        what, rows = "its stock list", webshop.stock()
    next(rows, None)
    sentence = f"Shop {shop.policy.name} answers, accepts our credentials and shows {what}."
    yield Finding(REACHABLE, Verdict.OK, sentence)
