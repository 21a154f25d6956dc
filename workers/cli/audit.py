"""``picqer-bridge audit``: who did what."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.ports import Act, AuditFilter
from workers.cli.connection import services_of
from workers.cli.moments import moment
from workers.cli.screen import JsonFlag, show, show_json, show_table


def audit(
    context: typer.Context,
    *,
    act: Annotated[Act | None, typer.Option(help="Only acts of this kind.")] = None,
    who: Annotated[str | None, typer.Option(help="Only this person, as the log names it.")] = None,
    job: Annotated[int | None, typer.Option(metavar="ID", help="Only on this job.")] = None,
    since: Annotated[str | None, typer.Option(help="Since a moment, or 2h for ago.")] = None,
    text: Annotated[str | None, typer.Option(help="Searched in what, who and notes.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="Skip so many.")] = 0,
    as_json: JsonFlag = False,
) -> None:
    """List who did what, the latest first: on the command line, in the console, through Flower.

    Times are UTC.

    \b
    Examples:
      picqer-bridge audit --since 1d
      picqer-bridge audit --act dismiss --json
    """
    services = services_of(context)
    begin = None if since is None else moment(since, services.store.now())
    which = AuditFilter(
        act=act, who=who, job_id=job, since=begin, text=text, limit=limit, offset=offset
    )
    found = services.audit.find(which)
    if as_json:
        show_json(found)
        return
    if not found:
        show("Nobody did such a thing.")
        return
    rows = [(one.at, one.who, one.act.value, one.about, one.note) for one in found]
    show_table(("time (UTC)", "who", "act", "what", "note"), rows)
    if len(found) == limit:
        show(f"These are {limit}; see more with --offset {offset + limit}.")
