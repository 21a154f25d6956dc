"""The steps of the store: one chain, each numbered after the one before, and none takes away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TAKES_AWAY = re.compile(r"\b(drop_\w+|rename_\w+|alter_column)\(")


@pytest.fixture(scope="module")
def steps(root: Path) -> dict[str, str]:
    """The text of each step, by its number."""
    folder = root / "integration" / "store" / "migrations" / "versions"
    return {file.name: file.read_text("utf-8") for file in sorted(folder.glob("*.py"))}


def test_the_steps_are_one_chain(steps: dict[str, str]) -> None:
    numbers = [f"{number:04d}" for number in range(1, len(steps) + 1)]
    assert [name[:4] for name in steps] == numbers
    for text, number, before in zip(steps.values(), numbers, [None, *numbers], strict=False):
        assert f'revision = "{number}"' in text
        quoted = "None" if before is None else f'"{before}"'
        assert f"down_revision = {quoted}" in text


def test_steps_only_add_because_two_versions_run_during_an_update(steps: dict[str, str]) -> None:
    """What is no longer used is taken away one version later: docs/how-to/deploy.md, Update."""
    upgrades = {name: text.partition("def downgrade")[0] for name, text in steps.items()}
    taken = {name: TAKES_AWAY.findall(text) for name, text in upgrades.items()}
    assert {name: found for name, found in taken.items() if found} == {}
