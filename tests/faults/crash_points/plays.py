"""The trade that leads to each crash point: who does what, so that a process comes by there.

A play arms one point, trades, and waits until a process has died there; what becomes of the order
or product meanwhile is nobody's business before the end. A *late* play does not wait: its point
is reached when a lease has ended or a doubt may be looked up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.faults.crash_points.stage import Stage

Trade = Callable[[Stage], object]


@dataclass(frozen=True, slots=True)
class Play:
    """One point and the trade that leads to it."""

    point: str
    trade: Trade
    late: bool = False

    def begin(self, stage: Stage) -> None:
        """Arm the point and trade; return when it was reached, or at once when it will be later."""
        stage.arm(self.point)
        self.trade(stage)
        if not self.late:
            stage.until_fired(self.point)


def plays_of(trade: Trade, *points: str, late: bool = False) -> list[Play]:
    """The same trade for each of these points."""
    return [Play(point, trade, late) for point in points]


def nothing(_stage: Stage) -> None:
    """What leads there happens by itself."""


def run(plays: Iterable[Play], stage: Stage) -> None:
    """Play them one after the other."""
    for play in plays:
        play.begin(stage)
