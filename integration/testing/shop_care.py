"""A shop that keeps webhooks, for tests of what is done with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from integration.ports import Deed, Finding, HookAction, ShopHook, Verdict


@dataclass(slots=True)
class FakeShopCare:
    """The ``ShopCare`` of a shop in memory that wants one webhook, for ``order.updated``."""

    kept: dict[int, ShopHook] = field(default_factory=dict)
    findings: list[Finding] = field(
        default_factory=lambda: [Finding("shop reachable", Verdict.OK, "The shop answers.")]
    )

    def hooks(self) -> list[ShopHook]:
        """Every webhook, by its number."""
        return [self.kept[idhook] for idhook in sorted(self.kept)]

    def sync_hooks(self, address: str, *, dry_run: bool = False) -> list[HookAction]:
        """Make the one webhook, or switch it on again."""
        ours = [hook for hook in self.kept.values() if hook.ours]
        if not ours:
            if not dry_run:
                self.kept[1] = ShopHook(
                    1, "picqer-bridge", "order.updated", address, active=True, ours=True
                )
            text = "A hook for order.updated is missing." if dry_run else "Hook 1 was created."
            return [HookAction(Deed.CREATED, "order.updated", None if dry_run else 1, text)]
        return [self._switch_on(hook, dry_run=dry_run) for hook in ours if not hook.active]

    def examine(self, address: str | None) -> Iterator[Finding]:
        """What it was told to find, and where webhooks ought to go."""
        yield from self.findings
        yield Finding("webhooks", Verdict.OK, f"Webhooks go to {address}.")

    def _switch_on(self, hook: ShopHook, *, dry_run: bool) -> HookAction:
        if not dry_run:
            self.kept[hook.idhook] = replace(hook, active=True)
        return HookAction(Deed.REACTIVATED, hook.event, hook.idhook, f"Hook {hook.idhook} is on.")
