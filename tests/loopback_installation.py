"""A whole installation on the loopback: sandbox Picqer, demo shop, broker, SQLite file and door."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from integration.doctor import Examined
from integration.examinations import examine_installation
from integration.http import forget_session
from integration.liveness import QUEUES, note_taken
from integration.sandbox.picqer.server import SandboxPicqer
from integration.sandbox.shop.server import SandboxShop
from integration.services import Services
from integration.settings import Settings
from integration.testing.open_doors import OpenGuard
from integration.testing.wake_up import RecordedWakeUp
from integration.wiring import build_services, migrate_store, sync_hooks
from tests.door_servers import real_door

DEAD = "http://127.0.0.1:9"
"""Where nobody listens."""


@dataclass
class Installation:
    """Everything that can be set up wrongly; ``words`` replaces texts of the settings."""

    folder: Path
    picqer: SandboxPicqer
    shop: SandboxShop
    redis_url: str
    door_url: str = DEAD
    more: list[str] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)
    services: Services | None = None
    clock_error: timedelta = timedelta(0)

    @property
    def file(self) -> Path:
        return self.folder / "bridge.toml"

    def settings(self) -> Settings:
        text = f"""
public_url = "{self.door_url}"
redis_url = "{self.redis_url}"
[console]
password = "a-long-password"
[picqer.main]
base_url = "{self.picqer.url}"
api_key = "{self.picqer.books.api_key}"
contact = "ops@example.com"
webhook_secret = "0123456789abcdef"
[shops.nl]
orders_since = 2026-01-01T00:00:00Z
[shops.nl.custom]
url = "{self.shop.url}"
token = "{self.shop.token.get_secret_value()}"
secret = "{self.shop.secret.get_secret_value()}"
"""
        for old, new in self.words.items():
            assert old in text, old
            text = text.replace(old, new, 1)
        self.file.write_text(text + "\n".join(self.more))
        self.file.chmod(0o600)
        return Settings.load({}, self.file)

    def build(self) -> Services:
        settings = self.settings()
        return build_services(settings, wake_up=RecordedWakeUp(), clock=SlippedClock(self))

    def examined(self, **only: str) -> list[Examined]:
        settings = self.settings()
        services = build_services(
            settings, wake_up=RecordedWakeUp(), clock=SlippedClock(self), store_patience=3.0
        )
        return list(examine_installation(services, settings, **only))


class SlippedClock:
    """This machine's clock, which may be wrong."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def now(self) -> datetime:
        return datetime.now(UTC) + self._installation.clock_error

    def monotonic(self) -> float:
        return datetime.now(UTC).timestamp()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def live(services: Services) -> None:
    """Let every process have been seen just now."""
    for process in ("beat@here:1", "worker@here:2"):
        services.gate.beat(process, 0)
    for queue in QUEUES:
        note_taken(services.bookmarks, queue)


@contextmanager
def installed(tmp_path: Path, valkey_url: str) -> Iterator[Installation]:
    """Such an installation, in order; its processes were seen just now."""
    # A key of its own for each test: the limit of a key outlives the sandbox.
    key = f"key-of-{tmp_path.name}"
    with SandboxPicqer(limit=500, api_key=key, demo=True) as picqer, SandboxShop() as shop:
        made = Installation(tmp_path, picqer, shop, valkey_url)
        settings = made.settings()
        migrate_store(settings)
        shop.add_demo_products()
        services = made.build()
        live(services)
        with real_door(services) as url:
            made.door_url = url
            made.services = services
            sync_hooks(services, made.settings(), "main", OpenGuard())
            yield made
        forget_session()
