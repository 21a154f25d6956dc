"""``doctor``: the command over real servers where the door ought to be, and shops in memory."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from integration.errors import LockedOut
from integration.ports import Finding, Verdict
from integration.services import Services
from integration.settings import Settings, SettingsError
from integration.store.database import Database
from integration.store.migrate import migrate
from integration.testing.clock import HandClock
from integration.testing.shop_care import FakeShopCare
from tests.door_servers import answering, real_door, standing
from tests.flows.world import World
from workers.cli import app
from workers.cli.connection import Connection
from workers.cli.doctor import summary_of

SETTINGS = """
public_url = "http://127.0.0.1:9"
redis_url = "redis://127.0.0.1:9/0"
[picqer.main]
base_url = "http://127.0.0.1:9"
api_key = "no-real-api-key"
contact = "ops@example.com"
webhook_secret = "0123456789abcdef"
[shops.nl.custom]
url = "http://127.0.0.1:9"
token = "no-real-shop-token"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
[shops.be]
reference = "be-{number}"
[shops.be.custom]
url = "http://127.0.0.1:9"
token = "no-real-shop-token"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
"""


class Bridge(Protocol):
    """The command, as the folder's conftest gives it."""

    world: World
    care: FakeShopCare | None

    @property
    def services(self) -> Services: ...

    def __call__(self, *words: object) -> Result: ...


@cache
def configured() -> Settings:
    """An account and a shop on this machine, where nobody listens."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bridge.toml"
        file.write_text(SETTINGS)
        return Settings.load({}, file)


def doctor(bridge: Bridge, public_url: str | None, *words: str) -> Result:
    """Give the command in an installation with this public_url."""
    settings = configured().model_copy(update={"public_url": public_url})
    connection = Connection(load=lambda: settings, connect=lambda _: bridge.services)
    result = CliRunner().invoke(app, ["doctor", *words], obj=connection)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def found(bridge: Bridge, public_url: str | None, *words: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(doctor(bridge, public_url, *words, "--json").stdout)
    return listed


@pytest.fixture
def world(clock: HandClock) -> Iterator[World]:
    """A world whose store went through the real migrations: the doctor looks at that."""
    database = Database("sqlite://", clock=clock)
    migrate(database)
    yield World(database, clock)
    database.dispose()


@pytest.fixture
def door(world: World) -> Iterator[str]:
    with real_door(world.services) as url:
        yield url


def test_a_connection_that_is_well_ends_with_0(bridge: Bridge, door: str) -> None:
    result = doctor(bridge, door, "--shop", "nl")
    assert result.exit_code == 0
    trial, fix, opened, shop, *products, summary = result.stdout.splitlines()
    assert trial.startswith("WARN  shops/nl: public_url leads to this machine itself")
    assert fix.startswith("      For anything but a trial, set public_url")
    assert opened == f"OK    shops/nl: The door answers at {door}/webhooks/shops/nl."
    assert shop.startswith("OK    shops/nl: Shop nl answers")
    assert len(products) == 2
    assert summary.startswith("4 OK, 1 WARN, 0 FAIL: it works")


def test_a_door_that_redirects_ends_with_1_and_the_shop_is_examined_all_the_same(
    bridge: Bridge,
) -> None:
    bridge.care = FakeShopCare()
    with standing(answering(301, location="https://www.example.com/webhooks/shops/nl")) as server:
        result = doctor(bridge, server.url, "--shop", "nl")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    (failed,) = (number for number, line in enumerate(lines) if line.startswith("FAIL"))
    assert "do not follow redirects" in lines[failed]
    assert lines[failed + 1].startswith("      Set public_url to https://www.example.com ")
    assert lines[failed + 2] == "OK    shops/nl: The shop answers."
    assert lines[-1].endswith(
        "1 WARN, 1 FAIL: put right what is FAIL, from the top, and look again."
    )


def test_json_lists_every_finding_with_its_subject(bridge: Bridge) -> None:
    bridge.care = FakeShopCare(
        findings=[Finding("key", Verdict.FAIL, "The key may only read.", "Make another.")]
    )
    address, key, *_ = found(bridge, None, "--shop", "nl")
    assert (address["check"], address["verdict"]) == ("door address", "fail")
    assert key == {
        "subject": "shops/nl",
        "check": "key",
        "verdict": "fail",
        "sentence": "The key may only read.",
        "fix": "Make another.",
    }
    assert doctor(bridge, None, "--json").exit_code == 1


def test_a_shop_that_refuses_the_token_ends_with_1(bridge: Bridge, door: str) -> None:
    bridge.world.shop.fail("stock", LockedOut("shop nl refuses the token (it answered 401)"))
    result = doctor(bridge, door, "--shop", "nl")
    assert result.exit_code == 1
    assert "FAIL  shops/nl: shop nl refuses the token" in result.stdout
    assert "Correct the credentials under shops.nl and restart" in result.stdout


def test_every_subject_is_examined_or_only_what_is_asked_for(
    bridge: Bridge, world: World, door: str
) -> None:
    world.set_policy(replace(world.policy, name="be"))
    be = world.services.shops["be"]
    world.set_policy(replace(world.policy, name="nl"))
    shops = {"nl": world.services.shops["nl"], "be": be}
    world.services = replace(world.services, shops=shops)
    everything = found(bridge, door)
    subjects = list(dict.fromkeys(one["subject"] for one in everything))
    general = ["settings", "versions", "store", "redis", "processes"]
    assert subjects == [*general, "picqer/main", "shops/be", "shops/nl"]
    unknown = [one for one in everything if "knows no shop be" in one["sentence"]]
    assert len(unknown) == 1, "the door was started before that shop"
    assert {one["subject"] for one in found(bridge, door, "--shop", "nl")} == {"shops/nl"}
    assert {one["subject"] for one in found(bridge, door, "--account", "main")} == {"picqer/main"}


def test_every_mistake_in_the_settings_is_a_finding_and_ends_with_2(tmp_path: Path) -> None:
    file = tmp_path / "bridge.toml"
    file.write_text(SETTINGS.replace("contact", "contct").replace("secret =", "secrt ="))

    def load() -> Settings:
        return Settings.load({}, file)

    with pytest.raises(SettingsError) as mistakes:
        load()
    result = CliRunner().invoke(app, ["doctor", "--json"], obj=Connection(load=load))
    assert result.exit_code == 2
    rows = json.loads(result.stdout)
    assert len(rows) == len(mistakes.value.mistakes) > 3
    assert {(row["subject"], row["verdict"]) for row in rows} == {("settings", "fail")}
    (contact,) = (row for row in rows if "did you mean contact?" in row["sentence"])
    assert contact["sentence"].startswith("picqer.main.contct: there is no such setting")
    assert str(file) in contact["fix"]


def test_only_when_nothing_is_to_be_seen_to_all_is_well() -> None:
    assert summary_of([Verdict.OK, Verdict.OK]) == "2 OK, 0 WARN, 0 FAIL: all is well."


def test_a_shop_that_does_not_exist_is_wrong_use(bridge: Bridge) -> None:
    result = doctor(bridge, None, "--shop", "nll")
    assert result.exit_code == 2
    assert "did you mean nl?" in result.stderr


def test_without_an_account_and_a_shop_it_says_how_to_begin(tmp_path: Path) -> None:
    settings = Settings().model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path}/no")})
    result = CliRunner().invoke(app, ["doctor"], obj=Connection(load=lambda: settings))
    assert result.exit_code == 1
    assert "bridge.example.toml" in result.stdout
    assert not (tmp_path / "no").exists(), "the doctor makes no store"
