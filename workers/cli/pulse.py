"""``picqer-bridge pulse``: the health check of containers, and of anybody who supervises."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Annotated

import typer

from integration.liveness import STALE_SECONDS
from workers.cli.commands import PROBLEM, WRONG_USE
from workers.cli.connection import connection_of
from workers.cli.screen import JsonFlag, complain, show, show_json
from workers.pulse import PulseFiles

GRACE_SECONDS = 20.0
"""A stalled process is asked to end first, and killed when it is still there that much later."""


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

    For health checks: exit code 1 when one lives without working, or when none says that it works.
    Asks neither the store nor Redis, so that an outage of those restarts nobody. Reads the files
    that the processes write when `pulse_folder` is set.

    \b
    Examples:
      picqer-bridge pulse
      picqer-bridge pulse --end-stalled
      picqer-bridge pulse --json
    """
    folder = connection_of(context).settings().pulse_folder
    if folder is None:
        complain(
            "No process says anywhere that it works: set pulse_folder (BRIDGE_PULSE_FOLDER) "
            "for the processes and for this command."
        )
        raise typer.Exit(WRONG_USE)
    ages = PulseFiles(folder).ages()
    stalled = {pid: age for pid, age in ages.items() if age >= STALE_SECONDS}
    if as_json:
        show_json(
            [{"pid": pid, "in_order_seconds_ago": round(age, 1)} for pid, age in ages.items()]
        )
    for pid, age in ages.items():
        if pid in stalled:
            if end_stalled:
                _end(pid, age)
            complain(f"Process {pid} lives but has not got on with its work for {age:.0f} s.")
        elif not as_json:
            show(f"Process {pid} works; seen {age:.0f} s ago.")
    if not ages:
        complain(f"No living process says in {folder} that it works.")
    if stalled or not ages:
        raise typer.Exit(PROBLEM)


def _end(pid: int, age: float) -> None:
    """Docker restarts what ends, and not what its health check finds unhealthy."""
    number = signal.SIGKILL if age >= STALE_SECONDS + GRACE_SECONDS else signal.SIGTERM
    with suppress(ProcessLookupError):
        os.kill(pid, number)
