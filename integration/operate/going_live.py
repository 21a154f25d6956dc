"""A person has seen the plan and lets the shop go over."""

from __future__ import annotations

from datetime import datetime

from integration.ports import Act, AuditEntry, AuditFilter
from integration.services import Services, Shop


def is_held(services: Services, shop: Shop) -> bool:
    """Whether a pause holds every flow of this shop, or everything."""
    names = (None, shop.policy.name)
    return any(flow is None and name in names for flow, name, _ in services.gate.pauses())


def live_since(services: Services, shop: Shop) -> datetime | None:
    """Since when this service has the shop's orders; None: it has yet to go over.

    A shop that works, whose orders were brought, or that went live before, is live: also while
    somebody holds it.
    """
    account, name = shop.policy.account.name, shop.policy.name
    went = AuditFilter(act=Act.GO_LIVE, shop=name, text=_about(shop))
    is_live = (
        not is_held(services, shop)
        or services.ledger.count(account, "order", name) > 0
        or any(act.about == _about(shop) for act in services.audit.find(went))
    )
    return services.gate.first_sight(account, name) if is_live else None


def go_live(services: Services, shop: Shop, who: str) -> datetime:
    """Let the shop go over now, and end its own pause; returns the moment of the cut-over.

    Orders placed before it are left to whoever had them, unless ``orders_since`` says otherwise.
    Of a shop that is live the moment stays: moved, it would leave out orders that wait to be paid,
    or that were never read. All in one transaction.
    """
    policy = shop.policy
    with services.store.transaction():
        moment = live_since(services, shop)
        if moment is None:
            moment = services.gate.cut_over(policy.account.name, policy.name)
        services.gate.resume(None, policy.name, who)
        services.audit.write(AuditEntry(who, Act.GO_LIVE, _about(shop), shop=policy.name))
    return moment


def _about(shop: Shop) -> str:
    return f"shop {shop.policy.name} on account {shop.policy.account.name}"
