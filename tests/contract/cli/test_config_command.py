"""``picqer-bridge config``: what is in force, without secrets, or every mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from integration.settings import Settings
from integration.settings.reference import page
from tests.examples import example_settings
from workers.cli import app
from workers.cli.connection import Connection

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give the command with the settings of this environment and the example file."""

    def given(*words: str, file: str | None = None, **env: str) -> Result:
        path = tmp_path / "bridge.toml"
        path.write_text(example_settings() if file is None else file)
        connection = Connection(load=lambda: Settings.load(env, path))
        return CliRunner().invoke(app, words, obj=connection)

    return given


def test_every_setting_is_shown_with_where_it_came_from(run: Run) -> None:
    result = run("config", BRIDGE_RETENTION_DAYS="30")
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line}
    assert "30" in lines["retention_days"]
    assert lines["retention_days"].endswith("BRIDGE_RETENTION_DAYS")
    assert lines["picqer.main.subdomain"].endswith("bridge.toml")
    assert lines["web.port"].endswith("default")


def test_no_secret_is_shown(run: Run) -> None:
    for words in (["config"], ["config", "--json"]):
        result = run(*words, DATABASE_URL="postgresql://bridge:canary@db/bridge")
        assert "our-own-for" not in result.stdout
        assert "whsec_" not in result.stdout
        assert "canary" not in result.stdout
        assert "********" in result.stdout


def test_json_holds_the_same(run: Run) -> None:
    found = {each["setting"]: each for each in json.loads(run("config", "--json").stdout)}
    assert found["shops.nl.custom.url"]["value"] == "https://shop.example.com/bridge"
    assert found["web.host"] == {"setting": "web.host", "value": "127.0.0.1", "origin": "default"}


def test_mistakes_are_all_listed_without_a_traceback(run: Run) -> None:
    result = run("config", BRIDGE_WEB__PROT="1", BRIDGE_RETENTION_DAYS="no")
    assert result.exit_code == 2
    assert "There are 2 mistakes" in result.stderr
    assert "did you mean port?" in result.stderr
    assert "Traceback" not in result.output


def test_an_empty_configuration_says_what_to_do(run: Run) -> None:
    result = run("config", file="")
    assert result.exit_code == 0
    assert "copy bridge.example.toml" in result.stdout


def test_the_reference_is_the_page_in_the_documentation(run: Run) -> None:
    assert run("config", "--reference").stdout == page()


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version").stdout.startswith("picqer-bridge ")


def test_wrong_use_exits_with_2(run: Run) -> None:
    assert run("confg").exit_code == 2
