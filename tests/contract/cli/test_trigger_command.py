"""``picqer-bridge trigger`` against the door itself, and against what may stand in its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from integration.picqer import webhook
from integration.ports import Act, AuditFilter
from integration.services import Services
from integration.settings import Settings
from integration.wiring import sample_events
from tests.door_servers import answering, real_door, silent, standing
from tests.flows.world import World
from workers.cli import app
from workers.cli.connection import Connection

SECRET = SecretStr("a-secret-of-the-tests")


@dataclass
class Bridge:
    """The command, with a world whose account believes one secret."""

    services: Services
    settings: Settings

    def __call__(self, *words: str) -> Result:
        connection = Connection(load=lambda: self.settings, connect=lambda _: self.services)
        with capture_logs():  # The door of the test logs to the same screen.
            result = CliRunner().invoke(app, ["trigger", *words], obj=connection)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result


@pytest.fixture
def bridge(world: World) -> Bridge:
    account = replace(
        world.services.accounts["main"],
        verify=lambda one: webhook.verify(one, [SECRET]),
        hints=webhook.hints,
    )
    services = replace(world.services, accounts={"main": account})
    settings = Settings.load(
        {
            "BRIDGE_PUBLIC_URL": "https://bridge.example.com",
            "BRIDGE_PICQER__MAIN__SUBDOMAIN": "example",
            "BRIDGE_PICQER__MAIN__API_KEY": "a-key-that-reaches-nobody",
            "BRIDGE_PICQER__MAIN__CONTACT": "ops@example.com",
            "BRIDGE_PICQER__MAIN__WEBHOOK_SECRET": SECRET.get_secret_value(),
        }
    )
    return Bridge(services, settings)


@pytest.fixture
def door(bridge: Bridge) -> Iterator[str]:
    with real_door(bridge.services) as address:
        yield address


@pytest.mark.parametrize("event", sample_events())
def test_the_door_takes_every_event_and_what_became_of_it_is_told(
    bridge: Bridge, door: str, event: str
) -> None:
    result = bridge(event, "--door", door)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        f"The door at {door}/webhooks/picqer/main took it: delivery 1, "
    )
    told = json.loads(bridge(event, "--door", door, "--json").stdout)
    assert (told["event"], told["taken"], told["status"]) == (event, True, 200)
    if event.startswith("products."):
        assert told["state"] == "routed"
        assert "job(s) 1 (picqer-bridge jobs show)" in result.stdout
    else:
        assert told["state"] == "ignored"
        assert "That is right: a test event is about nothing that is there." in result.stdout


def test_who_sent_it_is_written_down(bridge: Bridge, door: str) -> None:
    bridge("picklists.closed", "--door", door)
    (entry,) = bridge.services.audit.find(AuditFilter(act=Act.TRIGGER))
    assert entry.about == f"picklists.closed to {door}/webhooks/picqer/main"


def test_another_secret_is_refused_and_the_sentence_says_so(bridge: Bridge, world: World) -> None:
    account = replace(bridge.services.accounts["main"], verify=lambda _: False)
    with real_door(replace(bridge.services, accounts={"main": account})) as door:
        result = bridge("picklists.closed", "--door", door)
    assert result.exit_code == 1
    assert "refused the signature" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("status", "body", "part"),
    [
        (404, b"{}", "there is no such account at that door"),
        (503, b"{}", "its store is away"),
        (200, b"<html>", "it answered 200, as our door never does"),
        (302, b"", "it answered 302"),
    ],
)
def test_what_else_may_stand_there_is_told(
    bridge: Bridge, status: int, body: bytes, part: str
) -> None:
    with standing(answering(status, body)) as stranger:
        result = bridge("picklists.closed", "--door", stranger.url)
    assert result.exit_code == 1
    assert part in result.stderr


def test_a_door_of_another_store_is_told(bridge: Bridge) -> None:
    with standing(answering(200, b'{"delivery": 77, "state": "routed"}')) as other:
        result = bridge("picklists.closed", "--door", other.url)
    assert result.exit_code == 0
    assert "This store does not have it: the door uses another." in result.stdout


def test_nobody_at_the_door_is_a_problem(bridge: Bridge) -> None:
    with standing(silent) as server:
        address = server.url
    result = bridge("picklists.closed", "--door", address)
    assert result.exit_code == 1
    assert f"Nothing took it at {address}/webhooks/picqer/main, because" in result.stderr
    told = json.loads(bridge("picklists.closed", "--door", address, "--json").stdout)
    assert (told["taken"], told["status"]) == (False, None)


def test_a_misspelt_event_or_account_is_wrong_use(bridge: Bridge) -> None:
    result = bridge("picklist.closed")
    assert result.exit_code == 2
    assert "did you mean picklists.closed?" in result.stderr
    assert "there is products.free_stock_changed" in bridge("nonsense").stderr
    assert bridge("picklists.closed", "--account", "mian").exit_code == 2
