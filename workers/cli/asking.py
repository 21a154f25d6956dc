"""Asking a person before something happens that is not easily undone."""

from __future__ import annotations

import typer

from workers.cli.screen import complain

PROBLEM = 1
WRONG_USE = 2


def ask(question: str, *, yes: bool) -> None:
    """Go on only after a yes. Raises Exit: 1 after a no, 2 when nobody is there to answer."""
    if yes:
        return
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        complain("\nNobody answered; add --yes where nobody can.")
        raise typer.Exit(WRONG_USE) from None
    if not agreed:
        complain("Nothing was changed.")
        raise typer.Exit(PROBLEM)
