"""The pulse: whether a process gets on with its work, and who hears of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from integration.liveness import STALE_SECONDS
from integration.settings import Settings
from workers.pulse import ASK_SECONDS, Pulse, PulseThread, SystemdNotifier, who_is_told
from workers.pulse_files import PulseFiles

LOOKS = int(STALE_SECONDS / 5) + 1


class Process:
    """A process that answers, or not, and whose clock is turned by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.answers = True
        self.can_be_asked = True
        self.pulse = Pulse(self.ask, lambda: self.now)

    def ask(self) -> bool:
        if self.can_be_asked and self.answers:
            self.pulse.answer()
        return self.can_be_asked

    def live(self, looks: int) -> float | None:
        """Look that often, every five seconds; returns what the last look found."""
        found = None
        for _ in range(looks):
            self.now += 5.0
            found = self.pulse.look()
        return found


def test_a_process_that_answers_is_in_order() -> None:
    process = Process()
    assert process.live(LOOKS) == process.now
    assert process.pulse.is_fresh()


def test_one_that_has_not_answered_yet_is_given_time() -> None:
    process = Process()
    process.answers = False
    assert process.live(2) is None
    assert process.pulse.is_fresh()
    assert process.live(LOOKS) is None
    assert not process.pulse.is_fresh()


def test_one_that_answers_no_more_was_last_in_order_when_it_still_did() -> None:
    process = Process()
    process.live(3)
    process.answers = False
    last = process.now + 5.0
    assert process.live(LOOKS) == last
    assert not process.pulse.is_fresh()


def test_one_that_answers_again_is_in_order_again() -> None:
    process = Process()
    process.live(2)
    process.answers = False
    process.live(LOOKS)
    process.answers = True
    process.live(2)
    assert process.pulse.is_fresh()


def test_silence_means_nothing_while_nobody_can_be_asked() -> None:
    process = Process()
    process.live(2)
    process.can_be_asked = False
    assert process.live(LOOKS) == process.now


def test_the_thread_tells_from_the_first_sign_on_and_survives_a_fault() -> None:
    process, told, enough = Process(), [], threading.Event()
    process.answers = False

    def tell(in_order_at: float) -> None:
        told.append(in_order_at)
        if len(told) == 1:
            raise OSError("the disk is full")
        enough.set()

    thread = PulseThread(process.pulse, [tell], seconds=0.001)
    thread.look()
    assert told == []
    process.answers = True
    with capture_logs() as lines:
        thread.start()
        assert enough.wait(5)
        thread.stop()
    assert [line["event"] for line in lines] == ["pulse.not_told"]


def test_one_who_cannot_be_told_keeps_it_from_nobody_else() -> None:
    process, told = Process(), []

    def full(_: float) -> None:
        raise OSError("no space left on device")

    thread = PulseThread(process.pulse, [full, told.append])
    process.live(2)
    with capture_logs():
        thread.look()
    assert told == [process.now]


def test_a_fault_in_asking_ends_nothing() -> None:
    broken = Pulse(lambda: bool(1 / 0))
    with capture_logs() as lines:
        assert PulseThread(broken, []).look() == ASK_SECONDS
    assert [line["event"] for line in lines] == ["pulse.fault"]


def test_a_file_says_since_when_a_process_is_silent(tmp_path: Path) -> None:
    files = PulseFiles(tmp_path / "pulse")
    assert files.ages() == {}
    files.write(time.monotonic() - 40)
    assert files.ages()[os.getpid()] == pytest.approx(40, abs=5)
    files.write(time.monotonic())
    assert files.ages()[os.getpid()] == pytest.approx(0, abs=5)


def test_files_of_the_dead_are_neither_counted_nor_kept(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    files = PulseFiles(tmp_path)
    files.write(time.monotonic())
    (tmp_path / str(dead.pid)).touch()
    (tmp_path / "README").write_text("not of a process")
    assert list(files.ages()) == [os.getpid()]
    files.forget_the_dead()
    assert {file.name for file in tmp_path.iterdir()} == {str(os.getpid()), "README"}


def test_a_file_that_is_not_of_ours_says_nothing(tmp_path: Path) -> None:
    (tmp_path / str(os.getpid())).touch()
    assert PulseFiles(tmp_path).age(os.getpid()) is None
    assert PulseFiles(tmp_path).ages() == {}


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_hears_that_it_is_up_and_then_only_news(tmp_path: Path, abstract: bool) -> None:
    name = f"bridge-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0{name}" if abstract else name)
        systemd.setblocking(False)
        notifier = SystemdNotifier(f"@{name}" if abstract else name)
        for in_order_at in (1.0, 1.0, 2.0, 2.0, 2.0):
            notifier.tell(in_order_at)
        assert systemd.recv(100) == b"READY=1\nWATCHDOG=1"
        assert systemd.recv(100) == b"WATCHDOG=1"
        with pytest.raises(BlockingIOError):
            systemd.recv(100)


def test_whoever_supervises_is_told(tmp_path: Path) -> None:
    env = {"BRIDGE_PULSE_FOLDER": str(tmp_path / "pulse"), "NOTIFY_SOCKET": "/run/notify"}
    assert len(who_is_told(Settings.load(env))) == 2
    assert who_is_told(Settings.load({})) == []
