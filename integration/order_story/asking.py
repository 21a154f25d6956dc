"""Asking the shop itself how an order is there now: one request, and a sentence."""

from __future__ import annotations

from datetime import datetime

from integration.domain import Order
from integration.errors import BridgeError, NotFound
from integration.flows.eligibility import Fate, Verdict, judge
from integration.guard import ScopeGuard
from integration.jobs import Flow, Identity
from integration.services import Services, Shop


def ask_shop(services: Services, shop: Shop, order_id: str) -> str:
    """What the shop says of the order with this id, and what that means; never raises."""
    name = shop.policy.name
    webshop = shop.connect(ScopeGuard(f"shops/{name}", services.gate))
    try:
        order = webshop.order(order_id)
    except NotFound:
        return f"Shop {name} has no order with the id {order_id}."
    except BridgeError as error:
        return f"Shop {name} could not be asked: {error}"
    if services.privacy.is_erased(f"shops/{name}", order.id):
        return f"Shop {name} has it; here it was erased on request, so nothing is done for it."
    verdict = judge(order, shop.policy.orders_since or _sight(services, shop), webshop.clock_offset)
    return (
        f"Shop {name} has it: {_state(order)}. {_meaning(services, shop, order, verdict)}".strip()
    )


def _sight(services: Services, shop: Shop) -> datetime:
    return services.gate.first_sight(shop.policy.account.name, shop.policy.name)


def _state(order: Order) -> str:
    placed = f"placed {order.placed_at:%Y-%m-%d %H:%M} UTC"
    parts = [placed, f"payment {order.payment_status}", str(order.fulfillment_status)]
    if order.cancelled:
        parts.append("cancelled")
    if order.withheld:
        parts.append("held back")
    return ", ".join(parts)


def _meaning(services: Services, shop: Shop, order: Order, verdict: Verdict) -> str:
    name = shop.policy.name
    if services.jobs.find_identity(Identity(Flow.CREATE_ORDER, name, order.id)) is not None:
        return ""
    match verdict.fate:
        case Fate.SHIP:
            return (
                f"It is to be shipped, and nobody told of it yet: `picqer-bridge reconcile --shop "
                f"{name}` has it found now."
            )
        case Fate.WAIT:
            return f"{_begin(verdict.reason)}; it is brought to Picqer when the shop releases it."
        case Fate.CANCEL:
            return "It is never brought to Picqer."
        case Fate.IGNORE if "orders_since" in verdict.reason:
            since = f"{order.placed_at:%Y-%m-%d}"
            return (
                f"{_begin(verdict.reason)}, so it is not brought to Picqer; `picqer-bridge "
                f"backfill orders --shop {name} --since {since} --dry-run` shows what would be."
            )
        case Fate.IGNORE:
            return f"It is ignored: {verdict.reason}."


def _begin(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
