"""The command line: ``picqer-bridge``, one file per group of commands.

What is not printing is in ``integration``, so that the console can use it too.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from workers.cli import alarm, backfill, hooks, jobs, privacy, sandbox
from workers.cli.audit import audit
from workers.cli.commands import group
from workers.cli.config import config
from workers.cli.connection import Connection
from workers.cli.doctor import doctor
from workers.cli.golive import golive
from workers.cli.limit import limit
from workers.cli.order import order
from workers.cli.pauses import pause, resume
from workers.cli.pulse import pulse
from workers.cli.reconcile import reconcile
from workers.cli.replay import replay
from workers.cli.service import migrate, run
from workers.cli.trigger import trigger

__all__ = ["app", "main"]

HELP = """Keep webshops and Picqer in agreement: products, orders, shipments and stock.

Exit codes: 0 done, 1 a problem was found, 2 the command or the settings are wrong.

\b
Examples:
  picqer-bridge doctor
  picqer-bridge order 1042
  picqer-bridge jobs list --state parked
  picqer-bridge jobs list --help
"""

app = group(help_text=HELP)
app.command()(run)
app.command()(migrate)
app.command()(config)
app.command()(doctor)
app.add_typer(hooks.app)
app.add_typer(jobs.app)
app.command()(order)
app.command()(audit)
app.command()(limit)
app.command()(reconcile)
app.command()(replay)
app.add_typer(backfill.app)
app.command()(golive)
app.command()(pause)
app.command()(resume)
app.command()(pulse)
app.add_typer(alarm.app)
app.add_typer(privacy.app)
app.command()(trigger)
app.add_typer(sandbox.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"picqer-bridge {version('picqer-bridge')}")
        raise typer.Exit


@app.callback()
def picqer_bridge(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Nothing by itself: what it is for is in HELP."""


def main() -> None:
    """Run the command that this process was started with."""
    app(prog_name="picqer-bridge", obj=Connection())
