"""Redis is killed, comes back, and is emptied: that costs time, never an order."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress

import pytest
from redis.exceptions import OutOfMemoryError

from tests.faults.scenario import Scenario, fault, on_both_stores, representative

pytestmark = pytest.mark.process

LONGEST_ANSWER_SECONDS = 2.0
FULL_SECONDS = 8.0
ROOM_BYTES = 200_000
ORDERS_MEANWHILE = 20
RETURN_SECONDS = 10.0
"""After Redis returns work goes on within this time."""
RECOVERY_SECONDS = 25.0
"""A message that was lost is sent again after 15 seconds."""


@fault("F09 broker killed and restarted")
@on_both_stores
def test_the_door_answers_200_while_redis_is_dead_and_work_goes_on_when_it_is_back(
    scenario: Scenario,
) -> None:
    bridge = scenario.start()
    webhooks = bridge.shop.webhooks
    sent = len(webhooks.sent)
    bridge.broker.kill()

    asked_at = time.monotonic()
    scenario.buy(6)
    assert webhooks.wait_until_quiet()
    answered_after = time.monotonic() - asked_at
    answers = [attempt.status for attempt in webhooks.sent[sent:]]
    at_picqer = bridge.oracle.processed()
    bridge.broker.start()

    assert answers == [200] * 6
    assert answered_after < LONGEST_ANSWER_SECONDS
    assert at_picqer == 0
    scenario.until_work_resumes(at_picqer, within=RETURN_SECONDS)
    scenario.until_at_picqer(within=RECOVERY_SECONDS)
    scenario.judge()


@fault("F09 broker emptied")
@representative
@on_both_stores
def test_an_emptied_redis_during_work_delays_it_but_loses_nothing(scenario: Scenario) -> None:
    bridge = scenario.start()
    scenario.buy(12)
    scenario.until_processed(1)
    assert scenario.leaks() == []

    bridge.flush_redis()

    scenario.until_at_picqer(within=RECOVERY_SECONDS)
    scenario.judge()


@fault("F09 broker killed without its append-only file")
def test_a_redis_that_comes_back_empty_gets_every_order_again(scenario: Scenario) -> None:
    bridge = scenario.start()
    scenario.buy(12)
    scenario.until_processed(1)

    bridge.broker.kill()
    shutil.rmtree(bridge.broker.folder)
    scenario.buy(4)
    bridge.broker.start()

    scenario.until_at_picqer(within=RECOVERY_SECONDS)
    scenario.judge()


@fault("F10 broker full")
def test_a_full_redis_stops_calls_but_not_the_door(scenario: Scenario) -> None:
    bridge = scenario.start()
    webhooks = bridge.shop.webhooks
    sent = len(webhooks.sent)

    with bridge.redis() as client:
        client.config_set("maxmemory", 1)
        scenario.buy(8)
        assert webhooks.wait_until_quiet()
        answers = [attempt.status for attempt in webhooks.sent[sent:]]
        time.sleep(FULL_SECONDS)
        at_picqer = bridge.oracle.processed()
        client.config_set("maxmemory", 0)

    assert answers == [200] * 8
    assert at_picqer == 0
    scenario.until_at_picqer(within=RETURN_SECONDS)
    scenario.judge()


@fault("F10 broker evicts what it holds")
def test_a_redis_that_evicts_keys_costs_time_but_no_order(scenario: Scenario) -> None:
    bridge = scenario.start()
    with bridge.redis() as client:
        used = int(client.info("memory")["used_memory"])
        client.config_set("maxmemory-policy", "allkeys-random")
        client.config_set("maxmemory", used + ROOM_BYTES)
        for number in range(ORDERS_MEANWHILE):
            scenario.buy(1)
            for piece in range(20):
                with suppress(OutOfMemoryError):  # What connections hold counts too.
                    client.set(f"of somebody else:{number}:{piece}", bytes(ROOM_BYTES // 10))
                time.sleep(0.02)
        evicted = int(client.info("stats")["evicted_keys"])
        client.config_set("maxmemory", 0)

    scenario.tell(f"{evicted} keys evicted")
    assert evicted > ORDERS_MEANWHILE
    scenario.until_at_picqer(within=RECOVERY_SECONDS)
    scenario.judge()
