"""Which hooks an account ought to have, and making it so (picqer.com/en/api/webhooks).

One event per hook. Ours are named ``picqer-bridge <install id> <secret's fingerprint>``, so that
a changed secret shows in the name: Picqer never gives a secret back. Picqer switches a hook off
after repeated failures without telling anybody, and a deleted one keeps its record. Hooks of
others are never touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import SecretStr

from integration.crash_points import crash_point
from integration.domain import Hook
from integration.hook_names import OURS, fingerprint
from integration.ports import Deed, HookAction, Picqer

WANTED_EVENTS = (
    "products.free_stock_changed",
    "products.assembled_stock_changed",
    "picklists.closed",
    "picklists.shipments.created",
    "picklists.shipments.cancelled",
    "orders.status_changed",
)
"""``orders.completed`` is left out: ``orders.status_changed`` says the same."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The hooks an account ought to have: these events at this address, signed by this secret."""

    installation: str
    address: str
    secret: SecretStr
    events: tuple[str, ...] = WANTED_EVENTS

    @property
    def name(self) -> str:
        """The name of each of our hooks."""
        return f"{self.prefix}{fingerprint(self.secret)}"

    @property
    def prefix(self) -> str:
        """How the names of our hooks begin, whatever their secret was."""
        return f"{OURS} {self.installation} "


def sync(picqer: Picqer, wanted: Wanted, *, dry_run: bool = False) -> list[HookAction]:
    """Bring the account's hooks in order; returns what was done, nothing when all is well.

    ``dry_run`` only says what would be done. Raises what Picqer raises; what was done by then
    stands, and the next call goes on from there.
    """
    hooks = picqer.hooks()
    ours = [hook for hook in hooks if hook.name.startswith(wanted.prefix)]
    others = [hook for hook in hooks if hook.active and hook not in ours]
    actions = _report(others, wanted)
    actions += _retire([hook for hook in ours if hook.active], wanted, picqer, dry_run=dry_run)
    taken = {hook.event for hook in others if hook.address == wanted.address}
    for event in wanted.events:
        if event in taken:
            continue
        good = [hook for hook in ours if _is_good(hook, wanted) and hook.event == event]
        if not any(hook.active for hook in good):
            actions.append(_provide(event, good, wanted, picqer, dry_run=dry_run))
    return actions


def _is_good(hook: Hook, wanted: Wanted) -> bool:
    """Whether this hook, when active, is one we want."""
    return (
        hook.name == wanted.name
        and hook.address == wanted.address
        and hook.signed
        and hook.event in wanted.events
    )


def _report(others: Iterable[Hook], wanted: Wanted) -> list[HookAction]:
    """Active hooks that are not ours and that a person has to know about."""
    actions = []
    for hook in others:
        if hook.address == wanted.address:
            text = (
                f"Hook {hook.idhook} ({hook.name!r}) already sends {hook.event} to our address "
                f"and is not ours; switch it off in Picqer, then run `picqer-bridge hooks sync`."
            )
            actions.append(HookAction(Deed.TAKEN, hook.event, hook.idhook, text))
        elif hook.name.startswith(f"{OURS} "):
            text = (
                f"Hook {hook.idhook} ({hook.name!r}) belongs to another installation of "
                f"picqer-bridge on this account; two of them make every order twice."
            )
            actions.append(HookAction(Deed.OTHER_INSTALLATION, hook.event, hook.idhook, text))
    return actions


def _retire(
    active: list[Hook], wanted: Wanted, picqer: Picqer, *, dry_run: bool
) -> list[HookAction]:
    """Switch off our hooks of an old secret, address or event, and doubles of a good one."""
    actions = []
    kept: set[str] = set()
    for hook in sorted(active, key=lambda hook: hook.idhook):
        if _is_good(hook, wanted) and hook.event not in kept:
            kept.add(hook.event)
            continue
        if not dry_run:
            picqer.deactivate_hook(hook.idhook)
            crash_point("hooks.after_deactivation")
        done = "is to be" if dry_run else "was"
        text = f"Hook {hook.idhook} for {hook.event} is outdated and {done} switched off."
        actions.append(HookAction(Deed.DEACTIVATED, hook.event, hook.idhook, text))
    return actions


def _provide(
    event: str, good: list[Hook], wanted: Wanted, picqer: Picqer, *, dry_run: bool
) -> HookAction:
    """Switch a good hook on again, or create one."""
    if good:
        idhook = max(hook.idhook for hook in good)
        if not dry_run:
            picqer.reactivate_hook(idhook)
            crash_point("hooks.after_reactivation")
        said = "is switched off" if dry_run else "had been switched off and is on again"
        text = f"Hook {idhook} for {event} {said}."
        return HookAction(Deed.REACTIVATED, event, idhook, text)
    if dry_run:
        return HookAction(Deed.CREATED, event, None, f"A hook for {event} is missing.")
    secret = wanted.secret.get_secret_value()
    hook = picqer.create_hook(wanted.name, event, wanted.address, secret)
    crash_point("hooks.after_creation")
    return HookAction(
        Deed.CREATED, event, hook.idhook, f"Hook {hook.idhook} for {event} was created."
    )
