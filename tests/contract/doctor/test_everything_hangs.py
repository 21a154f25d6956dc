"""When nothing answers at all, the examination ends in time all the same, and says so."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from integration.doctor import Examined
from integration.doctor.examination import TOTAL_SECONDS
from integration.examinations import examine_installation
from integration.http import forget_session
from integration.ports import Verdict
from integration.settings import Settings
from integration.testing.wake_up import RecordedWakeUp
from integration.wiring import build_services, migrate_store
from tests.door_servers import wordless

SETTINGS = """
public_url = "http://127.0.0.1:{port}"
redis_url = "redis://127.0.0.1:{port}/0"
[picqer.main]
base_url = "http://127.0.0.1:{port}"
api_key = "no-real-api-key"
contact = "ops@example.com"
webhook_secret = "0123456789abcdef"
[shops.nl.custom]
url = "http://127.0.0.1:{port}"
token = "no-real-shop-token"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
"""
CUT_OFF = 1.0
GUARD = 6.0
"""Less than any of the parts waits by itself, and a lot for a busy machine."""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Redis, Picqer, the shop and the door are one port that takes everything and says nothing."""
    with wordless() as port:
        file = tmp_path / "bridge.toml"
        file.write_text(SETTINGS.format(port=port))
        yield Settings.load({}, file)
    forget_session()


def examined(settings: Settings) -> list[Examined]:
    begun = time.monotonic()
    services = build_services(settings, wake_up=RecordedWakeUp())
    found = list(examine_installation(services, settings, seconds=CUT_OFF))
    assert time.monotonic() - begun < GUARD
    return found


def unfinished(found: list[Examined]) -> set[str]:
    """The checks of which it is told that they were left."""
    late = f"not finished after {CUT_OFF:g} seconds"
    left = [one for one in found if late in one.finding.sentence]
    assert {one.finding.verdict for one in left} == {Verdict.FAIL}
    assert all(one.finding.fix for one in left)
    return {f"{one.subject} {one.finding.check}" for one in left}


def test_whatever_is_silent_is_left_and_what_was_found_is_told(settings: Settings) -> None:
    migrate_store(settings)
    found = examined(settings)
    assert unfinished(found) == {
        "redis redis reachable",
        "picqer/main picqer key",
        "picqer/main picqer hooks",
        "shops/nl door reachable",
        "shops/nl shop reachable",
    }
    well = {one.subject for one in found if one.finding.verdict is Verdict.OK}
    assert {"settings", "versions", "store"} <= well


def test_a_store_that_is_silent_too_holds_nothing_up(settings: Settings) -> None:
    port = settings.redis_url.get_secret_value().rpartition(":")[2].removesuffix("/0")
    away = SecretStr(f"postgresql+psycopg://bridge@127.0.0.1:{port}/bridge")
    found = examined(settings.model_copy(update={"database_url": away}))
    assert "store store" in unfinished(found)
    assert {"redis redis reachable", "processes processes"} <= unfinished(found)


def test_a_person_waits_less_than_ten_seconds() -> None:
    assert TOTAL_SECONDS < 9
