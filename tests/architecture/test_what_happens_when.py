"""The page about faults names a test for each of them, and leaves out no scenario."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.named_tests import NAMED, functions, rows_of

PAGE = "docs/explanation/what-happens-when.md"
COLUMNS = 5


@pytest.fixture(scope="module")
def lines(root: Path) -> list[list[str]]:
    """The cells of every line of the page's tables."""
    return rows_of(root / PAGE, "fault")


def is_scenario(test: ast.FunctionDef) -> bool:
    """Whether it is marked ``@fault("...")``."""
    return any(
        isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "fault"
        for mark in test.decorator_list
    )


def test_every_fault_says_what_one_sees_what_is_done_and_what_is_left(
    lines: list[list[str]],
) -> None:
    assert lines
    assert [row for row in lines if len(row) != COLUMNS or not all(row)] == []


def test_every_fault_names_a_test_that_exists(root: Path, lines: list[list[str]]) -> None:
    existing = {test.name for test in functions(root)}
    named = {row[0]: NAMED.findall(row[-1]) for row in lines}
    assert [fault for fault, tests in named.items() if not tests] == []
    assert [one for tests in named.values() for one in tests if one not in existing] == []


def test_every_scenario_has_its_line(root: Path) -> None:
    page = (root / PAGE).read_text("utf-8")
    scenarios = [test.name for test in functions(root) if is_scenario(test)]
    assert len(scenarios) >= 2
    assert [name for name in scenarios if f"`{name}`" not in page] == []
