"""``make bench --only recovery`` says of each promise whether it was kept, and fails when not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import recovery, run
from tests.benchmarks.recovery import Recovery, summary

KILLED = "worker killed"


def measured(monkeypatch: pytest.MonkeyPatch, *rows: Recovery) -> int:
    """The exit code when these were the figures."""

    def measure(_folder: Path, _kills: int) -> list[Recovery]:
        return list(rows)

    monkeypatch.setattr(recovery, "measure", measure)
    return run.main(["--only", "recovery"])


def test_promises_that_were_kept_are_named_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measured(monkeypatch, summary(KILLED, [21.0, 22.0, 29.9], 30.0)) == 0
    printed = capsys.readouterr().out
    assert KILLED in printed
    assert "30" in printed
    assert "kept" in printed


def test_a_broken_promise_is_named_and_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = summary("Redis returned", [3.0], 10.0)
    assert measured(monkeypatch, summary(KILLED, [21.0, 45.0], 30.0), kept) == 1
    assert "BROKEN" in capsys.readouterr().out


def test_what_no_order_met_is_not_called_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert measured(monkeypatch, summary("worker killed, order in doubt", [], 90.0)) == 1
    assert "not measured" in capsys.readouterr().out


def test_one_order_in_a_hundred_may_be_late() -> None:
    assert summary(KILLED, [20.0] * 99 + [31.0] + [20.0] * 100, 30.0).met
    assert not summary(KILLED, [20.0] * 90 + [31.0] * 10, 30.0).met
