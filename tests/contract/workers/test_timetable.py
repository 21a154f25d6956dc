"""What is done again and again is begun when its turn comes, once, whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from integration.errors import Unmappable
from integration.jobs import Flow, Identity, Park, State
from integration.services import Services
from integration.settings import Settings
from integration.testing.clock import HandClock
from integration.testing.shop_care import FakeShopCare
from integration.testing.wake_up import RecordedWakeUp
from workers.timetable import Appointment, appointments, begin_due, last_night

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
TOML = """
public_url = "https://bridge.example.com"
[picqer.main]
subdomain = "example"
api_key = "key"
contact = "ops@example.com"
webhook_secret = "a-secret-of-sixteen"
[shops.nl.custom]
url = "https://shop.example.com"
token = "a-token-of-sixteen"
secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "bridge.toml"
    file.write_text(TOML)
    return Settings.load({}, file)


def names(services: Services, settings: Settings) -> set[str]:
    return {appointment.name for appointment in appointments(services, settings)}


def subjects(wake_up: RecordedWakeUp) -> set[tuple[str, str]]:
    return {(message.shop, message.subject) for message in wake_up.messages}


def test_everything_is_begun_in_a_new_store(
    services: Services, settings: Settings, wake_up: RecordedWakeUp
) -> None:
    begin_due(services, settings)
    of_account = {"hooks:main", "catalogue:main", "orders:main", "shipments:main", "stock:main"}
    expected = {("", name) for name in of_account}
    expected |= {("nl", "orders"), ("nl", "products"), ("nl", "stock")}
    assert subjects(wake_up) == expected


def test_nothing_is_begun_twice_before_its_turn(
    services: Services, settings: Settings, wake_up: RecordedWakeUp
) -> None:
    begin_due(services, settings)
    wake_up.messages.clear()
    assert begin_due(services, settings) == []
    assert wake_up.messages == []


def test_each_comes_again_after_its_own_time(
    services: Services, settings: Settings, clock: HandClock
) -> None:
    begin_due(services, settings)
    clock.advance(300)
    assert set(begin_due(services, settings)) == {"hooks:main", "nl orders", "nl products"}
    clock.advance(600)
    assert {"orders:main", "shipments:main"} <= set(begin_due(services, settings))
    clock.advance(2700)
    assert "stock:main" in begin_due(services, settings)


def test_a_restored_store_has_everything_looked_at(
    services: Services, settings: Settings, clock: HandClock
) -> None:
    services.gate.beat("worker@a:1", 0)
    begin_due(services, settings)
    clock.advance(200)
    services.gate.beat("worker@a:2", 0)
    assert set(begin_due(services, settings)) == names(services, settings)
    assert begin_due(services, settings) == []


def test_a_parked_reconciliation_gets_a_run_at_its_next_turn(
    services: Services, settings: Settings, clock: HandClock
) -> None:
    begin_due(services, settings)
    job = services.jobs.find_identity(Identity(Flow.RECONCILE, "nl", "orders"))
    assert job
    claimed = services.jobs.claim(job.id, "token")
    assert claimed
    services.jobs.end(claimed, Park("the shop refused the list", Unmappable.__name__))
    clock.advance(300)
    begin_due(services, settings)
    found = services.jobs.job(job.id)
    assert found
    assert found.state is State.OPEN


def test_only_what_the_flows_of_the_shops_need_is_done(
    services_of: Callable[[Mapping[str, frozenset[str]]], Services], settings: Settings
) -> None:
    stock_only = services_of({"nl": frozenset({"push_stock"})})
    wanted = {"hooks:main", "catalogue:main", "stock:main", "nl stock", "purge"}
    assert names(stock_only, settings) == wanted


def test_an_account_without_shops_is_left_alone(
    services_of: Callable[[Mapping[str, frozenset[str]]], Services], settings: Settings
) -> None:
    assert names(services_of({}), settings) == {"purge"}


def test_without_a_public_address_there_are_no_hooks_to_watch(
    services: Services, settings: Settings
) -> None:
    inward = settings.model_copy(update={"public_url": None})
    assert "hooks:main" not in names(services, inward)


def test_a_shop_that_keeps_webhooks_has_them_watched(
    services: Services, settings: Settings
) -> None:
    cared = replace(services.shops["nl"], care=lambda _: FakeShopCare())
    with_care = replace(services, shops={"nl": cared})
    assert names(with_care, settings) - names(services, settings) == {"nl hooks"}


def test_nightly_work_is_done_once_a_night() -> None:
    nightly = Appointment("nl stock", None, zone=AMSTERDAM)
    three = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # 03:00 in Amsterdam
    assert nightly.is_due(None, three - timedelta(hours=5))
    assert not nightly.is_due(three - timedelta(hours=5), three - timedelta(seconds=1))
    assert nightly.is_due(three - timedelta(hours=5), three)
    assert not nightly.is_due(three, three + timedelta(hours=23))
    assert nightly.is_due(three, three + timedelta(hours=24))


@pytest.mark.parametrize("every", [timedelta(minutes=15), None])
def test_what_was_begun_before_the_clock_was_set_back_has_its_turn(
    every: timedelta | None,
) -> None:
    appointment = Appointment("stock:main", every)
    now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert appointment.is_due(now + timedelta(minutes=10), now)
    assert not appointment.is_due(now + timedelta(seconds=2), now), "another process began it"


def test_the_night_is_that_of_the_account() -> None:
    at = datetime(2026, 7, 1, 0, 59, tzinfo=UTC)  # 02:59 in Amsterdam, in summer
    assert last_night(at, AMSTERDAM) == datetime(2026, 6, 30, 1, 0, tzinfo=UTC)
    later = at + timedelta(minutes=1)
    assert last_night(later, AMSTERDAM) == datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
