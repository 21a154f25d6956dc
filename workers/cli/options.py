"""Options that several commands have, so that they are called and mean the same everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

NoteOption = Annotated[
    str | None, typer.Option(help="Why, for whoever reads the audit log or the job later.")
]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
AccountOption = Annotated[str | None, typer.Option(help="Only this Picqer account.")]
ShopOption = Annotated[str | None, typer.Option(help="Only this shop.")]
