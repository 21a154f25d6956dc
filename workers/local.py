"""The whole service in one command: an embedded broker, the store, and every process, watched.

For one machine without Redis, Docker or root. On a server each process has a unit of its own.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from integration.embedded_broker import EmbeddedBroker
from integration.liveness import STALE_SECONDS
from integration.secure_url import is_every_address
from integration.settings import Settings
from integration.wiring import migrate_store
from workers.children import STOP_SECONDS, Child, Children, Command, Tell, Watch
from workers.pulse_files import PulseFiles
from workers.stopping import stopped_by_signals

READY_SECONDS = 60.0
WORKER_THREADS = 8
BULK_THREADS = 4
CELERY = (sys.executable, "-m", "celery", "-A", "workers.app")
WEB_MANNERS = (
    *("--http", "workers.bounded_http:BoundedHttp", "--no-access-log", "--no-server-header"),
    *("--timeout-graceful-shutdown", "10"),
)
"""How the web process serves, here as in the Procfile."""
BROKER_ADDRESS = Path("broker", "url")
"""Where commands in another terminal read which broker this service started."""
PULSES = Path("pulse")
"""Where the processes say that they get on with their work."""
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks our own door, past any proxy that the environment names."""


class NotReady(RuntimeError):
    """The service did not become ready in time."""


class LocalService:
    """Everything on this machine, started and stopped together.

    ``config`` is the settings file that the processes read (None: as they find it themselves),
    ``environment`` is theirs, whole (None: that of this process). ``folder`` takes the broker's
    files and the logs (None: ``var`` beside the settings file). ``tell`` hears what a person ought
    to know. ``workers`` is how many processes take orders and events: ``worker``, ``worker2`` ...
    ``ready_seconds`` are for the start of all of them.
    """

    def __init__(
        self,
        *,
        config: Path | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        tell: Tell = print,
        patience: float = STALE_SECONDS,
        workers: int = 1,
        ready_seconds: float = READY_SECONDS,
    ) -> None:
        """Read the settings and start nothing. Raises SettingsError."""
        self._environment = dict(os.environ if environment is None else environment)
        if config is not None:
            self._environment["BRIDGE_CONFIG"] = str(config)
        self.settings = Settings.load(self._environment)
        self.folder = folder or self.settings.folder / "var"
        self._tell = tell
        self._patience = patience
        self._workers = workers
        self._ready_seconds = ready_seconds
        self._stop_asked = threading.Event()
        self._broker: EmbeddedBroker | None = None
        self._children: Children | None = None

    # --- Life ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start the broker, bring the store up to date, start every process.

        Returns when the door is open. Raises NotReady and BrokerUnavailable.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        """Return when SIGINT or SIGTERM came, or ``ask_to_stop`` was called. Main thread only."""
        with stopped_by_signals(self.ask_to_stop):
            # With a time-out, so that a signal is noticed on every platform.
            while not self._stop_asked.wait(0.5):
                pass

    def ask_to_stop(self) -> None:
        """Let ``wait`` return."""
        self._stop_asked.set()

    def stop(self) -> None:
        """Stop everything within 15 seconds; what was under way goes on at the next start."""
        self._stop_asked.set()
        if self._children is not None:
            self._children.stop(STOP_SECONDS)
            self._children = None
        if self._broker is not None:
            self._broker.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # --- What runs -------------------------------------------------------------------------------

    @property
    def door_url(self) -> str:
        """Where the door is on this machine."""
        host = self.settings.web.host
        reachable = "127.0.0.1" if is_every_address(host) else host
        return f"http://{reachable}:{self.settings.web.port}"

    @property
    def console_url(self) -> str:
        """Where people look at this service."""
        console = self.settings.console
        return self.door_url if console.password else f"http://127.0.0.1:{console.port}"

    @property
    def redis_url(self) -> str:
        """The broker of the processes."""
        return self._environment.get("REDIS_URL", "")

    @property
    def broker(self) -> EmbeddedBroker | None:
        """Our own broker; None when the settings name one."""
        return self._broker

    @property
    def pids(self) -> dict[str, int]:
        """The process id of every child that runs: web, worker, bulk, mover, beat, flower."""
        return self._children.pids if self._children else {}

    def _start(self) -> None:
        logs = self.folder / "log"
        self._require_free_port()
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        logs.mkdir(exist_ok=True, mode=0o700)
        self._provide_broker()
        self._migrate()
        watch = self._watch()
        commands = _commands(self.settings, self._workers)
        self._children = Children(
            [Child(one, self._environment, logs / f"{one.name}.log", watch) for one in commands],
            self._tell,
            also=self._keep_broker,
        )
        self._children.start()
        self._wait_until_ready()

    def _migrate(self) -> None:
        try:
            migrate_store(self.settings)
        except RuntimeError as error:  # A newer version left what this one cannot use, it says.
            raise NotReady(str(error)) from error

    def _watch(self) -> Watch:
        """Where the processes say that they get on with their work."""
        pulses = self.settings.pulse_folder or self.folder / PULSES
        self._environment["BRIDGE_PULSE_FOLDER"] = str(pulses.absolute())
        # NOTIFY_SOCKET is ours, if anybody's: not each of theirs.
        self._environment.pop("NOTIFY_SOCKET", None)
        return Watch(PulseFiles(pulses.absolute()), self._patience)

    def _provide_broker(self) -> None:
        """The one that the settings name, else a server of our own."""
        if self.settings.redis_url is None:
            self._broker = EmbeddedBroker(self.folder / "broker")
            self._broker.start()
            self._environment["REDIS_URL"] = self._broker.url
            _write_for_us_only(self.folder / BROKER_ADDRESS, self._broker.url)
        else:
            self._environment["REDIS_URL"] = self.settings.redis_url.get_secret_value()
        if self.settings.flower.basic_auth:
            self._environment.setdefault("FLOWER_BASIC_AUTH", self.settings.flower.basic_auth)

    def _keep_broker(self) -> None:
        if self._broker is not None and self._broker.pid is None:
            self._tell("The broker ended and starts again; nothing is lost.")
            self._broker.start()

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + self._ready_seconds
        while time.monotonic() < until:
            with suppress(OSError), DIRECT.open(f"{self.door_url}/health/ready", timeout=2.0):
                return
            if self._stop_asked.wait(0.1):
                return
        raise NotReady(
            f"The door at {self.door_url} did not open within {self._ready_seconds:.0f} s; "
            f"look into {self.folder / 'log' / 'web.log'}"
        )

    def _require_free_port(self) -> None:
        """Else another service would answer for ours."""
        web = self.settings.web
        try:
            family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
            socket.create_server((web.host, web.port), family=family).close()
        except OSError as error:
            raise NotReady(
                f"Port {web.port} on {web.host} cannot be used ({error.strerror}): is the service "
                f"running already? Set `port` under `[web]`, or BRIDGE_WEB__PORT."
            ) from error


