"""The stage of the demo day: a simulated Picqer, a demo shop, and the real service between them.

Everything of a day is in one folder, which is emptied before the next: the two sandboxes keep
their books in memory, so the store of yesterday would not agree with them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from integration.embedded_broker import find_free_port
from integration.sandbox.picqer import SandboxPicqer
from integration.sandbox.shop import SandboxShop
from workers.day.shelf import fill
from workers.local import READY_SECONDS, LocalService

ACCOUNT = "main"
SHOP = "demo"
CONFIG = "bridge.toml"
MADE = ("bridge.db", "bridge.db-wal", "bridge.db-shm", "broker", "log", CONFIG)
"""What a day leaves in its folder; nothing else there is touched."""
KEPT_OF_ENVIRONMENT = ("BRIDGE_FLOWER__", "BRIDGE_LOG__", "BRIDGE_REDIS_URL")
"""What a person may set for the demo too; other settings of a real service must not reach it."""
NOT_FOR_THE_DEMO = ("DATABASE_URL", "DATABASE_URL_FILE", "SENTRY_DSN", "SENTRY_DSN_FILE")
NAMES_OF_A_BROKER = ("REDIS_URL", "REDIS_URL_FILE", "BRIDGE_REDIS_URL", "BRIDGE_REDIS_URL_FILE")


class DemoRunsAlready(RuntimeError):
    """Another demo day uses the same folder."""


class Stage:
    """The two sandboxes and the service, started and stopped together.

    ``folder`` takes the settings file, the store, the broker's files and the logs. ``tell`` hears
    what a person ought to know. ``random`` invents the shop's customers. ``workers`` is how many
    processes take orders and events, ``shop_settings`` are further lines of the shop's table. With
    ``own_broker`` a broker that the environment names is left alone. The service has
    ``ready_seconds`` to start.
    """

    def __init__(
        self,
        folder: Path,
        *,
        tell: Callable[[str], None],
        random: Random | None = None,
        workers: int = 1,
        shop_settings: Sequence[str] = (),
        own_broker: bool = False,
        ready_seconds: float = READY_SECONDS,
    ) -> None:
        """Start nothing yet."""
        self.folder = folder
        self.config = folder / CONFIG
        random = random or Random()  # noqa: S311 - invents customers, guards nothing
        self.picqer = SandboxPicqer(demo=True, api_key=secrets.token_urlsafe(24), random=random)
        self.shop = SandboxShop(rng=random)
        self._tell = tell
        self._workers = workers
        self._shop_settings = tuple(shop_settings)
        self._own_broker = own_broker
        self._ready_seconds = ready_seconds
        self._hook_secret = secrets.token_urlsafe(24)
        self._ports = (find_free_port(), find_free_port())
        self._service: LocalService | None = None
        self.asked_to_stop = False

    @property
    def service(self) -> LocalService:
        """The service; RuntimeError before ``start``."""
        if self._service is None:
            raise RuntimeError("the demo has no service before it is started")
        return self._service

    def start(self) -> None:
        """Open Picqer and the shop, then start the service; returns when its door is open.

        Raises NotReady and BrokerUnavailable.
        """
        clear(self.folder)
        self.picqer.start()
        fill(self.shop)
        self.shop.start()
        self.write_settings()
        self._service = LocalService(
            config=self.config,
            environment=demo_environment(os.environ, own_broker=self._own_broker),
            folder=self.folder,
            tell=self._tell,
            workers=self._workers,
            ready_seconds=self._ready_seconds,
        )
        if self.asked_to_stop:
            return
        self._service.start()
        # The commands that people give beside the demo need the broker too.
        self.write_settings(self._service.redis_url)
        self.shop.webhooks.door_url = f"{self._service.door_url}/webhooks/shops/{SHOP}"

    def ask_to_stop(self) -> None:
        """Let the service's ``wait`` return, and its start when that is still under way."""
        self.asked_to_stop = True
        if self._service is not None:
            self._service.ask_to_stop()

    def stop(self) -> None:
        """Stop the service first, so that it never meets a Picqer or shop that is gone."""
        try:
            if self._service is not None:
                self._service.stop()
        finally:
            self.shop.stop()
            self.picqer.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def write_settings(self, redis_url: str | None = None) -> None:
        """Write the settings file, which only its owner may read."""
        text = self._settings(redis_url)
        descriptor = os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)

    def _settings(self, redis_url: str | None) -> str:
        door, people = self._ports
        lines = [
            "# Written by the demo day, for the simulated Picqer and the demo shop it runs.",
            f'public_url = "http://127.0.0.1:{door}"',
            'database_url = "sqlite:///bridge.db"',
            *([f'redis_url = "{redis_url}"'] if redis_url else []),
            f"[web]\nport = {door}",
            f"[console]\nport = {people}",
            f"[picqer.{ACCOUNT}]",
            f'base_url = "{self.picqer.url}"',
            f'api_key = "{self.picqer.books.api_key}"',
            'contact = "demo@example.org"',
            f'webhook_secret = "{self._hook_secret}"',
            f"[shops.{SHOP}]",
            *self._shop_settings,
            f"[shops.{SHOP}.custom]",
            f'url = "{self.shop.url}"',
            f'token = "{self.shop.token.get_secret_value()}"',
            f'secret = "{self.shop.secret.get_secret_value()}"',
        ]
        return "\n".join(lines) + "\n"


def demo_environment(environment: Mapping[str, str], *, own_broker: bool = False) -> dict[str, str]:
    """The environment without the settings of a real service; a broker it names is used.

    Unless the demo is to have its ``own_broker``.
    """
    forbidden = (*NOT_FOR_THE_DEMO, *(NAMES_OF_A_BROKER if own_broker else ()))
    return {
        name: value
        for name, value in environment.items()
        if name not in forbidden
        and (not name.startswith("BRIDGE_") or name.startswith(KEPT_OF_ENVIRONMENT))
    }


def clear(folder: Path) -> None:
    """Remove what an earlier day left."""
    for name in MADE:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            with suppress(FileNotFoundError):
                path.unlink()


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the folder for this process. Raises DemoRunsAlready."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, stat.S_IRUSR | stat.S_IWUSR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoRunsAlready(
                f"A demo runs in {folder} already; stop it first, or start this one elsewhere."
            ) from None
        yield
    finally:
        os.close(descriptor)
