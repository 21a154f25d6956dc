"""Two beats and two movers: a deployment that was scaled by mistake."""

from __future__ import annotations

import time

import pytest

from tests.faults.scenario import Scenario, fault, on_both_stores

pytestmark = pytest.mark.process

DOUBLES = ("second-beat", "second-mover")
RESUME_SECONDS = 30.0
TOGETHER_SECONDS = 12.0
"""Several ticks of both."""


@fault("F23 two beats and two movers")
@on_both_stores
def test_two_beats_and_two_movers_do_everything_once(scenario: Scenario) -> None:
    bridge = scenario.start()
    for name in DOUBLES:
        bridge.start(name)
    began = time.monotonic()
    references = scenario.buy(6)
    bridge.flush_redis()
    references += scenario.buy(6)
    scenario.until_at_picqer(within=RESUME_SECONDS)
    time.sleep(max(0.0, began + TOGETHER_SECONDS - time.monotonic()))

    scenario.judge()
    assert [bridge.oracle.attempts_to_create(one) for one in references] == [1] * 12
    assert len(bridge.picqer.books.hooks) == 6
