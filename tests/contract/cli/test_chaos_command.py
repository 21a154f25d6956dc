"""``sandbox chaos``: what it tells people and programs, and its exit codes; no storm rages here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.unit.chaos.test_report import BROKEN, HELD, REPORT
from workers import chaos
from workers.chaos.report import Report
from workers.cli import app
from workers.local import NotReady

Given = Callable[[Report | Exception | None], list[tuple[int, float]]]


def give(*words: str) -> Result:
    """What the command prints, and its exit code."""
    return CliRunner().invoke(app, words)


@pytest.fixture
def storm(monkeypatch: pytest.MonkeyPatch) -> Given:
    """Let every storm end like this; returns the seeds and seconds that were asked for."""

    def ends(report: Report | Exception | None) -> list[tuple[int, float]]:
        asked: list[tuple[int, float]] = []

        def play(seed: int, seconds: float, *, tell: Any) -> Report | None:
            asked.append((seed, seconds))
            tell("   2.0 s  broker killed")
            if isinstance(report, Exception):
                raise report
            return report

        monkeypatch.setattr(chaos, "run_chaos", play)
        return asked

    return ends


def test_a_storm_that_everything_survived_is_exit_code_0(storm: Given) -> None:
    asked = storm(REPORT)
    result = give("sandbox", "chaos", "--seconds", "30", "--seed", "42")
    assert result.exit_code == 0
    assert asked == [(42, 30.0)]
    assert "broker killed" in result.stdout
    assert "Every promise held" in result.stdout


def test_a_broken_promise_is_exit_code_1(storm: Given) -> None:
    storm(replace(REPORT, promises=(HELD, BROKEN)))
    result = give("sandbox", "chaos")
    assert result.exit_code == 1
    assert "BROKEN" in result.stdout


def test_the_seed_is_drawn_and_told_when_none_is_give(storm: Given) -> None:
    asked = storm(REPORT)
    result = give("sandbox", "chaos")
    ((seed, seconds),) = asked
    assert seconds == 60.0
    assert f"Seed {seed}." in result.stdout


def test_with_json_only_the_report_is_on_standard_output(storm: Given) -> None:
    storm(REPORT)
    result = give("sandbox", "chaos", "--json")
    assert json.loads(result.stdout)["held"] is True
    assert "broker killed" in result.stderr


@pytest.mark.parametrize(
    ("ending", "sentence"),
    [(None, "Stopped before it began"), (NotReady("the door did not open"), "did not open")],
)
def test_a_storm_that_never_began_is_exit_code_1(
    storm: Given, ending: Exception | None, sentence: str
) -> None:
    storm(ending)
    result = give("sandbox", "chaos")
    assert result.exit_code == 1
    assert sentence in result.stderr
