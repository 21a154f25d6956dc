"""What pages ask people to type is spelt right: commands, options, targets, shell, settings."""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib

import pytest
import typer
from typer.core import TyperGroup

from tests.written_commands import MAKE, PROGRAM, ROOT, Block, blocks, commands
from workers.cli import app

TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
HOLLOW = ("...", "…")
"""Said of any command: nothing to look up."""


def complaint(words: str) -> str | None:
    """What is wrong with a command of ours; None when it exists, with all of its options."""
    command = typer.main.get_command(app)
    left = shlex.split(words)
    while isinstance(command, TyperGroup) and left and not left[0].startswith(("-", "<")):
        name = left[0]
        if name not in command.commands:
            return f"no command {name!r}"
        command, left = command.commands[name], left[1:]
    known = {one for param in command.params for one in (*param.opts, *param.secondary_opts)}
    known |= {"--help", "-h"}
    asked = {word.strip("[]").partition("=")[0] for word in left if word.startswith(("-", "[-"))}
    return f"{command.name}: no option {sorted(asked - known)}" if asked - known else None


def test_every_command_of_ours_exists_with_its_options() -> None:
    named = [each for each in commands(PROGRAM) if each[1] not in HOLLOW]
    assert len(named) > 80
    wrong = {f"{where}: {words}": complaint(words) for where, words in named}
    assert {key: what for key, what in wrong.items() if what} == {}


@pytest.mark.parametrize(
    "words", ["ordr 1042", "jobs lst", "jobs retry --shops nl", "order 1042 --ask --flow x"]
)
def test_a_command_that_does_not_exist_is_noticed(words: str) -> None:
    assert complaint(words)


def test_every_target_of_make_exists() -> None:
    named = [(where, words.split()[0]) for where, words in commands(MAKE)]
    assert {target for _, target in named} >= {"run", "test", "docs", "bench"}
    assert [each for each in named if each[1] not in TARGETS] == []


@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_every_block_is_good_shell(block: Block) -> None:
    text = re.sub(r"<([a-z ]+)>", lambda name: name[1].replace(" ", "-"), block.text)
    read = subprocess.run(
        ["bash", "-n", "-c", text], capture_output=True, text=True, check=False, timeout=10
    )
    assert (read.returncode, read.stderr) == (0, "")


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_every_piece_of_settings_can_be_read(block: Block) -> None:
    assert tomllib.loads(block.text)


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_every_piece_of_python_runs(block: Block) -> None:
    exec(compile(block.text, str(block), "exec"), {})  # noqa: S102 - our own pages
