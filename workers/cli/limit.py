"""``picqer-bridge limit``: how the rate limit of each Picqer account stands."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from integration.ports import LimitView
from workers.cli.connection import known_account, services_of
from workers.cli.screen import JsonFlag, show_json, show_table, table_of

WATCH_SECONDS = 1.0
HEADINGS = (
    "account",
    "limit",
    "in use",
    "free",
    "in flight",
    "others",
    "paused",
    "waiting",
    "refused (429)",
)
LANE_HEADINGS = ("account", "lane", "permits", "waited", "put off", "refused (429)", "waiting")
Look = Callable[[], list[LimitView]]


def limit(
    context: typer.Context,
    account: Annotated[str | None, typer.Option(help="Only this Picqer account.")] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep showing it, each second, until Ctrl-C.")
    ] = False,
    lanes: Annotated[
        bool, typer.Option("--lanes", help="Show what was counted in each lane instead.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show how the rate limit of each account stands.

    Counts are requests of the last 60 seconds, those of lanes since the limit began to be kept.
    Asks Redis, not Picqer. Exit code 1 when Redis is away.

    \b
    Examples:
      picqer-bridge limit
      picqer-bridge limit --watch
      picqer-bridge limit --lanes --account main --json
    """
    services = services_of(context)
    known_account(services, account)

    def look() -> list[LimitView]:
        found = sorted(services.accounts.items())
        return [one.limiter.view() for name, one in found if account in (None, name)]

    if watch:
        with suppress(KeyboardInterrupt):
            _watch(look, lanes=lanes, as_json=as_json)
    else:
        _show(look(), lanes=lanes, as_json=as_json)


def _show(views: list[LimitView], *, lanes: bool, as_json: bool) -> None:
    if as_json:
        show_json(views)
    elif lanes:
        show_table(LANE_HEADINGS, list(_lane_rows(views)))
    else:
        show_table(HEADINGS, [_row(view) for view in views])


def _watch(look: Look, *, lanes: bool, as_json: bool) -> None:
    """One place on a terminal that changes; elsewhere one showing after the other."""
    if as_json or not sys.stdout.isatty():
        while True:
            _show(look(), lanes=lanes, as_json=as_json)
            time.sleep(WATCH_SECONDS)
    with Live(console=Console(), auto_refresh=False) as live:
        while True:
            views = look()
            rows = list(_lane_rows(views)) if lanes else [_row(view) for view in views]
            live.update(table_of(LANE_HEADINGS if lanes else HEADINGS, rows), refresh=True)
            time.sleep(WATCH_SECONDS)


def _lane_rows(views: list[LimitView]) -> Iterator[tuple[object, ...]]:
    for view in views:
        for lane, counts in view.lanes.items():
            waiting = view.waiting.get(lane, 0)
            figures = (counts.permits, counts.waits, counts.put_off, counts.refused, waiting)
            yield (view.account, lane, *figures)


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
