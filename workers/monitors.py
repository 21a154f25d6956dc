"""Sentry's monitors of the schedule: it tells a person when the mover or the plan falls silent.

A check-in at most once a minute: ticks come each few seconds, and Sentry counts in minutes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import sentry_sdk
from sentry_sdk.crons import capture_checkin
from sentry_sdk.crons.consts import MonitorStatus

CHECK_IN_SECONDS = 60.0
MISSED_MINUTES = 3


class Monitors:
    """The check-ins of this process, by the name of the tick."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Have checked in nowhere."""
        self._monotonic = monotonic
        self._checked_at: dict[str, float] = {}
        self._turn = threading.Lock()

    def check_in(self, tick: str, *, well: bool) -> None:
        """A tick ended well or not; told at most once a minute, and only when Sentry is set."""
        if not sentry_sdk.get_client().is_active() or not self._is_due(tick):
            return
        capture_checkin(
            monitor_slug=f"picqer-bridge-{tick}",
            status=MonitorStatus.OK if well else MonitorStatus.ERROR,
            monitor_config={
                "schedule": {"type": "interval", "value": 1, "unit": "minute"},
                "checkin_margin": MISSED_MINUTES,
                "failure_issue_threshold": MISSED_MINUTES,
                "recovery_threshold": 1,
                "timezone": "UTC",
            },
        )

    def _is_due(self, tick: str) -> bool:
        now = self._monotonic()
        with self._turn:
            if now - self._checked_at.get(tick, float("-inf")) < CHECK_IN_SECONDS:
                return False
            self._checked_at[tick] = now
        return True
