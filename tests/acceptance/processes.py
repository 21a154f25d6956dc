"""The processes of an installation: the Procfile's, word for word, each with a log of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.acceptance import warm_start
from tests.acceptance.warm_start import WarmChild
from workers.children import Child, Command

ROOT = Path(__file__).parents[2]
FOREIGN = ("BRIDGE_", "REDIS_URL", "DATABASE_URL", "SENTRY_DSN", "FLOWER_")
STOP_SECONDS = 15.0
COMMAND_SECONDS = 30.0
PROGRAM = Path(sys.executable).with_name("picqer-bridge")
LOADED = 3.0
"""A guard against hanging allows for a loaded machine and for coverage being measured."""


class Processes:
    """Starts, signals and ends processes that read ``bridge.toml`` in ``folder``.

    Their door listens on ``port``; ``environment`` overrules bridge.toml in every process.
    """

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str] | None) -> None:
        self.folder = folder
        self.port = port
        self._set_besides = dict(environment or {})
        self.own_environment: dict[str, Mapping[str, str]] = {}
        """What one process has besides. It names libraries that have to be there first."""
        self._children: dict[str, Child | WarmChild] = {}

    def start(self, name: str) -> None:
        """Start one process, again when it ran before.

        ``second`` is another worker; ``second-beat`` another beat, and so for every process.
        """
        log = self.folder / f"{name}.log"
        own = self.own_environment.get(name)
        command, environment = self._line(name), self._environment() | dict(own or {})
        child: Child | WarmChild
        if own is None and warm_start.is_possible():
            child = WarmChild(command, environment, log)
        else:
            child = Child(Command(name, ["/bin/sh", "-c", f"exec {command}"]), environment, log)
        self._children[name] = child
        child.start()

    def kill(self, name: str) -> None:
        """SIGKILL: no goodbye."""
        self._children[name].kill()

    def signal(self, name: str, number: int) -> None:
        """Send a process this signal."""
        os.kill(self.pid(name), number)

    def pid(self, name: str) -> int:
        """The id of a process that runs."""
        pid = self._children[name].pid
        assert pid is not None, f"{name} does not run"
        return pid

    def start_the_dead(self) -> list[str]:
        """Start again what is not running, as a supervisor does; returns the names."""
        dead = [name for name, child in self._children.items() if child.pid is None]
        for name in dead:
            self.start(name)
        return dead

    def stop(self, name: str) -> None:
        """SIGTERM, and wait for its end."""
        self._children[name].ask_to_stop()
        assert self._children[name].wait(STOP_SECONDS), f"{name} did not stop"

    def command(self, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Give ``picqer-bridge`` a command beside it all; ``settings`` overrule bridge.toml.

        It runs as people have it, without being measured: a measured one was seen to crash while
        Python ended, after all its work. Should one crash again, or not end, its stack is in
        ``stderr``.
        """
        environment = self._environment() | {"PYTHONFAULTHANDLER": "1"} | settings
        with subprocess.Popen(
            [PROGRAM, *words],
            cwd=self.folder,
            env={k: v for k, v in environment.items() if not k.startswith("COVERAGE_")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as command:
            try:
                said, complained = command.communicate(timeout=LOADED * COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                command.send_signal(signal.SIGABRT)  # It ends with the stack of every thread.
                said, complained = command.communicate()
        return subprocess.CompletedProcess(words, command.returncode, said, complained)

    def _line(self, name: str) -> str:
        """The Procfile's command; a second process is the first under another name."""
        commands = dict(
            line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line
        )
        kind = "worker" if name == "second" else name.removeprefix("second-")
        return commands[kind].replace(f"-n {kind}@", f"-n {name}@")

    def _environment(self) -> dict[str, str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
        return {
            **environment,
            "PATH": path,
            "PORT": str(self.port),
            "BRIDGE_CONFIG": str(self.folder / "bridge.toml"),
            **self._set_besides,
        }

    def logs(self) -> dict[str, str]:
        """What each process has written so far."""
        return {path.stem: path.read_text(errors="replace") for path in self.folder.glob("*.log")}

    def stop_all(self) -> None:
        """End every process; one whose coverage is measured says it as it stops."""
        if not any(name.startswith("COVERAGE_") for name in os.environ):
            for child in self._children.values():
                child.kill()
            return
        for child in self._children.values():
            child.ask_to_stop()
        end = time.monotonic() + STOP_SECONDS
        for child in self._children.values():
            if not child.wait(end - time.monotonic()):
                child.kill()
