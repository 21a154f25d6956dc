"""Moments as people write them: ``2026-11-23T10:00Z``, ``2026-11-23``, or ``2h`` for before now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment_meant(text: str, now: datetime) -> datetime:
    """The instant that is meant; without a time zone it is UTC. Raises ValueError."""
    before = re.fullmatch(r"([0-9]{1,6})([smhdw])", text)
    try:
        if before:
            return now - timedelta(**{UNITS[before[2]]: int(before[1])})
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no moment; write 2026-11-23T10:00Z, or 2h for two hours before now"
        ) from None
