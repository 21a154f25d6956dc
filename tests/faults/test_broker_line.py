"""The network between the processes and Redis is slow, deaf, or cuts connections."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.faults.bad_line import BadLine
from tests.faults.scenario import Scenario, fault, representative

pytestmark = pytest.mark.process

LATENCY = 0.1
"""Each way; a Redis at the other end of Europe."""
DEAF_SECONDS = 20.0
RESUME_SECONDS = 10.0
"""After Redis can be reached again work goes on within this time."""
LOST_SECONDS = 25.0
"""A message that was on the line when it was cut is sent again after 15 seconds."""


@pytest.fixture
def line(scenario: Scenario) -> Iterator[BadLine]:
    """The line on which every process of a prepared installation reaches its broker."""
    bridge = scenario.prepare()
    with BadLine(bridge.broker.port) as line:
        parts = urlsplit(bridge.broker.url)
        there = parts.netloc.replace(str(bridge.broker.port), str(line.port))
        bridge.redis_url = parts._replace(netloc=there).geturl()
        yield line


@fault("F11 broker far away")
def test_a_slow_line_to_redis_slows_work_and_loses_nothing(
    scenario: Scenario, line: BadLine
) -> None:
    bridge = scenario.start()
    line.latency = LATENCY
    sent = len(bridge.shop.webhooks.sent)

    scenario.buy(12)
    scenario.until_at_picqer(within=60)

    answers = [attempt.status for attempt in bridge.shop.webhooks.sent[sent:]]
    assert set(answers) == {200}
    scenario.judge()


@fault("F11 broker half open")
@representative
def test_half_open_connections_to_redis_stall_nobody_for_long(
    scenario: Scenario, line: BadLine
) -> None:
    bridge = scenario.start()
    scenario.buy(4)
    scenario.until_processed(4)
    line.go_deaf()

    sent, asked_at = len(bridge.shop.webhooks.sent), time.monotonic()
    scenario.buy(8)
    assert bridge.shop.webhooks.wait_until_quiet()
    answers = [attempt.status for attempt in bridge.shop.webhooks.sent[sent:]]
    time.sleep(max(0.0, asked_at + DEAF_SECONDS - time.monotonic()))
    at_picqer = bridge.oracle.processed()
    line.hear_again()

    assert answers == [200] * 8
    assert at_picqer == 4
    scenario.until_at_picqer(within=RESUME_SECONDS)
    scenario.judge()


@fault("F11 broker resets connections")
def test_connections_to_redis_that_are_reset_all_the_time_lose_nothing(
    scenario: Scenario, line: BadLine
) -> None:
    bridge = scenario.start()
    for _ in range(20):
        scenario.buy(1)
        line.reset()
        time.sleep(0.25)

    scenario.until_at_picqer(within=LOST_SECONDS)
    scenario.judge()
    assert "Unrecoverable error" not in bridge.logs()["worker"]