def local_broker(settings: Settings) -> str | None:
    """The broker that this command started beside these settings; None when it never did."""
    file = settings.folder / "var" / BROKER_ADDRESS
    return file.read_text("utf-8") if file.exists() else None


def local_pulses(settings: Settings) -> Path | None:
    """Where the processes of this command say that they work; None when it never ran here."""
    folder = settings.folder / "var" / PULSES
    return folder if folder.is_dir() else None


def _write_for_us_only(file: Path, text: str) -> None:
    """Other users of this machine must not read it: the broker's password is in its address."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text, "utf-8")


def _commands(settings: Settings, workers: int) -> list[Command]:
    """The processes of the Procfile, with so many workers for orders and events."""
    host, port = settings.web.host, str(settings.web.port)
    web = [sys.executable, "-m", "uvicorn", "workers.web:app", "--host", host, "--port", port]
    commands = [
        Command("web", [*web, *WEB_MANNERS]),
        *(
            _worker(f"worker{number or ''}", "orders,events", "threads", WORKER_THREADS)
            for number in (0, *range(2, workers + 1))
        ),
        _worker("bulk", "bulk", "threads", BULK_THREADS),
        _worker("mover", "mover", "solo", 1),
        Command("beat", [*CELERY, "beat"]),
    ]
    if settings.flower.password is not None:
        commands.append(
            Command("flower", [*CELERY, "flower", "--address=127.0.0.1"], has_pulse=False)
        )
    return commands


def _worker(name: str, queues: str, pool: str, threads: int) -> Command:
    words = [*CELERY, "worker", "-Q", queues, "-P", pool, "-c", str(threads), "-n", f"{name}@%h"]
    return Command(name, [*words, "--without-gossip", "--without-mingle"])
