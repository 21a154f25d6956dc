"""Child processes are started, started again when they die or stall, and stopped together."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from workers import children as module
from workers.children import Child, Children, Command, Watch
from workers.pulse_files import PulseFiles

pytestmark = pytest.mark.process

OBEYS = "import time\nprint('here', flush=True)\ntime.sleep(60)"
REFUSES = (
    "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('here', flush=True)\ntime.sleep(60)"
)


BEATS = (
    "import os, pathlib, sys, time\nprint('here', flush=True)\n"
    "file = pathlib.Path(sys.argv[1], str(os.getpid()))\nfile.touch()\n"
    "while True:\n    os.utime(file, (time.monotonic(),) * 2)\n    time.sleep(0.02)"
)
PATIENCE = 3.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(module, "STOP_SECONDS", 0.1)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def run(tmp_path: Path, told: list[str]) -> Iterator[Callable[..., Children]]:
    running: list[Children] = []

    def start(
        text: str, also: Callable[[], None] = lambda: None, *, has_pulse: bool = False
    ) -> Children:
        words = [sys.executable, "-c", text, str(tmp_path)]
        command = Command("child", words, has_pulse=has_pulse)
        watch = Watch(PulseFiles(tmp_path), PATIENCE)
        child = Child(command, os.environ, tmp_path / "child.log", watch)
        running.append(Children([child], told.append, also))
        running[-1].start()
        return running[-1]

    yield start
    for children in running:
        children.stop(0.0)


def until(look: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not look():
        assert time.monotonic() < end
        time.sleep(0.01)


def has_told(told: list[str], times: int) -> bool:
    return len(told) == times


def is_up(tmp_path: Path, times: int = 1) -> bool:
    return (tmp_path / "child.log").read_text().count("here") >= times


def test_a_child_that_dies_is_started_again_and_a_person_is_told(
    run: Callable[..., Children], told: list[str], tmp_path: Path
) -> None:
    children = run(OBEYS)
    until(lambda: is_up(tmp_path))
    os.kill(children.pids["child"], signal.SIGKILL)
    until(lambda: is_up(tmp_path, 2))
    assert "child ended with status -9 and starts again" in told[0]


def test_children_that_obey_end_by_themselves(
    run: Callable[..., Children], told: list[str], tmp_path: Path
) -> None:
    children = run(OBEYS)
    until(lambda: is_up(tmp_path))
    children.stop(10.0)
    assert children.pids == {}
    assert told == []


def test_a_child_that_does_not_stop_is_ended(
    run: Callable[..., Children], told: list[str], tmp_path: Path
) -> None:
    children = run(REFUSES)
    until(lambda: is_up(tmp_path))
    children.stop(0.1)
    assert children.pids == {}
    assert told == ["child did not stop in 0 s and was ended"]


def test_a_fault_while_looking_does_not_end_the_watch(
    run: Callable[..., Children], told: list[str], tmp_path: Path
) -> None:
    faults = iter([OSError("no more processes")])

    def also() -> None:
        for fault in faults:
            raise fault

    children = run(OBEYS, also)
    until(lambda: told)
    until(lambda: is_up(tmp_path))
    os.kill(children.pids["child"], signal.SIGKILL)
    until(lambda: is_up(tmp_path, 2))
    assert told[0] == "A process could not be started: no more processes"


def test_a_child_that_dies_at_once_again_and_again_is_started_less_often(
    run: Callable[..., Children], told: list[str]
) -> None:
    run("raise SystemExit(3)")
    until(lambda: len(told) >= 3)
    assert all("ended with status 3" in sentence for sentence in told)


def test_a_child_that_lives_without_working_is_ended_and_started_again(
    run: Callable[..., Children], told: list[str], tmp_path: Path
) -> None:
    run(OBEYS, has_pulse=True)
    until(lambda: is_up(tmp_path, 2))
    assert "child lives but has not got on with its work for 3 s" in told[0]
    assert "Nothing is lost" in told[0]


def test_a_frozen_child_is_killed_and_started_again(
    run: Callable[..., Children], told: list[str], tmp_path: Path
) -> None:
    children = run(BEATS, has_pulse=True)
    until(lambda: is_up(tmp_path))
    os.kill(children.pids["child"], signal.SIGSTOP)
    until(lambda: is_up(tmp_path, 2))
    assert "child ended with status -9 and starts again" in told[1]


def test_a_child_that_works_and_one_without_a_pulse_are_left_alone(
    run: Callable[..., Children], told: list[str], tmp_path: Path
) -> None:
    working, without = run(BEATS, has_pulse=True), run(OBEYS)
    until(partial(is_up, tmp_path, 2))
    before = working.pids, without.pids
    end = time.monotonic() + 2 * PATIENCE
    until(lambda: time.monotonic() > end)
    assert (working.pids, without.pids) == before
    assert told == []


def test_one_that_worked_before_it_died_starts_again_at_once_however_often(
    run: Callable[..., Children], told: list[str], tmp_path: Path
) -> None:
    children = run(BEATS, has_pulse=True)
    for times in range(1, 5):
        until(partial(is_up, tmp_path, times))
        until((tmp_path / str(children.pids["child"])).exists)
        os.kill(children.pids["child"], signal.SIGKILL)
        until(partial(has_told, told, times))
    assert all("starts again in 0.01 s" in sentence for sentence in told)


def test_a_child_is_not_called_silent_for_the_time_in_which_nobody_looked(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = PulseFiles(tmp_path)
    command = Command("child", [sys.executable, "-c", OBEYS])
    child = Child(command, os.environ, tmp_path / "child.log", Watch(files, PATIENCE))
    clock = [time.monotonic()]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    child.start()
    try:
        clock[0] += 3600.0
        child.look(told.append)
        assert told == []
        clock[0] += PATIENCE + 0.1
        child.look(told.append)
        assert "lives but has not got on with its work for 3 s" in told[0]
    finally:
        child.kill()
