"""Redis is killed, comes back, and is emptied: that costs time, never an order."""

from __future__ import annotations

import time

import pytest

from tests.acceptance.installation import Installation, until
from tests.acceptance.secrets_kept import canaries, everything_in, leaks

pytestmark = [pytest.mark.process, pytest.mark.fault]

LONGEST_ANSWER_SECONDS = 2.0
RECOVERY_SECONDS = 25.0
"""A message that was lost is sent again after 15 seconds."""


def test_the_door_answers_200_while_redis_is_dead_and_work_goes_on_when_it_is_back(
    installation: Installation,
) -> None:
    shop, oracle = installation.shop, installation.oracle
    processed, sent = oracle.processed(), len(shop.webhooks.sent)
    installation.broker.kill()

    asked_at = time.monotonic()
    for _ in range(5):
        shop.place_order([("MUG-BLUE", 1)])
    assert shop.webhooks.wait_until_quiet()
    answered_after = time.monotonic() - asked_at
    answers = [attempt.status for attempt in shop.webhooks.sent[sent:]]
    at_picqer = oracle.processed()
    installation.broker.start()

    assert answers == [200] * 5
    assert answered_after < LONGEST_ANSWER_SECONDS
    assert at_picqer == processed
    until(lambda: oracle.processed() == processed + 5, RECOVERY_SECONDS, "all five are processed")
    installation.wait_until_at_rest()


def test_an_emptied_redis_during_work_delays_it_but_loses_nothing(
    installation: Installation,
) -> None:
    shop, oracle = installation.shop, installation.oracle
    processed = oracle.processed()
    for _ in range(10):
        shop.place_order([("MUG-BLUE", 1)])
    until(lambda: oracle.processed() > processed, 10, "the first is processed")

    installation.flush_redis()

    until(lambda: oracle.processed() == processed + 10, RECOVERY_SECONDS, "all are processed")
    installation.wait_until_at_rest()
    assert oracle.orders() == []
    assert oracle.next_steps() == []
    assert oracle.rate(500) == []


def test_nothing_about_people_and_no_secret_is_in_redis_or_in_any_log(
    installation: Installation,
) -> None:
    secret = canaries(installation.shop, installation.secrets)
    shop = installation.shop
    with installation.redis() as client:
        shop.place_order([("MUG-BLUE", 1)], name="Canary Name", email="canary.mail@example.org")
        secret |= {"Canary Name", "canary.mail@example.org"}
        found = [leak for _ in range(20) for leak in leaks("redis", everything_in(client), secret)]
    installation.wait_until_at_rest()
    for name, log in installation.logs().items():
        found += leaks(name, log, secret)

    assert len(secret) > 10
    assert found == []
