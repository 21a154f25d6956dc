"""The page about security names a test for each line, and each of them exists."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.named_tests import NAMED, functions, rows_of

PAGE = "docs/explanation/security.md"
RISKS = [f"API{number}" for number in range(1, 11)]


def test_every_line_about_security_names_tests_that_exist(root: Path) -> None:
    rows = rows_of(root / PAGE, "risk") + rows_of(root / PAGE, "chapter")
    named = {row[0]: NAMED.findall(row[-1]) for row in rows}
    existing = {test.name for test in functions(root)}
    assert [line for line, tests in named.items() if not tests] == []
    assert [one for tests in named.values() for one in tests if one not in existing] == []


def test_no_risk_of_the_top_ten_is_left_out(root: Path) -> None:
    told = " ".join(row[0] for row in rows_of(root / PAGE, "risk")).replace(":", ",")
    assert [risk for risk in RISKS if f"{risk}," not in told] == []
