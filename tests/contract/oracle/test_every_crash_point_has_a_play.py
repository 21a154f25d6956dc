"""No crash point is in the source to which no trade leads, and none is played that is not there."""

from __future__ import annotations

from tests.faults.crash_points.programme import all_plays
from tests.faults.crash_points.source import points_in_source
from tests.faults.crash_points.woocommerce import POINTS


def test_some_trade_leads_to_every_crash_point_of_the_source() -> None:
    played = {play.point.partition("@")[0] for play in all_plays()}
    assert played | POINTS == points_in_source()
    assert not played & POINTS


def test_the_runner_is_killed_in_every_flow() -> None:
    flows = {"create_order", "create_product", "complete_order", "push_stock", "reconcile"}
    for point in ("runner.after_claim", "runner.before_end", "runner.after_end"):
        played = {play.point for play in all_plays()}
        assert {f"{point}@{flow}" for flow in flows} <= played
