"""``doctor``: the command over real servers where the door ought to be, and shops in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import pytest
from typer.testing import CliRunner, Result

from integration.errors import LockedOut
from integration.ports import Finding, Verdict
from integration.services import Services
from integration.settings import Settings
from integration.testing.shop_care import FakeShopCare
from tests.door_servers import answering, real_door, standing
from tests.flows.world import World
from workers.cli import app
from workers.cli.connection import Connection
from workers.cli.doctor import summary_of


class Bridge(Protocol):
    """The command, as the folder's conftest gives it."""

    world: World
    care: FakeShopCare | None

    @property
    def services(self) -> Services: ...

    def __call__(self, *words: object) -> Result: ...


def doctor(bridge: Bridge, public_url: str | None, *words: str) -> Result:
    """Give the command in an installation with this public_url."""
    settings = Settings().model_copy(update={"public_url": public_url})
    connection = Connection(load=lambda: settings, connect=lambda _: bridge.services)
    result = CliRunner().invoke(app, ["doctor", *words], obj=connection)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def found(bridge: Bridge, public_url: str | None, *words: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(doctor(bridge, public_url, *words, "--json").stdout)
    return listed


@pytest.fixture
def door(world: World) -> Iterator[str]:
    with real_door(world.services) as url:
        yield url


def test_a_connection_that_is_well_ends_with_0(bridge: Bridge, door: str) -> None:
    result = doctor(bridge, door)
    assert result.exit_code == 0
    trial, fix, opened, shop, summary = result.stdout.splitlines()
    assert trial.startswith("WARN  nl: public_url leads to this machine itself")
    assert fix.startswith("      For anything but a trial, set public_url")
    assert opened == f"OK    nl: The door answers at {door}/webhooks/shops/nl."
    assert shop.startswith("OK    nl: Shop nl answers")
    assert summary.startswith("2 OK, 1 WARN, 0 FAIL: it works")


def test_a_door_that_redirects_ends_with_1_and_the_shop_is_examined_all_the_same(
    bridge: Bridge,
) -> None:
    bridge.care = FakeShopCare()
    with standing(answering(301, location="https://www.example.com/webhooks/shops/nl")) as server:
        result = doctor(bridge, server.url)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    (failed,) = (number for number, line in enumerate(lines) if line.startswith("FAIL"))
    assert "do not follow redirects" in lines[failed]
    assert lines[failed + 1].startswith("      Set public_url to https://www.example.com ")
    assert lines[failed + 2] == "OK    nl: The shop answers."
    assert lines[-1].endswith(
        "1 WARN, 1 FAIL: put right what is FAIL, from the top, and look again."
    )


def test_json_lists_every_finding_with_its_shop(bridge: Bridge) -> None:
    bridge.care = FakeShopCare(
        findings=[Finding("key", Verdict.FAIL, "The key may only read.", "Make another.")]
    )
    address, key, *_ = found(bridge, None)
    assert (address["check"], address["verdict"]) == ("door address", "fail")
    assert key == {
        "shop": "nl",
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
    assert "FAIL  nl: shop nl refuses the token" in result.stdout


def test_every_shop_is_examined_or_only_the_one_that_is_asked_for(
    bridge: Bridge, world: World, door: str
) -> None:
    world.set_policy(replace(world.policy, name="be"))
    be = world.services.shops["be"]
    world.set_policy(replace(world.policy, name="nl"))
    shops = {"nl": world.services.shops["nl"], "be": be}
    world.services = replace(world.services, shops=shops)
    both = found(bridge, door)
    assert [one["shop"] for one in both] == ["be"] * 3 + ["nl"] * 3
    assert "knows no shop be" in both[1]["sentence"], "the door was started before that shop"
    assert {one["shop"] for one in found(bridge, door, "--shop", "nl")} == {"nl"}


def test_only_when_nothing_is_to_be_seen_to_all_is_well() -> None:
    assert summary_of([Verdict.OK, Verdict.OK]) == "2 OK, 0 WARN, 0 FAIL: all is well."


def test_a_shop_that_does_not_exist_is_wrong_use(bridge: Bridge) -> None:
    result = doctor(bridge, None, "--shop", "nll")
    assert result.exit_code == 2
    assert "did you mean nl?" in result.stderr


def test_without_any_shop_there_is_nothing_to_examine(bridge: Bridge, world: World) -> None:
    world.services = replace(world.services, shops={})
    result = doctor(bridge, None)
    assert result.exit_code == 2
    assert "bridge.example.toml" in result.stderr
