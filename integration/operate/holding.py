"""A person holds a flow, a shop or everything for a while. The door goes on accepting."""

from __future__ import annotations

from integration.jobs import Flow
from integration.ports import Act, AuditEntry
from integration.services import Services


def pause(
    services: Services, flow: Flow | None, shop: str | None, who: str, note: str | None = None
) -> None:
    """Hold this flow (None: every flow) of this shop (None: every shop), until ``resume``."""
    with services.store.transaction():
        services.gate.pause(flow, shop, who)
        services.audit.write(_entry(Act.PAUSE, flow, shop, who, note))


def resume(
    services: Services, flow: Flow | None, shop: str | None, who: str, note: str | None = None
) -> bool:
    """End exactly that pause; False when there is none."""
    with services.store.transaction():
        pauses = {(one, name) for one, name, _ in services.gate.pauses()}
        if (flow.value if flow else None, shop) not in pauses:
            return False
        services.gate.resume(flow, shop, who)
        services.audit.write(_entry(Act.RESUME, flow, shop, who, note))
    return True


def name_of_pause(flow: str | None, shop: str | None) -> str:
    """What a pause holds, in words: ``push_stock of shop nl``."""
    if flow is None and shop is None:
        return "everything"
    words = (str(flow) if flow else "every flow", f"shop {shop}" if shop else "")
    return " of ".join(word for word in words if word)


def _entry(act: Act, flow: Flow | None, shop: str | None, who: str, note: str | None) -> AuditEntry:
    return AuditEntry(who, act, name_of_pause(flow, shop), note=note or None, shop=shop)
