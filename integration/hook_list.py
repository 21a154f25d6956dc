"""The hooks that Picqer and the shops keep, as they are there now: for people to read."""

from __future__ import annotations

from dataclasses import dataclass

from integration.domain import Hook
from integration.guard import ScopeGuard
from integration.jobs import Lane
from integration.ports import ShopHook
from integration.services import Services


@dataclass(frozen=True, slots=True)
class KeptHook:
    """One hook. ``source`` keeps it (``picqer/main``, ``shops/nl``); ``ours``: we made it."""

    idhook: int
    source: str
    ours: bool
    active: bool
    event: str
    address: str
    name: str


def keepers(services: Services) -> list[str]:
    """Everybody who keeps hooks for us: the accounts, then the shops whose platform keeps them."""
    accounts = [f"picqer/{name}" for name in sorted(services.accounts)]
    shops = [
        f"shops/{name}" for name, shop in sorted(services.shops.items()) if shop.care is not None
    ]
    return accounts + shops


def hooks_of(services: Services, source: str) -> list[KeptHook]:
    """What this keeper keeps now, hooks of others too. Makes requests, and raises what they raise.

    Raises KeyError for a keeper that is not configured.
    """
    kind, _, name = source.partition("/")
    guard = ScopeGuard(source, services.gate)
    care = services.shops[name].care if kind == "shops" else None
    if care is not None:
        return [_kept(source, hook, ours=hook.ours) for hook in care(guard).hooks()]
    ours = f"picqer-bridge {services.gate.installation()} "
    picqer = services.accounts[name].connect(Lane.BULK, guard, 0.0)
    return [_kept(source, hook, ours=hook.name.startswith(ours)) for hook in picqer.hooks()]


def _kept(source: str, hook: Hook | ShopHook, *, ours: bool) -> KeptHook:
    return KeptHook(
        idhook=hook.idhook,
        source=source,
        ours=ours,
        active=hook.active,
        event=hook.event,
        address=hook.address,
        name=hook.name,
    )
