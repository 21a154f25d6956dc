"""``picqer-bridge alarm``: who is told when something is wrong, and what they were told."""

from __future__ import annotations

from dataclasses import asdict

import typer

from integration.alarms import AlarmWatch
from workers.alarm_watch import console_address
from workers.cli.commands import group
from workers.cli.connection import connection_of, services_of
from workers.cli.screen import JsonFlag, show, show_json, show_table

HEADINGS = ("since", "messages", "count", "what")
app = group(
    "alarm",
    """Tell a person when something is wrong.

    \b
    Examples:
      picqer-bridge alarm test
      picqer-bridge alarm list
    """,
)


@app.command("test")
def send_test(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Send a test message to whom the settings name in the table alarm.

    Exit code 1 with a sentence when it could not be sent.

    \b
    Examples:
      picqer-bridge alarm test
    """
    connection = connection_of(context)
    settings = connection.settings()
    AlarmWatch(connection.services(settings), console_address(settings)).test()
    to = "mail" if settings.alarm.mail_to else "webhook"
    if as_json:
        show_json({"sent": True, "by": to})
        return
    show(f"A test message was sent by {to}. Look whether it arrived.")


@app.command("list")
def list_causes(context: typer.Context, as_json: JsonFlag = False) -> None:
    """List what is wrong now and was noticed, and whether a person was told.

    \b
    Examples:
      picqer-bridge alarm list
    """
    causes = services_of(context).open_causes.all()
    if as_json:
        show_json([asdict(cause) for cause in causes])
        return
    rows = [
        (cause.seen_at, cause.messages, cause.told_count or "", cause.sentence) for cause in causes
    ]
    show_table(HEADINGS, rows)
