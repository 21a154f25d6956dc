"""A stage whose service does nothing: real sandboxes, broker, store and processes to injure."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from integration.embedded_broker import EmbeddedBroker
from integration.settings import Settings
from integration.wiring import migrate_store
from workers.chaos.plan import PROCESSES
from workers.day.shelf import fill
from workers.day.stage import Stage

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@dataclass
class IdleService:
    """What a storm needs of a service: processes that do nothing, a broker, and settings."""

    settings: Settings
    broker: EmbeddedBroker
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def pids(self) -> dict[str, int]:
        return {name: one.pid for name, one in self.processes.items() if one.poll() is None}

    @property
    def redis_url(self) -> str:
        return self.broker.url

    def start(self, *names: str) -> None:
        for name in names:
            self.processes[name] = subprocess.Popen(SLEEP)

    def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Stage]:
    """The stage; its two sandboxes run, and its store is there."""
    stage = Stage(tmp_path, tell=lambda _: None, random=Random(1))
    stage.picqer.start()
    fill(stage.shop)
    stage.shop.start()
    (tmp_path / "log").mkdir()
    with EmbeddedBroker(tmp_path / "broker", durable=False) as broker:
        stage.write_settings(broker.url)
        settings = Settings.load({}, stage.config)
        migrate_store(settings)
        service = IdleService(settings, broker)
        made: Any = service
        stage._service = made
        try:
            yield stage
        finally:
            service.stop()
            stage.shop.stop()
            stage.picqer.stop()


@pytest.fixture
def service(idle: Stage) -> IdleService:
    """The service of that stage, whose processes all run."""
    found: Any = idle.service
    assert isinstance(found, IdleService)
    found.start(*PROCESSES)
    return found
