"""``picqer-bridge replay``: route stored deliveries again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer

from integration.jobs import Flow
from integration.operate import replay as replay_and_tell
from integration.replay import Replayed, source_of
from integration.replay import replay as replay_deliveries
from integration.services import Services
from workers.cli.commands import PROBLEM
from workers.cli.connection import services_of, who
from workers.cli.moments import moment
from workers.cli.options import NoteOption
from workers.cli.progress import progress_bar
from workers.cli.screen import JsonFlag, complain, show, show_json, show_table


def replay(
    context: typer.Context,
    *,
    since: Annotated[str, typer.Option(help="From when: 2026-11-23T10:00Z, or 2h for ago.")],
    until: Annotated[str, typer.Option(help="Until when, not included; as --since.")] = "0s",
    source: Annotated[
        str | None, typer.Option(help="Only of picqer/<account> or shops/<shop>.")
    ] = None,
    flow: Annotated[Flow | None, typer.Option(help="Only what concerns this flow.")] = None,
    note: NoteOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be routed.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Route stored deliveries again, oldest first.

    After a fix, or when one was not understood. Safe to repeat: a delivery only says where to look.
    Moments without a time zone are UTC.

    \b
    Examples:
      picqer-bridge replay --since 2h --source shops/nl --dry-run
      picqer-bridge replay --since 1d --flow complete_order --note "after the fix"
      picqer-bridge replay --since 2026-11-23T10:00Z --until 2026-11-23T11:30Z
    """
    services = services_of(context)
    _check_source(services, source)
    now = services.store.now()
    begin, end = moment(since, now), moment(until, now)
    if begin >= end:
        raise typer.BadParameter("--since must be before --until")
    if dry_run:
        done = replay_deliveries(services, begin, end, source=source, flow=flow, dry_run=True)
    else:
        done = replay_and_tell(services, begin, end, who(), source=source, flow=flow, note=note)
    _show(_followed(done), as_json)


def _followed(done: Iterator[Replayed]) -> list[Replayed]:
    """Each as it is done; after Ctrl-C those that were done so far."""
    found: list[Replayed] = []
    try:
        with progress_bar("deliveries") as tell:
            for one in done:
                found.append(one)
                tell(len(found), None)
    except KeyboardInterrupt:
        complain(f"Stopped after {len(found)} deliveries; the same command again does no harm.")
        raise typer.Exit(PROBLEM) from None
    return found


def _show(done: list[Replayed], as_json: bool) -> None:
    if as_json:
        show_json(done)
        return
    headings = ("delivery", "source", "received (UTC)", "was", "now", "jobs", "reason")
    show_table(headings, [_row(one) for one in done])
    counts = Counter(one.state for one in done)
    summary = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    show(f"{len(done)} deliveries{': ' if summary else ''}{summary}.")


def _row(one: Replayed) -> tuple[object, ...]:
    line = one.delivery
    return line.id, line.source, line.received_at, line.state, one.state, one.jobs, one.reason


def _check_source(services: Services, source: str | None) -> None:
    if source is not None and source_of(services, source) is None:
        names = [f"picqer/{name}" for name in services.accounts]
        names += [f"shops/{name}" for name in services.shops]
        raise typer.BadParameter(f"there is no source {source!r}; there is {', '.join(names)}")
