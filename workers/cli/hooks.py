"""``picqer-bridge hooks``: our subscriptions at Picqer and at the shops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from integration.guard import ScopeGuard
from integration.hook_list import hooks_of, keepers
from integration.ports import Act, AuditEntry, HookAction
from integration.services import Services
from integration.settings import Settings
from integration.wiring import sync_hooks, sync_shop_hooks
from workers.cli.commands import group
from workers.cli.connection import connection_of, known_account, known_shop, services_of, who
from workers.cli.screen import JsonFlag, show, show_json, show_table

HELP = """See and mend our subscriptions at Picqer and at the shops.

\b
Examples:
  picqer-bridge hooks list
  picqer-bridge hooks sync
"""

app = group("hooks", HELP)
AccountOption = Annotated[str | None, typer.Option(help="Only this Picqer account.")]
ShopOption = Annotated[str | None, typer.Option(help="Only this shop.")]
HEADINGS = ("idhook", "source", "ours", "active", "event", "address", "name")


@app.command("list")
def list_hooks(
    context: typer.Context,
    account: AccountOption = None,
    shop: ShopOption = None,
    as_json: JsonFlag = False,
) -> None:
    """List every hook, also those of others. Asks Picqer and the shops that keep webhooks.

    \b
    Examples:
      picqer-bridge hooks list
      picqer-bridge hooks list --account main --json
    """
    services = services_of(context)
    found = [
        hook for source in _sources(services, account, shop) for hook in hooks_of(services, source)
    ]
    if as_json:
        show_json(found)
        return
    show_table(HEADINGS, [[getattr(hook, heading) for heading in HEADINGS] for hook in found])


@app.command("sync")
def sync(
    context: typer.Context,
    account: AccountOption = None,
    shop: ShopOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be done.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make the hooks what they ought to be.

    Creates what is missing, switches on what was switched off, replaces after a new secret.
    Hooks of others are never touched. The hook watch does the same every few minutes.

    \b
    Examples:
      picqer-bridge hooks sync
      picqer-bridge hooks sync --shop nl --dry-run
    """
    connection = connection_of(context)
    settings = connection.settings()
    services = connection.services(settings)
    actions: list[tuple[str, HookAction]] = []
    for source in _sources(services, account, shop):
        done = _mend(services, settings, source, dry_run=dry_run)
        actions += [(source, action) for action in done]
        if done and not dry_run:
            about = f"{len(done)} hook(s) of {source}"
            services.audit.write(AuditEntry(who(), Act.HOOKS, about))
    if as_json:
        show_json([{"source": source, "action": action} for source, action in actions])
        return
    for source, action in actions:
        show(f"{source}: {action.text}")
    if not actions:
        show("All hooks are as they ought to be.")


def _sources(services: Services, account: str | None, shop: str | None) -> Iterator[str]:
    """``picqer/main``, ``shops/nl``: everybody who keeps hooks for us, or the one asked for."""
    known_account(services, account)
    known_shop(services, shop)
    wanted = {f"picqer/{account}": account, f"shops/{shop}": shop}
    for source in keepers(services):
        if (account is None and shop is None) or wanted.get(source):
            yield source


def _mend(
    services: Services, settings: Settings, source: str, *, dry_run: bool
) -> list[HookAction]:
    kind, _, name = source.partition("/")
    guard = ScopeGuard(source, services.gate)
    if kind == "shops":
        return sync_shop_hooks(services, settings, name, guard, dry_run=dry_run)
    return sync_hooks(services, settings, name, guard, dry_run=dry_run)
