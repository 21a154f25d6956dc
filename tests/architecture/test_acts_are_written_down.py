"""What people do goes through ``integration.operate``, which writes down who did it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACTS = {("jobs", "retry"), ("jobs", "dismiss"), ("gate", "pause"), ("gate", "resume")}


def acts_in(source: str) -> set[tuple[str, str]]:
    """``x.jobs.retry(...)`` and the like, as ("jobs", "retry")."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            found.add((node.value.attr, node.attr))
    return found & ACTS


@pytest.mark.parametrize("package", ["integration", "workers"])
def test_nobody_acts_on_jobs_or_pauses_but_the_operations(package: str) -> None:
    acting = {
        str(file.relative_to(ROOT)): acts_in(file.read_text("utf-8"))
        for file in (ROOT / package).rglob("*.py")
        if "operate" not in file.relative_to(ROOT).parts
    }
    assert {name: acts for name, acts in acting.items() if acts} == {}


def test_an_act_beside_the_operations_would_be_seen() -> None:
    assert acts_in("services.jobs.retry(1, 'ann')") == {("jobs", "retry")}
