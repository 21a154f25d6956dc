"""``picqer-bridge pulse``: whether the processes on this machine get on with their work."""

from __future__ import annotations

from typing import Annotated

import typer

from workers.cli.commands import PROBLEM, WRONG_USE
from workers.cli.connection import connection_of
from workers.cli.screen import JsonFlag, complain, show, show_json
from workers.local import local_pulses
from workers.pulse_files import all_work, check, nobody_in


def pulse(
    context: typer.Context,
    end_stalled: Annotated[
        bool,
        typer.Option(
            "--end-stalled",
            help="End what stalled, where nobody else does: whoever started it starts it again.",
        ),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Tell whether the processes on this machine get on with their work.

    Exit code 1 when one lives without working, or when none says that it works. Asks neither the
    store nor Redis, so that an outage of those restarts nobody. Reads the files that the processes
    write when `pulse_folder` is set, or beside `picqer-bridge run`.

    \b
    Examples:
      picqer-bridge pulse
      picqer-bridge pulse --end-stalled
      picqer-bridge pulse --json
    """
    settings = connection_of(context).settings()
    folder = settings.pulse_folder or local_pulses(settings)
    if folder is None:
        complain(
            "No process says anywhere that it works: set pulse_folder (BRIDGE_PULSE_FOLDER) "
            "for the processes and for this command."
        )
        raise typer.Exit(WRONG_USE)
    found = check(folder, end_stalled=end_stalled)
    if as_json:
        show_json([{"pid": one.pid, "in_order_seconds_ago": round(one.age, 1)} for one in found])
    for one in found:
        if one.is_stalled:
            complain(str(one))
        elif not as_json:
            show(str(one))
    if not found:
        complain(nobody_in(folder))
    if not all_work(found):
        raise typer.Exit(PROBLEM)
