"""How the contract writes a moment: RFC 3339 in UTC, to the second."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the shop's own idea of now, timezone-aware."""


def utc_now() -> datetime:
    """Return the moment by this machine's clock."""
    return datetime.now(UTC)


def to_rfc3339(moment: datetime) -> str:
    """Return the moment as the contract writes it, for example `2026-11-23T10:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_rfc3339(text: str) -> datetime:
    """Read a moment that names its offset.

    Raises ValueError when the text is no moment or names no offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no offset; write it in UTC with a Z at the end")
    return moment.astimezone(UTC)
