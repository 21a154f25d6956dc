"""What a run of the fault matrix closes with: one line per fault."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.faults.verdicts import VERDICT, verdicts


def report(
    name: str | None, outcome: Literal["passed", "failed"], *figures: str
) -> pytest.TestReport:
    noted = [(VERDICT, (name, list(figures)))] if name else []
    where = "tests/faults/test_x.py::test_x"
    return pytest.TestReport(
        where, (where, 0, where), {}, outcome, None, "call", user_properties=noted
    )


def said(*reports: pytest.TestReport) -> list[str]:
    return [str(verdict) for verdict in verdicts(reports)]


def test_a_verdict_says_what_was_done_whether_it_held_and_what_was_measured() -> None:
    one = report("F09 broker emptied (sqlite)", "passed", "12 orders", "work resumed after 3.1 s")
    assert said(one) == ["F09 broker emptied (sqlite): PASS, 12 orders, work resumed after 3.1 s"]


def test_a_fault_that_several_tests_looked_at_held_only_if_all_of_them_passed() -> None:
    first, second = report("F32 hard day", "failed"), report("F32 hard day", "passed", "200 orders")
    assert said(first, second) == ["F32 hard day: FAIL, 200 orders"]


def test_tests_that_are_no_scenario_have_no_verdict() -> None:
    assert said(report(None, "failed")) == []
