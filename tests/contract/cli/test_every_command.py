"""Every command, whatever is missing: a sentence and an exit code, never a traceback."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from structlog.testing import capture_logs
from typer.core import TyperGroup
from typer.testing import CliRunner, Result

from integration.settings import Settings
from integration.wiring import migrate_store
from workers.cli import app
from workers.cli.connection import Connection

STAY = {("run",), ("sandbox", "chaos")}
"""These start processes: see test_service_commands, test_chaos_command and tests/faults."""
NO_STORE = {("config",), ("migrate",), ("pulse",)}
"""These work without a store: what is in order can be asked while it is away."""
WORDS: dict[tuple[str, ...], list[str]] = {
    ("backfill", "orders"): ["--since", "1d", "--yes", "--detach"],
    ("backfill", "products"): ["--detach"],
    ("golive",): ["--shop", "nl", "--dry-run"],
    ("jobs", "dismiss"): ["--yes", "1"],
    ("jobs", "note"): ["1", "asked the merchant"],
    ("jobs", "retry"): ["1"],
    ("jobs", "show"): ["1"],
    ("order",): ["1042"],
    ("privacy", "erase"): ["--email", "a@example.org", "--confirm", "a@example.org"],
    ("privacy", "export"): ["--email", "a@example.org"],
    ("replay",): ["--since", "1h"],
    ("trigger",): ["picklists.closed"],
}
MORE = [
    ("jobs", "retry", "--shop", "nl", "--dry-run"),
    ("limit", "--lanes"),
    ("order", "1042", "--ask"),
    ("reconcile", "--dry-run"),
    ("replay", "--since", "1h", "--dry-run"),
    ("backfill", "orders", "--since", "1d", "--dry-run"),
    ("backfill", "products", "--dry-run"),
]


def leaves(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from leaves(command, *above, name)
        else:
            yield (*above, name)


def root() -> TyperGroup:
    made = typer.main.get_command(app)
    assert isinstance(made, TyperGroup)
    return made


LEAVES = list(leaves(root()))
CALLS = [(*words, *WORDS.get(words, [])) for words in LEAVES if words not in STAY]
NEED_STORE = [call for call in CALLS if call[:1] not in NO_STORE]
Give = Callable[..., Result]


@pytest.fixture(scope="module")
def nowhere() -> str:
    """An address on this machine where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def give(tmp_path: Path, nowhere: str, monkeypatch: pytest.MonkeyPatch) -> Give:
    """Give a command to an installation in an empty folder, whose neighbours are all away."""
    # The logging of this process belongs to the tests.
    monkeypatch.setattr("workers.logs.configure_for", lambda _level, **_: None)
    file = tmp_path / "bridge.toml"
    file.write_text(f"""
public_url = "http://{nowhere}"
pulse_folder = "{tmp_path}/pulses"
redis_url = "redis://{nowhere}/0"
[picqer.main]
base_url = "http://{nowhere}"
api_key = "no-real-api-key"
contact = "ops@example.com"
webhook_secret = "0123456789abcdef"
[shops.nl.custom]
url = "http://{nowhere}"
token = "no-real-shop-token"
secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
""")

    def given(*words: str, **env: str) -> Result:
        connection = Connection(load=lambda: Settings.load(env, file), wait=lambda: None)
        with capture_logs():  # Real logs go to standard error; see test_logs.
            return CliRunner().invoke(app, words, obj=connection)

    return given


@pytest.fixture
def with_store(give: Give, tmp_path: Path) -> Give:
    """The same, with a store."""
    migrate_store(Settings.load({}, tmp_path / "bridge.toml"))
    return give


def require_manners(result: Result, *codes: int) -> None:
    """One of these exit codes, no traceback, and a sentence when something was wrong."""
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code in codes, result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    if result.exit_code:
        assert result.output.strip()


