"""A process is killed wherever only a WooCommerce shop comes by, and every promise holds after."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.crash_points.woocommerce import (
    PLAYS,
    POINTS,
    complaints,
    open_woocommerce_stage,
)
from tests.faults.scenario import fault

pytestmark = pytest.mark.process

REST_SECONDS = 90.0


@fault("F01 killed between two writes to WooCommerce")
def test_killed_between_two_writes_to_woocommerce_each_webhook_and_note_is_there_once(
    tmp_path: Path, figures: list[str]
) -> None:
    with open_woocommerce_stage(tmp_path) as stage:
        for point, trade in PLAYS.items():
            stage.until_looked_at()
            stage.arm(point)
            trade(stage)
            stage.until_fired(point)
        stage.until_looked_at()
        stage.bridge.wait_until_at_rest(REST_SECONDS)
        stage.bridge.wait_until_stock_agrees(REST_SECONDS)
        figures.append(f"{len(stage.fired())} points, {stage.kills} kills")
        assert stage.fired() == POINTS
        assert complaints(stage) == []
