"""Crash points are found in the source, however they are called."""

from __future__ import annotations

import ast

import pytest

from tests.faults.crash_points.source import points_in, points_in_source


def test_every_call_is_found() -> None:
    text = (
        "crash_point('a.first')\nif x:\n    module.crash_point('a.second', kind)\nother('a.third')"
    )
    assert points_in(ast.parse(text)) == {"a.first", "a.second"}


def test_a_name_that_is_made_up_at_run_time_is_refused() -> None:
    with pytest.raises(AssertionError, match="line 1"):
        points_in(ast.parse("crash_point(f'a.{kind}')"))


def test_the_source_has_points_in_every_flow() -> None:
    stems = {name.partition(".")[0] for name in points_in_source()}
    flows = {"create_order", "create_product", "complete_order", "push_stock", "reconcile"}
    assert flows | {"door", "runner", "ledger", "mover", "task", "hooks", "schedule"} <= stems