@pytest.mark.parametrize("call", [*CALLS, ("run",)], ids=" ".join)
def test_mistakes_in_the_settings_end_every_command_with_2_and_are_named(
    give: Give, call: tuple[str, ...]
) -> None:
    result = give(*call, BRIDGE_SHOPS__NL__REFERENC="x", BRIDGE_PICQER__MAIN__TIME_ZON="x")
    require_manners(result, 2)
    told = result.stdout if call[0] == "doctor" else result.stderr
    assert "referenc" in told
    assert "time_zon" in told
    assert result.output == told


@pytest.mark.parametrize("call", NEED_STORE, ids=" ".join)
def test_without_a_store_every_command_says_how_to_make_one(
    give: Give, call: tuple[str, ...]
) -> None:
    result = give(*call)
    require_manners(result, 1)
    assert "picqer-bridge migrate" in result.output


@pytest.mark.parametrize("call", NEED_STORE, ids=" ".join)
def test_with_the_store_away_every_command_says_so(
    give: Give, nowhere: str, call: tuple[str, ...]
) -> None:
    result = give(*call, DATABASE_URL=f"postgresql+psycopg://nobody@{nowhere}/none")
    require_manners(result, 1)
    assert "The store cannot be reached" in result.output


@pytest.mark.parametrize("call", NEED_STORE, ids=" ".join)
def test_with_a_damaged_store_every_command_says_so(
    give: Give, tmp_path: Path, call: tuple[str, ...]
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "bridge.db").write_bytes(b"this is no database" * 500)
    result = give(*call)
    require_manners(result, 1)
    assert "damaged, or is no SQLite database" in result.output


@pytest.mark.parametrize("call", [*CALLS, *MORE], ids=" ".join)
def test_with_redis_picqer_and_the_shop_away_no_command_shows_a_traceback(
    with_store: Give, call: tuple[str, ...]
) -> None:
    require_manners(with_store(*call), 0, 1)


@pytest.mark.parametrize("call", [*CALLS, *MORE], ids=" ".join)
def test_what_is_printed_as_json_is_one_document_or_nothing(
    with_store: Give, call: tuple[str, ...]
) -> None:
    result = with_store(*call, "--json")
    require_manners(result, 0, 1)
    if result.stdout:
        json.loads(result.stdout)
    else:
        assert result.exit_code == 1


@pytest.mark.parametrize("call", [*CALLS, *MORE], ids=" ".join)
def test_away_from_a_terminal_nothing_is_coloured_or_drawn(
    with_store: Give, call: tuple[str, ...]
) -> None:
    output = with_store(*call).output
    assert "\x1b" not in output
    assert not set(output) & set("│─┃━╭╰")


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_an_option_that_there_is_not_is_wrong_use(give: Give, words: tuple[str, ...]) -> None:
    result = give(*words, "--no-such-option")
    require_manners(result, 2)
    assert "--no-such-option" in result.stderr


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["jobs", "list", "--stat", "open"], "--state"),
        (["jobs", "list", "--state", "prked"], "Did you mean 'parked'?"),
        (["pause", "--flow", "push_stok"], "Did you mean 'push_stock'?"),
        (["audit", "--act", "retri"], "Did you mean 'retry'?"),
        (["sandbox", "--only", "pickqer"], "Did you mean 'picqer'?"),
        (["jobs", "list", "--shop", "nll"], "did you mean nl?"),
        (["limit", "--account", "mian"], "did you mean main?"),
        (["trigger", "picklist.closed"], "did you mean picklists.closed?"),
        (["privcy", "export"], "Did you mean 'privacy'?"),
    ],
)
def test_what_was_probably_meant_is_named(with_store: Give, typed: list[str], meant: str) -> None:
    result = with_store(*typed)
    require_manners(result, 2)
    assert result.stderr.count(meant) == 1


def test_a_value_that_is_like_nothing_is_answered_with_what_there_is(with_store: Give) -> None:
    result = with_store("jobs", "list", "--state", "xyzzy")
    require_manners(result, 2)
    assert "is not one of 'open', 'running', 'done', 'parked', 'dismissed'" in result.stderr
    assert "Did you mean" not in result.stderr
