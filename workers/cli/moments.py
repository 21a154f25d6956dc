"""Moments as people write them: ``2026-11-23T10:00Z``, ``2026-11-23``, or ``2h`` for before now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import typer

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime) -> datetime:
    """The instant that is meant; without a time zone it is UTC. Raises BadParameter."""
    before = re.fullmatch(r"(\d{1,6})([smhdw])", text)
    if before:
        return now - timedelta(**{UNITS[before[2]]: int(before[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no moment; write 2026-11-23T10:00Z, or 2h for two hours before now"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
