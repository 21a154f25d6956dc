"""``picqer-bridge run`` and ``migrate``: the two commands that make a store."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.wiring import migrate_store, revision_of_newer_version
from workers.cli.commands import PROBLEM
from workers.cli.connection import connection_of
from workers.cli.screen import JsonFlag, complain, show, show_json
from workers.stopping import stopped_by_signals


def run(
    context: typer.Context,
    once: Annotated[
        bool, typer.Option("--once", help="End after the demo's day instead of running on.")
    ] = False,
) -> None:
    """Run the whole service on this machine until Ctrl-C.

    That is the broker, the store, and every process; one that dies is started again. Without
    `redis_url` it starts a broker of its own. While no account and shop are configured it plays a
    short day of trade with a simulated Picqer and a demo shop; then exit code 1 says that their
    books did not agree. On a server each process has a unit of its own; see docs/how-to/deploy.md.

    \b
    Examples:
      picqer-bridge run
      picqer-bridge run --once
      BRIDGE_CONFIG=/etc/picqer-bridge/bridge.toml picqer-bridge run
    """
    from workers.local import LocalService, NotReady  # noqa: PLC0415 - only needed here

    settings = connection_of(context).settings()
    if not settings.configured:
        # The real service must never need the sandbox: only the demo brings it in.
        from workers.day import run_day  # noqa: PLC0415

        raise typer.Exit(run_day(settings.folder / "var" / "demo", keep_running=not once))
    if once:
        raise typer.BadParameter("--once is for the demo, and an account and a shop are configured")
    try:
        service = LocalService(tell=show)
        with stopped_by_signals(service.ask_to_stop), service:
            show(f"The door is open at {service.door_url}. Ctrl-C stops.")
            show(f"The console is at {service.console_url}")
            service.wait()
            show("Stopping; this takes up to 15 seconds.")
    except NotReady as error:
        complain(str(error))
        raise typer.Exit(PROBLEM) from None


def migrate(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Bring the store's tables up to date.

    Makes the store when it is new. Safe to repeat. A store that a newer version migrated is left as
    it is, because this version works with it too; exit code 1 when it does not.

    \b
    Examples:
      picqer-bridge migrate
      picqer-bridge migrate --json
    """
    settings = connection_of(context).settings()
    try:
        taken = migrate_store(settings)
    except (
        RuntimeError
    ) as error:  # A newer version left what this one cannot use, says the message.
        complain(str(error))
        raise typer.Exit(PROBLEM) from None
    newer = revision_of_newer_version(settings)
    if as_json:
        show_json({"revisions": taken, "newer": newer})
    elif newer:
        show(
            f"A newer version brought the store to revision {newer}. It is left as it is: this "
            "version works with it."
        )
    elif taken:
        show(f"The store took {len(taken)} revision(s): {', '.join(taken)}.")
    else:
        show("The store is up to date.")
