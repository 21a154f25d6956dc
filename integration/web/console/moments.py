"""Times and durations as people read them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

STEPS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def short(at: datetime, zone: str, now: datetime) -> str:
    """The time of day for today, else the date with hours and minutes."""
    here, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    return here.strftime("%H:%M:%S" if here.date() == today else "%Y-%m-%d %H:%M")


def in_utc(at: datetime) -> str:
    """An instant in UTC, for the tooltip of a time."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def duration(seconds: float) -> str:
    """How long, in the two largest units that matter: ``2 h 5 min``, ``40 s``."""
    rest = max(0.0, seconds)
    for index, (size, unit) in enumerate(STEPS):
        if rest >= size:
            whole = int(rest // size)
            below, name = STEPS[index + 1] if index + 1 < len(STEPS) else (1.0, "s")
            part = int((rest - whole * size) // below)
            return f"{whole} {unit} {part} {name}" if part else f"{whole} {unit}"
    return f"{rest:.0f} s"


def ago(at: datetime, now: datetime) -> str:
    """How long ago, or how long until: ``4 min ago``, ``in 20 s``."""
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return f"in {duration(-seconds)}"
    return "just now" if seconds < 1 else f"{duration(seconds)} ago"


def amount(count: int, one: str, many: str = "") -> str:
    """A count with its unit: ``1 job``, ``12 jobs``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
