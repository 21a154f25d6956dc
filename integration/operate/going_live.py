"""A person has seen the plan and lets the shop go over."""

from __future__ import annotations

from datetime import datetime

from integration.ports import Act, AuditEntry
from integration.services import Services, Shop


def is_held(services: Services, shop: Shop) -> bool:
    """Whether a pause holds every flow of this shop, or everything."""
    names = (None, shop.policy.name)
    return any(flow is None and name in names for flow, name, _ in services.gate.pauses())


def go_live(services: Services, shop: Shop, who: str) -> datetime:
    """Let the shop go over now, and end its own pause; returns the moment of the cut-over.

    Orders placed before it are left to whoever had them, unless ``orders_since`` says otherwise.
    All in one transaction.
    """
    policy = shop.policy
    with services.store.transaction():
        moment = services.gate.cut_over(policy.account.name, policy.name)
        services.gate.resume(None, policy.name, who)
        about = f"shop {policy.name} on account {policy.account.name}"
        services.audit.write(AuditEntry(who, Act.GO_LIVE, about, shop=policy.name))
    return moment
