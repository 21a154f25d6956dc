"""The numbers that the script of the rate limit begins with: shares, counts and milliseconds.

Why they are as they are is written in docs/decisions/0004, 0010 and 0014.
"""

from __future__ import annotations

from integration.picqer.limit_state import milliseconds

HOLD_MARGIN = 0.05
"""Seconds a permit is held beyond the window, for clocks that run a little differently."""
LEAST_PAUSE = 5.0
"""Seconds of a pause after a 429 that asks for no longer one."""


def numbers(
    default_limit: int, window: float, deadline: float, most_in_flight: int
) -> dict[str, float]:
    """The numbers by their names in the script: milliseconds, counts and shares.

    ``window`` and ``deadline`` are seconds.
    """
    return {
        "default_limit": default_limit,
        "window": milliseconds(window),
        "hold": milliseconds(window + HOLD_MARGIN),
        "deadline": milliseconds(deadline),
        "flight_lease": milliseconds(deadline + 1.0),
        "most_in_flight": most_in_flight,
        "bulk_in_flight": max(1, most_in_flight * 6 // 10),
        # Bulk: its share of the limit, and the share up to which it fills what others leave.
        "bulk_share": 0.95,
        "bulk_credit": milliseconds(2.5),
        "bulk_longest": milliseconds(30.0),
        "line_share": 0.9905,
        "line_credit": milliseconds(1.0),
        # What bulk leaves free for orders: of the limit, and of what others were seen to use.
        "headroom": 0.004,
        "headroom_shared": 0.1,
        "pause_least": milliseconds(LEAST_PAUSE),
        "pause_most": milliseconds(60.0),
        "ramp": milliseconds(10.0),
        "ticket_lease": milliseconds(1.0),
        "longest_poll": milliseconds(0.5),
        "slot_wait": milliseconds(1.0),
        "young_wait": milliseconds(2.0),
        # Others at the same key: for how long they count, a share of the limit left to them beyond
        # what they use (more where more came at once between two answers not longer apart than
        # ``jump_kept``), and how many times their use must be left before our calls are spread.
        "others_remembered": milliseconds(5 * window),
        "cushion": 0.01,
        "most_cushion": 0.2,
        "jump_kept": milliseconds(10.0),
        "scarce": 3.0,
        "pace_credit": milliseconds(0.5),
        # When what is left falls by this much per call, over so many calls, the server may count
        # more than we do; then so many calls are kept back beyond those in flight.
        "falling": -0.5,
        "trend_grants": 16,
        "trend_kept": milliseconds(5.0),
        "unheard": 3,
        # After so long without an answer it counts what may have been refused to others meanwhile.
        "silence": milliseconds(10.0),
    }
