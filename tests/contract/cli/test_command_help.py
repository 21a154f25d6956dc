"""What every command has: an example in its help, a place in the documentation, a near miss."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from workers.cli import app

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "command-line.md"
EXIT_CODES = ("0", "1", "2")


def walk(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    """The words of every command, groups too."""
    for name, command in group.commands.items():
        yield (*above, name)
        if isinstance(command, TyperGroup):
            yield from walk(command, *above, name)


def root() -> TyperGroup:
    made = typer.main.get_command(app)
    assert isinstance(made, TyperGroup)
    return made


COMMANDS = list(walk(root()))
GROUPS = {words[:-1] for words in COMMANDS} - {("sandbox",)}
"""What only holds commands; the sandbox is a command too."""
LEAVES = [words for words in COMMANDS if words not in GROUPS]


def help_of(words: tuple[str, ...]) -> str:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    return result.stdout


def test_the_commands_of_the_design_are_there() -> None:
    groups = {words[0] for words in COMMANDS}
    expected = {"run", "migrate", "config", "hooks", "jobs", "order", "limit", "reconcile"}
    assert groups >= expected | {"doctor", "replay", "pause", "resume", "sandbox"}


@pytest.mark.parametrize("words", [(), *COMMANDS], ids=" ".join)
def test_every_help_gives_an_example_of_that_command(words: tuple[str, ...]) -> None:
    text = help_of(words)
    assert "Examples:" in text
    assert re.search(rf"^ +(\S+=\S+ )?{' '.join(('picqer-bridge', *words))}\b", text, re.MULTILINE)


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_that_prints_data_can_print_json(words: tuple[str, ...]) -> None:
    assert ("--json" in help_of(words)) == (words != ("run",))


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_and_each_of_its_options_is_described(words: tuple[str, ...]) -> None:
    sections = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    title = f"`{' '.join(words)}`"
    described = [one for one in sections if title in one.splitlines()[0]]
    assert len(described) == 1, f"{title} needs a section of its own in {PAGE.name}"
    options = set(re.findall(r"(?<!\S)--[a-z-]+", help_of(words).partition("Options:")[2]))
    missing = {one for one in options - {"--help", "--json"} if f"`{one}" not in described[0]}
    assert missing == set()


def test_the_page_describes_no_command_that_does_not_exist() -> None:
    titles = re.findall(r"^## (.*)$", PAGE.read_text("utf-8"), re.MULTILINE)
    named = {tuple(name.split()) for title in titles for name in re.findall(r"`([^`]+)`", title)}
    assert named == set(LEAVES)


def test_the_page_explains_every_exit_code() -> None:
    rows = re.findall(r"^\| ([0-9]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert tuple(rows) == EXIT_CODES


@pytest.mark.parametrize(
    ("typed", "meant"), [(["ordr"], "order"), (["jobs", "lst"], "list"), (["hook"], "hooks")]
)
def test_a_misspelt_command_is_answered_with_the_one_that_was_meant(
    typed: list[str], meant: str
) -> None:
    result = CliRunner().invoke(app, typed)
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in result.stderr


def test_no_command_at_all_shows_what_there_is() -> None:
    result = CliRunner().invoke(app, [])
    assert "Commands:" in result.output
