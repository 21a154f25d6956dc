"""A process is killed at every crash point of the source, and every promise holds afterwards.

One installation lives through all of it: whoever dies is started again at once, trade goes on
meanwhile, and in the end an outsider looks at both books, the store, the mail, the logs, Redis,
the metrics and what Sentry was told.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.installation import Ware
from tests.faults.crash_points.programme import WARES, play_everything
from tests.faults.crash_points.source import points_in_source
from tests.faults.crash_points.stage import open_stage
from tests.faults.crash_points.woocommerce import POINTS
from tests.faults.scenario import fault

pytestmark = pytest.mark.process


@fault("F01 killed at every crash point")
def test_killed_at_every_crash_point_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, figures: list[str], database_url: str | None
) -> None:
    wares = tuple(Ware(f"WARE-{number}", f"Ware {number}", 100) for number in range(WARES))
    with open_stage(tmp_path, database_url, wares) as stage:
        play_everything(stage)
        figures.append(f"{len(stage.fired())} points, {stage.kills} kills")
        figures.append(f"{stage.poisoned} jobs retried that had died thrice")
        assert stage.fired() == points_in_source() - POINTS
        assert stage.mail.taken, "silence about mail would mean nothing"
        assert stage.sentry.envelopes, "silence about Sentry would mean nothing"
        assert stage.complaints() == []
