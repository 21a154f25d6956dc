"""The demo day as a person sees it: one command, both books agree, and Ctrl-C ends it all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DAY_SECONDS = 300.0
FIRST_ORDER_SECONDS = 30.0
STOP_SECONDS = 15.0
PROGRAM = Path(sys.executable).with_name("picqer-bridge")
pytestmark = pytest.mark.process


class Demo:
    """``picqer-bridge run`` in an empty folder, its output in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._output = folder / "output.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [PROGRAM, "run"],
                cwd=folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_for(self, text: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < until, f"{text!r} did not come:\n{self.output}"
            time.sleep(0.2)

    def children(self) -> dict[int, str]:
        """The command of each child process, by its id; any thread may have started it."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [int(pid) for task in tasks for pid in task.read_text().split()]
        return {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in pids}

    def ask(self, *words: str) -> str:
        """The output of another command, given beside the demo."""
        settings = {"BRIDGE_CONFIG": "var/demo/bridge.toml"}
        answer = subprocess.run(
            [PROGRAM, *words],
            cwd=self.folder,
            env=environment() | settings,
            capture_output=True,
            text=True,
            check=True,
        )
        return answer.stdout


def environment() -> dict[str, str]:
    """This process' environment without any setting of the bridge."""
    ours = ("BRIDGE_", "DATABASE_URL", "REDIS_URL", "SENTRY_DSN")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    running = Demo(tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.terminate()
        try:
            running.process.wait(STOP_SECONDS)
        finally:
            running.process.kill()


def test_the_demo_day_ends_in_agreement_heals_and_stops_cleanly(demo: Demo) -> None:
    demo.wait_for("Ctrl-C stops it", DAY_SECONDS)
    output = demo.output

    assert "Both books agree: 9 orders and 7 products" in output
    assert "429s that were not the storm's: 0" in output
    first = re.search(r"First order processing ([\d.]+) s after the start", output)
    assert first is not None
    assert float(first[1]) <= FIRST_ORDER_SECONDS
    assert "\x1b" not in output, "plain lines away from a terminal"
    assert "is in USD" in demo.ask("order", "1007")
    assert "1007" in demo.ask("jobs", "list", "--state", "parked")

    children = demo.children()
    worker = next(pid for pid, command in children.items() if "orders,events" in command)
    os.kill(worker, signal.SIGKILL)
    demo.wait_for("worker ended with status -9 and starts again", STOP_SECONDS)
    until = time.monotonic() + STOP_SECONDS
    while len(demo.children()) < len(children) and time.monotonic() < until:
        time.sleep(0.1)
    children |= demo.children()
    demo.process.send_signal(signal.SIGINT)
    stopped_at = time.monotonic()
    code = demo.process.wait(STOP_SECONDS)

    assert code == 0, demo.output
    assert time.monotonic() - stopped_at <= STOP_SECONDS
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
