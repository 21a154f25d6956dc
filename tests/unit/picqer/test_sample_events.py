"""Test events look like Picqer's own, are signed like them, and are about nothing that is there."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from integration.jobs import Flow
from integration.picqer.hooks import WANTED_EVENTS
from integration.picqer.sample_events import EVENTS, NOBODYS, sample_delivery
from integration.picqer.webhook import hints, verify

SECRET = SecretStr("a-secret-of-the-tests")
NOW = datetime(2026, 7, 1, 10, 11, 12, tzinfo=UTC)


def test_every_event_that_we_subscribe_to_has_a_sample() -> None:
    assert EVENTS == WANTED_EVENTS


@pytest.mark.parametrize("event", EVENTS)
def test_a_sample_is_verified_and_read_like_a_delivery_of_picqer(event: str) -> None:
    delivery = sample_delivery("main", event, SECRET, NOW, "Europe/Amsterdam")
    assert delivery.source == "picqer/main"
    assert verify(delivery, [SECRET])
    assert not verify(delivery, [SecretStr("another-secret-of-the-tests")])
    (hint,) = hints(delivery)
    assert hint.flow in (Flow.PUSH_STOCK, Flow.COMPLETE_ORDER)
    assert hint.fact is not None


@pytest.mark.parametrize("event", EVENTS)
def test_the_envelope_is_picqers_and_its_moment_is_in_the_time_zone_of_the_account(
    event: str,
) -> None:
    body = json.loads(sample_delivery("main", event, SECRET, NOW, "Europe/Amsterdam").body)
    assert list(body) == ["idhook", "name", "event", "event_triggered_at", "data"]
    assert (body["event"], body["event_triggered_at"]) == (event, "2026-07-01 12:11:12")


@pytest.mark.parametrize("event", EVENTS)
def test_a_sample_names_only_what_nobody_has(event: str) -> None:
    data = json.loads(sample_delivery("main", event, SECRET, NOW, "UTC").body)["data"]
    ids = {value for key, value in data.items() if key.startswith("id") and value is not None}
    assert ids == {NOBODYS} or "carrier_key" in data
    assert "@" not in json.dumps(data)


def test_another_event_has_no_sample() -> None:
    with pytest.raises(KeyError):
        sample_delivery("main", "orders.created", SECRET, NOW, "UTC")
