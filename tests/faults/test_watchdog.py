"""What the deployments start and ask, word for word: systemd's units, and the image's health check.

systemd itself is played by a few lines that hear what its watchdog would hear.
"""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from celery import Celery

from integration.embedded_broker import EmbeddedBroker, find_free_port
from integration.liveness import STALE_SECONDS
from integration.settings import Settings
from tests.acceptance.installation import until
from tests.acceptance.processes import ROOT
from tests.faults.scenario import fault
from workers.app import celery_settings
from workers.children import Child, Command
from workers.pulse_files import GRACE_SECONDS

pytestmark = pytest.mark.process

WATCHED = ("web", "worker", "bulk", "mover", "beat")
BIN = "/opt/picqer-bridge/.venv/bin/"
START_SECONDS = 30.0
SILENCE_SECONDS = 15.0
"""Three times as long as between two signs; WatchdogSec is four times that."""


def executed(name: str) -> list[str]:
    """ExecStart of a unit, as systemd would read it, from the environment of this Python."""
    unit = (ROOT / "deploy" / "systemd" / f"picqer-bridge-{name}.service").read_text()
    found = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert found
    own = found[1].replace(BIN, f"{Path(sys.executable).parent}/").replace("%%", "%")
    return shlex.split(own)


class Systemd:
    """Starts units, and hears what they tell on a socket each."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._sockets: dict[str, socket.socket] = {}
        self.children: dict[str, Child] = {}

    def start(self, name: str, environment: dict[str, str]) -> None:
        """Start a unit with a NOTIFY_SOCKET of its own."""
        address = self.folder / f"{name}.notify"
        heard = self._stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        heard.bind(str(address))
        heard.setblocking(False)
        self._sockets[name] = heard
        words = [word.replace("8000", environment["PORT"]) for word in executed(name)]
        log = self.folder / f"{name}.log"
        child = Child(Command(name, words), environment | {"NOTIFY_SOCKET": str(address)}, log)
        self._stack.callback(child.kill)
        child.start()
        self.children[name] = child

    def heard(self, name: str) -> list[str]:
        """What the unit told since this was last asked."""
        found: list[str] = []
        while True:
            try:
                found += self._sockets[name].recv(1000).decode().splitlines()
            except BlockingIOError:
                return found

    def tells(self, name: str, word: str) -> bool:
        """Whether the unit told this since it was last asked."""
        return word in self.heard(name)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A store and a broker, and nothing to do."""
    with EmbeddedBroker(tmp_path / "broker") as broker:
        file = tmp_path / "bridge.toml"
        file.write_text(
            f'database_url = "sqlite:///{tmp_path / "bridge.db"}"\nredis_url = "{broker.url}"\n'
            f"[console]\nport = {find_free_port()}\n"
        )
        environment = environment_of(tmp_path)
        subprocess.run(executed("migrate"), env=environment, check=True, capture_output=True)
        yield Settings.load({}, file)


def environment_of(folder: Path) -> dict[str, str]:
    """The environment of a process whose settings are in this folder."""
    return {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "BRIDGE_CONFIG": str(folder / "bridge.toml"),
        "PORT": str(find_free_port()),
    }


def deafen(settings: Settings, queue: str) -> None:
    """Have every worker of this queue take nothing from it any more, and stay alive."""
    app = Celery("saboteur", set_as_current=False)
    app.conf.update(celery_settings(settings))
    with app.connection_for_write() as connection:
        assert app.control.cancel_consumer(queue, connection=connection, reply=True, timeout=5.0)


@fault("F11 systemd's watchdog")
def test_systemd_hears_of_every_process_until_it_takes_nothing_more_from_its_queue(
    settings: Settings, tmp_path: Path, figures: list[str]
) -> None:
    environment = environment_of(tmp_path)
    with ExitStack() as stack:
        systemd = Systemd(tmp_path, stack)
        for name in WATCHED:
            systemd.start(name, environment)
        for name in WATCHED:
            for word in ("READY=1", "WATCHDOG=1"):
                until(partial(systemd.tells, name, word), START_SECONDS, f"{name} tells {word}")

        deafen(settings, "events")
        began = time.monotonic()
        last = {"worker": began}
        others: set[str] = set()

        def is_silent() -> bool:
            now = time.monotonic()
            if systemd.heard("worker"):
                last["worker"] = now
            others.update(name for name in WATCHED if name != "worker" and systemd.heard(name))
            return now - last["worker"] > SILENCE_SECONDS

        until(is_silent, 4 * SILENCE_SECONDS, "the worker is silent")
        assert systemd.children["worker"].pid is not None
        assert others == set(WATCHED) - {"worker"}
        figures.append(f"silent {last['worker'] - began:.0f} s after it stopped taking")


@fault("F11 the image's health check")
def test_the_health_check_of_the_image_ends_a_worker_that_takes_nothing_more(
    settings: Settings, tmp_path: Path, figures: list[str]
) -> None:
    pulses = tmp_path / "pulse"
    environment = environment_of(tmp_path) | {"BRIDGE_PULSE_FOLDER": str(pulses)}
    with ExitStack() as stack:
        systemd = Systemd(tmp_path, stack)
        systemd.start("bulk", environment)
        until(partial(is_healthy, pulses, environment), START_SECONDS, "it is healthy")

        deafen(settings, "bulk")
        began = time.monotonic()
        until(
            lambda: not is_healthy(pulses, environment) and systemd.children["bulk"].pid is None,
            STALE_SECONDS + GRACE_SECONDS + 10.0,
            "it is ended",
        )
        figures.append(f"ended after {time.monotonic() - began:.0f} s")


def is_healthy(pulses: Path, environment: dict[str, str]) -> bool:
    """What the image's own health check says, in another folder than the image's."""
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    found = re.search(r"^    CMD (\[.*workers\.pulse_files.*\])$", dockerfile, re.MULTILINE)
    assert found
    words = [str(pulses) if word.startswith("/") else word for word in json.loads(found[1])]
    return subprocess.run(words, env=environment, cwd=ROOT, check=False).returncode == 0
