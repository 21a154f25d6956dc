"""``picqer-bridge limit``: how the rate limit of each Picqer account stands."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.ports import LimitView
from workers.cli.connection import known_account, services_of
from workers.cli.screen import JsonFlag, show_json, show_table


def limit(
    context: typer.Context,
    account: Annotated[str | None, typer.Option(help="Only this Picqer account.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how the rate limit of each account stands.

    Counts are requests of the last 60 seconds. Asks Redis, not Picqer. Exit code 1 when Redis is
    away.

    \b
    Examples:
      picqer-bridge limit
      picqer-bridge limit --account main --json
    """
    services = services_of(context)
    known_account(services, account)
    views = [
        one.limiter.view()
        for name, one in sorted(services.accounts.items())
        if account in (None, name)
    ]
    if as_json:
        show_json(views)
        return
    headings = ("account", "limit", "in use", "free", "in flight", "others", "paused", "waiting")
    show_table((*headings, "refused (429)"), [_row(view) for view in views])


def _row(view: LimitView) -> tuple[object, ...]:
    free = max(0, view.limit - view.in_use - view.foreign_use)
    waiting = ", ".join(f"{lane} {count}" for lane, count in view.waiting.items() if count)
    paused = f"{view.paused_seconds:.0f} s" if view.paused_seconds > 0 else "no"
    return (
        view.account,
        view.limit,
        view.in_use,
        free,
        view.in_flight,
        view.foreign_use,
        paused,
        waiting or "nobody",
        view.refused,
    )
