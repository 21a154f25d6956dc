"""Moments in options of a command."""

from __future__ import annotations

from datetime import datetime

import typer

from integration.operate import moment_meant


def moment(text: str, now: datetime) -> datetime:
    """The instant that is meant; without a time zone it is UTC. Raises BadParameter."""
    try:
        return moment_meant(text, now)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
