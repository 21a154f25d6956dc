"""What Picqer's headers and the script's replies say, as far as they can be believed."""

from __future__ import annotations

from integration.jobs import Lane
from integration.picqer.limit_state import Reply, number_of, seconds_of
from integration.ports import LaneCounts, LimitView

MOST_LIMIT = 100_000
"""A header that names a larger limit, or none above zero, is not believed."""


def believable(limit: int | None, remaining: int | None) -> tuple[int | None, int | None]:
    """The two headers as far as they make sense (picqer.com/en/api/basics)."""
    if limit is None or not 1 <= limit <= MOST_LIMIT:
        return None, None
    if remaining is None or not 0 <= remaining <= limit:
        return limit, None
    return limit, remaining


def view_of(account: str, reply: Reply) -> LimitView:
    """How the limit of an account stands. Raises NoLimiter when a number is none."""
    waiting = reply["waiting"]
    counts = waiting if isinstance(waiting, dict) else {}
    return LimitView(
        account=account,
        limit=int(number_of(reply["limit"])),
        in_use=int(number_of(reply["in_use"])),
        in_flight=int(number_of(reply["in_flight"])),
        foreign_use=int(number_of(reply["foreign_use"])),
        paused_seconds=seconds_of(reply["paused"]),
        waiting={lane.value: int(number_of(counts.get(lane.value, 0))) for lane in Lane},
        refused=int(number_of(reply["refused"])),
        lanes=_lanes(reply["counts"]),
    )


def _lanes(counts: object) -> dict[str, LaneCounts]:
    """The counts of every lane; one that nobody used has none in the state."""
    found = counts if isinstance(counts, dict) else {}
    return {
        lane.value: LaneCounts(**{name: int(n) for name, n in found.get(lane.value, {}).items()})
        for lane in Lane
    }
