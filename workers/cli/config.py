"""``picqer-bridge config``: the settings in force, and where each of them came from."""

from __future__ import annotations

from typing import Annotated

import typer

from integration.settings.reference import page
from workers.cli.connection import connection_of
from workers.cli.screen import JsonFlag, show, show_json, show_table


def config(
    context: typer.Context,
    reference: Annotated[
        bool, typer.Option("--reference", help="Print the page of every setting instead.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show the settings in force, secrets masked, and where each came from.

    Exit code 2 when the settings hold mistakes; all of them are listed.

    \b
    Examples:
      picqer-bridge config
      picqer-bridge config --json
      picqer-bridge config --reference > docs/reference/settings.md
    """
    if reference:
        typer.echo(page(), nl=False)
        return
    settings = connection_of(context).settings()
    found = settings.effective()
    if as_json:
        show_json(found)
        return
    rows = [(each.setting, each.value or None, each.origin) for each in found]
    show_table(("setting", "value", "came from"), rows)
    if not settings.configured:
        show("There is no Picqer account and shop yet: copy bridge.example.toml to bridge.toml.")
