"""The lines of a job's timeline in words."""

from __future__ import annotations

from integration.jobs import MAX_ATTEMPTS, JobEvent
from integration.web.console.moments import duration


def worded(event: JobEvent) -> str:
    """What happened, which attempt it was, and when it goes on."""
    attempt, seconds = event.data.get("attempt"), event.data.get("seconds")
    tried = f" (attempt {attempt} of {MAX_ATTEMPTS})" if attempt else ""
    again = f" (again after {duration(seconds)})" if isinstance(seconds, int | float) else ""
    return f"{event.text}{tried}{again}"
