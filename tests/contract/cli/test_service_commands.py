"""``run``, ``migrate``, ``sandbox``, and what every command does when something is missing."""

from __future__ import annotations

import json
import socket
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest
import requests
from typer.testing import CliRunner, Result

from integration.settings import Settings
from integration.wiring import open_database
from workers.cli import app
from workers.cli.connection import Connection, wait_for_signal, who
from workers.local import BROKER_ADDRESS, NotReady

Run = Callable[..., Result]
CONFIGURED = """
public_url = "https://bridge.example.com"
[picqer.main]
subdomain = "example"
api_key = "no-real-api-key"
contact = "ops@example.com"
webhook_secret = "0123456789abcdef"
[shops.nl.custom]
url = "https://shop.example.com"
token = "no-real-shop-token"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
"""


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give the command in an empty folder, with these settings and this wait."""
    # The logging of this process belongs to the tests.
    monkeypatch.setattr("workers.logs.configure_for", lambda _level, **_: None)

    def run(
        *words: str, wait: Callable[[], None] = lambda: None, file: str = "", **env: str
    ) -> Result:
        path = tmp_path / "bridge.toml"
        path.write_text(file)
        connection = Connection(load=lambda: Settings.load(env, path), wait=wait)
        result = CliRunner().invoke(app, words, obj=connection)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_migrate_makes_the_store_and_may_be_repeated(given: Run, tmp_path: Path) -> None:
    assert "The store took" in given("migrate").stdout
    assert (tmp_path / "var" / "bridge.db").exists()
    assert given("migrate").stdout == "The store is up to date.\n"
    assert json.loads(given("migrate", "--json").stdout) == {"revisions": [], "newer": None}


def brought_by_a_newer_version(folder: Path, *steps: str) -> None:
    database = open_database(Settings.load({}, folder / "bridge.toml"))
    with database.begin() as connection:
        for step in (*steps, "UPDATE alembic_version SET version_num = '9999'"):
            connection.exec_driver_sql(step)
    database.dispose()


def test_going_back_one_version_needs_no_change_of_the_store(given: Run, tmp_path: Path) -> None:
    given("migrate")
    brought_by_a_newer_version(tmp_path, "ALTER TABLE jobs ADD COLUMN mood VARCHAR")
    migrated = given("migrate")
    assert migrated.exit_code == 0
    assert "A newer version brought the store to revision 9999." in migrated.stdout
    assert json.loads(given("migrate", "--json").stdout) == {"revisions": [], "newer": "9999"}
    assert given("jobs", "list").stdout == "There is no such job.\n"


def test_a_store_that_a_newer_version_took_from_is_a_problem_that_says_so(
    given: Run, tmp_path: Path
) -> None:
    given("migrate")
    brought_by_a_newer_version(tmp_path, "DROP TABLE open_causes")
    for words in (("migrate",), ("jobs", "list")):
        result = given(*words)
        assert result.exit_code == 1, words
        assert "install that version" in result.stderr, words


@pytest.mark.parametrize(
    "words",
    [
        ("jobs", "list"),
        ("jobs", "show", "1"),
        ("order", "1042"),
        ("reconcile",),
        ("replay", "--since", "1h"),
        ("pause",),
    ],
)
def test_no_command_but_run_and_migrate_makes_a_store(
    given: Run, tmp_path: Path, words: tuple[str, ...]
) -> None:
    result = given(*words)
    assert result.exit_code == 1
    assert "picqer-bridge migrate" in result.stderr
    assert not (tmp_path / "var").exists()


def test_commands_work_on_a_store_that_was_migrated(given: Run) -> None:
    given("migrate")
    assert given("jobs", "list").stdout == "There is no such job.\n"


@pytest.mark.parametrize(
    "words",
    [("jobs", "list"), ("order", "1"), ("limit",), ("migrate",), ("run",), ("hooks", "list")],
)
def test_mistakes_in_the_settings_are_listed_without_a_traceback(
    given: Run, words: tuple[str, ...]
) -> None:
    result = given(*words, file="retention_days = 'no'\npulbic_url = 'x'\n")
    assert result.exit_code == 2
    assert "There are 2 mistakes in the settings:" in result.stderr
    assert "did you mean public_url?" in result.stderr
    assert "Traceback" not in result.output


def test_commands_beside_a_running_service_find_the_broker_it_started(
    given: Run, tmp_path: Path, valkey_url: str
) -> None:
    given("migrate")
    file = tmp_path / "var" / BROKER_ADDRESS
    file.parent.mkdir()
    file.write_text("redis://127.0.0.1:1/0")
    away = given("limit", file=CONFIGURED)
    assert away.exit_code == 1
    assert "Redis" in away.stderr
    file.write_text(valkey_url)
    found = given("limit", file=CONFIGURED)
    assert found.exit_code == 0
    assert found.stdout.splitlines()[1].startswith("main")


class NeverReady:
    """A service that does not start."""

    def __init__(self, *, tell: Callable[[str], None]) -> None:
        self.tell = tell

    def ask_to_stop(self) -> None: ...

    def __enter__(self) -> Self:
        raise NotReady("The door did not open within 25 s.")

    def __exit__(self, *_: object) -> None: ...


class Ready(NeverReady):
    """A service that runs until it is asked to stop, which is at once."""

    door_url = "http://127.0.0.1:8000"
    console_url = "http://127.0.0.1:8001"

    def __enter__(self) -> Self:
        return self

    def wait(self) -> None:
        self.tell("web ended and starts again")


def test_run_says_where_the_door_is_and_what_happens(
    given: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.local.LocalService", Ready)
    result = given("run", file=CONFIGURED)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "The door is open at http://127.0.0.1:8000. Ctrl-C stops.",
        "The console is at http://127.0.0.1:8001",
        "web ended and starts again",
        "Stopping; this takes up to 15 seconds.",
    ]


def test_a_service_that_does_not_start_is_a_problem(
    given: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.local.LocalService", NeverReady)
    result = given("run", file=CONFIGURED)
    assert (result.exit_code, result.stderr) == (1, "The door did not open within 25 s.\n")


def test_without_an_account_and_a_shop_run_plays_the_demo(
    given: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[tuple[Path, bool]] = []

    def play(folder: Path, *, keep_running: bool) -> int:
        played.append((folder, keep_running))
        return 1

    monkeypatch.setattr("workers.day.run_day", play)
    assert given("run", "--once").exit_code == 1
    assert played == [(tmp_path / "var" / "demo", False)]
    assert given("run", "--once", file=CONFIGURED).exit_code == 2


def test_a_person_without_a_name_still_gives_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nobody)
    assert who() == "the command line"


def test_the_sandbox_answers_until_it_is_told_to_stop(given: Run) -> None:
    answers: list[int] = []

    def ask() -> None:
        for port in ports:
            url = f"http://127.0.0.1:{port}"
            path = "/products" if port == ports[1] else "/api/v1/products"
            answers.append(requests.get(url + path, timeout=5).status_code)

    ports = free_port(), free_port()
    words = ("sandbox", "--picqer-port", str(ports[0]), "--shop-port", str(ports[1]))
    result = given(*words, wait=ask)
    assert result.exit_code == 0
    assert answers == [401, 401]  # Both ask for their key.
    with pytest.raises(requests.ConnectionError):
        ask()


def test_the_sandbox_prints_what_to_write_into_the_settings(given: Run) -> None:
    words = ("sandbox", "--picqer-port", "0", "--shop-port", "0", "--token", "my-token")
    printed, _, _ = given(*words).stdout.partition("Nothing of this is real")
    tables = tomllib.loads(printed)
    assert tables["picqer"]["main"]["api_key"] == "sandbox-key"
    assert tables["shops"]["demo"]["custom"]["token"] == "my-token"
    found = json.loads(given(*words, "--only", "picqer", "--json").stdout)
    assert found.keys() == {"picqer"}
    assert given(*words, "--only", "shop", "--json").stdout.count("whsec_") == 1


def test_a_port_that_is_taken_is_a_problem(given: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = given("sandbox", "--only", "picqer", "--picqer-port", port)
    assert result.exit_code == 1
    assert "name another one" in result.stderr


def test_waiting_for_a_signal_ends_with_the_signal() -> None:
    import os
    import signal
    import threading

    before = signal.getsignal(signal.SIGTERM)
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
    wait_for_signal()
    assert signal.getsignal(signal.SIGTERM) is before


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
