"""Crash points: silent unless a test armed this process, and deadly once when it did."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration import crash_points
from integration.crash_points import FIRED, crash_point

Deaths = list[tuple[int, int]]


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> Iterator[Deaths]:
    """The signals that would have been sent; afterwards nothing is armed any more."""
    sent: Deaths = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    yield sent
    crash_points.arm(None)


def test_an_unarmed_process_passes_every_point(deaths: Deaths, tmp_path: Path) -> None:
    (tmp_path / "ledger.after_intent").write_text("")
    crash_point("ledger.after_intent")
    assert deaths == []


def test_an_armed_process_dies_once_and_leaves_word_of_it(deaths: Deaths, tmp_path: Path) -> None:
    crash_points.arm(tmp_path)
    (tmp_path / "ledger.after_intent").write_text("")
    crash_point("ledger.after_create")
    crash_point("ledger.after_intent")
    crash_point("ledger.after_intent")
    assert deaths == [(os.getpid(), signal.SIGKILL)]
    assert (tmp_path / f"ledger.after_intent{FIRED}").read_text() == str(os.getpid())


def test_a_number_says_at_which_arrival_to_die(deaths: Deaths, tmp_path: Path) -> None:
    crash_points.arm(tmp_path)
    (tmp_path / "create_product.before_image").write_text("3")
    crash_point("create_product.before_image")
    crash_point("create_product.before_image")
    assert deaths == []
    crash_point("create_product.before_image")
    assert len(deaths) == 1


def test_a_file_may_wait_for_one_kind_of_arrival_only(deaths: Deaths, tmp_path: Path) -> None:
    crash_points.arm(tmp_path)
    (tmp_path / "runner.before_end@push_stock").write_text("")
    crash_point("runner.before_end", "create_order")
    assert deaths == []
    crash_point("runner.before_end", "push_stock")
    assert len(deaths) == 1


def test_death_is_by_sigkill(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("")
    script = (
        "import sys; from pathlib import Path; from integration import crash_points\n"
        "crash_points.arm(Path(sys.argv[1])); crash_points.crash_point('here')\n"
        "print('alive')"
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")
