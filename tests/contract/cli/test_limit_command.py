"""``picqer-bridge limit`` beside real calls: what it shows is what Picqer and the callers met."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from integration.errors import RateLimited
from integration.http import forget_session
from integration.jobs import Lane
from integration.picqer.limit_state import connect
from integration.ports import Picqer
from integration.sandbox.picqer import SandboxPicqer
from integration.services import Services
from integration.settings import Settings
from integration.testing.open_doors import OpenGuard
from integration.wiring import migrate_store
from workers.cli import app
from workers.cli.connection import Connection

ACCOUNT = """
[picqer.{name}]
base_url = "{url}"
api_key = "{key}"
contact = "ops@example.com"
webhook_secret = "0123456789abcdef"
"""
Sandboxes = dict[str, SandboxPicqer]
Command = Callable[..., str]


@pytest.fixture
def sandboxes() -> Iterator[Sandboxes]:
    """Two accounts, each with a key and a limit of its own."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(SandboxPicqer(api_key=secrets.token_hex(8), limit=limit))
            for name, limit in (("main", 300), ("second", 80))
        }
    forget_session()


@pytest.fixture
def connection(sandboxes: Sandboxes, tmp_path: Path, valkey_url: str) -> Connection:
    return connection_to(sandboxes, tmp_path / "bridge.toml", valkey_url)


def connection_to(sandboxes: Sandboxes, path: Path, redis_url: str) -> Connection:
    tables = [
        ACCOUNT.format(name=name, url=sandbox.url, key=sandbox.books.api_key)
        for name, sandbox in sandboxes.items()
    ]
    path.write_text('public_url = "https://bridge.example.com"\n' + "".join(tables))
    connection = Connection(load=lambda: Settings.load({"REDIS_URL": redis_url}, path))
    migrate_store(connection.settings())
    return connection


@pytest.fixture(autouse=True)
def logging_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.logs.configure_for", lambda _level, **_: None)


@pytest.fixture
def services(connection: Connection) -> Services:
    return connection.services()


@pytest.fixture
def command(connection: Connection) -> Command:
    def give(*words: str) -> str:
        result = CliRunner().invoke(app, ["limit", *words], obj=connection)
        assert result.exit_code == 0, result.output
        return result.stdout

    return give


def client_of(services: Services, account: str, lane: Lane) -> Picqer:
    return services.accounts[account].connect(lane, OpenGuard(), time.time())


def test_permits_foreign_use_refusals_and_pauses_are_shown_by_account_and_lane(
    services: Services, sandboxes: Sandboxes, command: Command
) -> None:
    for account, lane, calls in (
        ("main", Lane.ORDERS, 3),
        ("main", Lane.BULK, 2),
        ("second", Lane.STOCK, 4),
    ):
        for _ in range(calls):
            list(client_of(services, account, lane).products())
    sandboxes["main"].foreign_use(25)
    list(client_of(services, "main", Lane.ORDERS).products())
    sandboxes["main"].foreign_use(300)
    with pytest.raises(RateLimited):
        list(client_of(services, "main", Lane.SHIPMENTS).products())

    main, second = json.loads(command("--json"))
    assert (main["account"], main["limit"], main["in_use"], main["refused"]) == ("main", 300, 7, 1)
    assert main["foreign_use"] >= 25
    assert 0 < main["paused_seconds"] <= 60
    assert {lane: counts["permits"] for lane, counts in main["lanes"].items()} == {
        "orders": 4,
        "shipments": 1,
        "stock": 0,
        "bulk": 2,
    }
    assert main["lanes"]["shipments"]["refused"] == 1
    assert (second["account"], second["limit"], second["in_use"]) == ("second", 80, 4)
    assert (second["foreign_use"], second["refused"], second["paused_seconds"]) == (0, 0, 0)


def test_people_read_the_same_in_two_tables(
    services: Services, sandboxes: Sandboxes, command: Command
) -> None:
    list(client_of(services, "main", Lane.ORDERS).products())
    sandboxes["main"].foreign_use(25)
    list(client_of(services, "main", Lane.ORDERS).products())
    heading, main, second = command().splitlines()
    assert heading.split("  ")[0] == "account"
    assert main.split()[:7] == ["main", "300", "2", "273", "0", "25", "no"]
    assert second.split()[:4] == ["second", "500", "0", "500"], "nothing was asked of it yet"
    lanes = [line.split() for line in command("--lanes", "--account", "main").splitlines()]
    assert lanes[1] == ["main", "orders", "2", "0", "0", "0", "0"]
    assert [row[1] for row in lanes[1:]] == ["orders", "shipments", "stock", "bulk"]


def test_accounts_with_one_api_key_share_its_limit_and_redis_never_learns_the_key(
    sandboxes: Sandboxes, tmp_path: Path, valkey_url: str
) -> None:
    sandbox = sandboxes["main"]
    both = {"main": sandbox, "again": sandbox}
    services = connection_to(both, tmp_path / "shared.toml", valkey_url).services()
    list(client_of(services, "main", Lane.ORDERS).products())
    list(client_of(services, "again", Lane.STOCK).products())
    seen = [services.accounts[name].limiter.view() for name in both]
    assert [(view.account, view.in_use) for view in seen] == [("main", 2), ("again", 2)]
    with connect(valkey_url) as client:
        keys = [key for key in client.scan_iter(count=1000) if "limit" in key]
    assert keys
    assert not [key for key in keys if sandbox.books.api_key in key]
