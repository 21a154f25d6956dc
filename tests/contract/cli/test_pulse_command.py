"""``pulse``: whether the processes here get on with their work, for health checks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from integration.settings import Settings
from workers import pulse_files
from workers.cli import app
from workers.cli.connection import Connection
from workers.pulse_files import PulseFiles

Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Give the command, after this process said how many seconds ago it was in order."""
    folder = tmp_path / "pulse"

    def run(*words: str, ago: float | None = None) -> Result:
        if ago is not None:
            PulseFiles(folder).write(time.monotonic() - ago)
        env = {"BRIDGE_PULSE_FOLDER": str(folder)}
        return CliRunner().invoke(
            app, ["pulse", *words], obj=Connection(load=lambda: Settings.load(env))
        )

    return run


def test_a_process_that_works_is_healthy(ask: Ask) -> None:
    result = ask(ago=3)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"Process {os.getpid()} works; seen 3 s ago.\n"


def test_one_that_lives_without_working_is_not(ask: Ask) -> None:
    result = ask(ago=75)
    assert result.exit_code == 1
    assert f"Process {os.getpid()} lives but has not got on with its work for 75 s" in result.stderr


def test_where_nobody_says_anything_nobody_is_healthy(ask: Ask) -> None:
    result = ask()
    assert result.exit_code == 1
    assert "No living process says in" in result.stderr


@pytest.mark.parametrize(("ago", "signal_sent"), [(75, signal.SIGTERM), (85, signal.SIGKILL)])
def test_one_that_stalled_is_ended_when_asked_for_first_kindly(
    ask: Ask, tmp_path: Path, ago: float, signal_sent: signal.Signals
) -> None:
    script = "import time\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script]) as stalled:
        (tmp_path / "pulse").mkdir()
        file = tmp_path / "pulse" / str(stalled.pid)
        file.touch()
        os.utime(file, (time.monotonic() - ago,) * 2)
        assert ask().exit_code == 1
        assert stalled.poll() is None
        assert ask("--end-stalled", ago=3).exit_code == 1
        assert stalled.wait(timeout=30) == -signal_sent


def test_programs_get_json(ask: Ask) -> None:
    (process,) = json.loads(ask("--json", ago=3).stdout)
    assert process == {"pid": os.getpid(), "in_order_seconds_ago": pytest.approx(3, abs=0.5)}


def test_without_a_place_to_look_the_command_says_which_setting_is_missing() -> None:
    result = CliRunner().invoke(app, ["pulse"], obj=Connection(load=lambda: Settings.load({})))
    assert result.exit_code == 2
    assert "BRIDGE_PULSE_FOLDER" in result.stderr


def test_the_health_check_of_containers_says_the_same_without_settings(
    ask: Ask, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "pulse")
    assert pulse_files.main([folder]) == 1
    ask(ago=3)
    assert pulse_files.main([folder, "--end-stalled"]) == 0
    ask(ago=75)
    assert pulse_files.main([folder]) == 1
    told = capsys.readouterr().out.splitlines()
    assert [sentence.partition(" ")[0] for sentence in told] == ["No", "Process", "Process"]
    assert "lives but has not got on with its work" in told[2]
