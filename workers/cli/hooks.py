"""``picqer-bridge hooks``: our subscriptions at Picqer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from integration.guard import ScopeGuard
from integration.jobs import Lane
from integration.services import Services
from integration.wiring import sync_hooks
from workers.cli.commands import group
from workers.cli.connection import connection_of, known_account, services_of
from workers.cli.screen import JsonFlag, show, show_json, show_table

HELP = """See and mend our subscriptions at Picqer.

\b
Examples:
  picqer-bridge hooks list
  picqer-bridge hooks sync
"""

app = group("hooks", HELP)
AccountOption = Annotated[str | None, typer.Option(help="Only this Picqer account.")]


@app.command("list")
def list_hooks(
    context: typer.Context, account: AccountOption = None, as_json: JsonFlag = False
) -> None:
    """List every hook of the account, also those of others. Asks Picqer.

    \b
    Examples:
      picqer-bridge hooks list
      picqer-bridge hooks list --account main --json
    """
    services = services_of(context)
    found = [
        {"account": name, **_hook(services, hook)}
        for name in _accounts(services, account)
        for hook in services.accounts[name].connect(Lane.BULK, _guard(services, name), 0.0).hooks()
    ]
    if as_json:
        show_json(found)
        return
    headings = ("idhook", "account", "ours", "active", "signed", "event", "address", "name")
    show_table(headings, [[hook[heading] for heading in headings] for hook in found])


def _hook(services: Services, hook: Any) -> dict[str, object]:
    return {
        "idhook": hook.idhook,
        "ours": hook.name.startswith(f"picqer-bridge {services.gate.installation()} "),
        "active": hook.active,
        "signed": hook.signed,
        "event": hook.event,
        "address": hook.address,
        "name": hook.name,
    }


@app.command("sync")
def sync(
    context: typer.Context,
    account: AccountOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be done.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make the hooks what they ought to be.

    Creates what is missing, switches on what Picqer switched off, replaces after a new secret.
    Hooks of others are never touched. The hook watch does the same every few minutes.

    \b
    Examples:
      picqer-bridge hooks sync
      picqer-bridge hooks sync --account main --dry-run
    """
    connection = connection_of(context)
    settings = connection.settings()
    services = connection.services(settings)
    actions = [
        (name, action)
        for name in _accounts(services, account)
        for action in sync_hooks(services, settings, name, _guard(services, name), dry_run=dry_run)
    ]
    if as_json:
        show_json([{"account": name, "action": action} for name, action in actions])
        return
    for name, action in actions:
        show(f"{name}: {action.text}")
    if not actions:
        show("All hooks are as they ought to be.")


def _accounts(services: Services, account: str | None) -> Iterator[str]:
    known_account(services, account)
    return (name for name in sorted(services.accounts) if account in (None, name))


def _guard(services: Services, account: str) -> ScopeGuard:
    return ScopeGuard(f"picqer/{account}", services.gate)
