"""Picqer says 429, changes its limit, or counts somebody else's requests: no attempt is lost."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from integration.sandbox.picqer import Fault
from tests.acceptance.installation import Installation, until
from tests.faults.scenario import Scenario, fault, soak
from tests.faults.stored import attempts

pytestmark = pytest.mark.process

SETTLING_SECONDS = 3.0
"""What was on its way when a storm began is answered within this time."""
SHORTEST_PAUSE = 4.0
"""Seconds; the pause between two probes is 5 s and grows; the log and we read the clock apart."""
IN_FLIGHT = 16
"""Two workers of eight threads: so many requests may be on their way when the limit falls."""


def refusals(bridge: Installation) -> list[float]:
    """The moments of all 429s, in epoch seconds."""
    return [entry["received"] for entry in bridge.picqer.log() if entry["status"] == 429]


def probes(moments: list[float]) -> list[float]:
    """The refusals that were not on their way already when the first one came."""
    return [at for at in moments if at - moments[0] > SETTLING_SECONDS]


@fault("F05 429 storm")
@pytest.mark.parametrize("seconds", [65, pytest.param(300, marks=soak)])
def test_a_storm_of_429_costs_no_attempt_and_meets_one_probe_at_a_time(
    scenario: Scenario, seconds: int
) -> None:
    bridge = scenario.start()
    scenario.buy(4)
    scenario.until_processed(4)
    bridge.picqer.add_fault(Fault("storm", seconds=float(seconds)))
    scenario.buy(12)
    time.sleep(seconds)

    scenario.until_at_picqer(within=90)
    scenario.judge()
    refused = refusals(bridge)
    alone = probes(refused)
    scenario.tell(f"{len(refused)} x 429, of which {len(alone)} probes")
    assert attempts(bridge.database_url) == 0
    assert len(refused) - len(alone) <= IN_FLIGHT
    assert alone
    assert [b - a for a, b in pairwise(alone) if b - a < SHORTEST_PAUSE] == []


@fault("F06 limit 500, then 100, then 500")
def test_a_limit_that_falls_and_rises_is_followed_at_once(scenario: Scenario) -> None:
    bridge = scenario.start()
    scenario.buy(40)
    scenario.until_processed(20)
    bridge.picqer.set_limit(100)
    fell_at = time.time()
    scenario.buy(40)
    until(lambda: bridge.oracle.processed() >= 45, 120, "it goes on below the lower limit")
    bridge.picqer.set_limit(500)

    scenario.until_at_picqer(within=150)
    scenario.judge_all_but_the_rate()
    refused = refusals(bridge)
    after = [at for at in refused if at - fell_at > SETTLING_SECONDS]
    scenario.tell(f"{len(refused)} x 429 as it fell, {len(after)} later")
    assert len(refused) <= IN_FLIGHT
    assert len(after) <= 1
    assert attempts(bridge.database_url) == 0


@fault("F07 somebody else uses half of the key's limit")
def test_foreign_use_of_the_key_slows_us_before_picqer_has_to_say_so(scenario: Scenario) -> None:
    limit = 120
    bridge = scenario.prepare()
    bridge.picqer.set_limit(limit)
    scenario.start()
    bridge.picqer.foreign_use(limit // 2)
    scenario.buy(50)

    scenario.until_at_picqer(within=150)
    refused = refusals(bridge)
    scenario.tell(f"{len(refused)} x 429, {bridge.picqer.max_in_window()} of {limit} in a minute")
    scenario.judge_all_but_the_rate()
    assert len(refused) <= 2
    assert bridge.picqer.max_in_window() <= limit
    assert attempts(bridge.database_url) == 0
