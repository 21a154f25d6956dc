"""Two doors behind nginx are replaced one at a time: no sender ever hears a no."""

from __future__ import annotations

import os
import sys
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

import pytest
import requests
from sqlalchemy import func, select, text
from standardwebhooks import Webhook

from integration.embedded_broker import find_free_port
from integration.settings import Settings
from integration.store.schema import deliveries
from integration.wiring import migrate_store, open_database
from tests.acceptance.installation import until
from tests.faults.scenario import fault, representative
from tests.nginx_proxy import HOST, Proxy, needs_nginx, proxy_before
from workers.children import Child, Command
from workers.local import WEB_MANNERS

pytestmark = [pytest.mark.process, needs_nginx]

SECRET = f"whsec_{b64encode(bytes(range(32))).decode()}"
ROUNDS = 2
SENDERS = 3
START_SECONDS = 30.0
STOP_SECONDS = 20.0


class Doors:
    """Two web processes on one store, each of which can be replaced."""

    def __init__(self, folder: Path, settings: Path) -> None:
        self.ports = [find_free_port(), find_free_port()]
        environment = {
            "PATH": os.environ["PATH"],
            "BRIDGE_CONFIG": str(settings),
        }
        uvicorn = [sys.executable, "-m", "uvicorn", "workers.web:app", "--port"]
        self._children = [
            Child(
                Command(f"web {port}", [*uvicorn, str(port), *WEB_MANNERS]),
                environment,
                folder / f"web-{port}.log",
            )
            for port in self.ports
        ]

    def start(self, number: int) -> None:
        """Start one, and return when it is ready."""
        self._children[number].start()
        until(partial(self._is_ready, number), START_SECONDS, f"door {number} is ready")

    def stop(self, number: int) -> None:
        """SIGTERM, and wait for its end."""
        self._children[number].ask_to_stop()
        assert self._children[number].wait(3 * STOP_SECONDS)

    def kill(self) -> None:
        """End both."""
        for child in self._children:
            child.kill()

    def _is_ready(self, number: int) -> bool:
        try:
            url = f"http://127.0.0.1:{self.ports[number]}/health/ready"
            return requests.get(url, timeout=5).status_code == 200
        except requests.RequestException:
            return False


class Senders:
    """A shop that sends one delivery after the other, each a new one, until it is told to stop."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,)) for n in range(SENDERS)]
        self.answers: Counter[int] = Counter()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _send(self, sender: int) -> None:
        number = 0
        while not self._ended.wait(0.1):
            number += 1
            body = f'{{"type": "order.created", "data": {{"id": "{sender}-{number}"}}}}'
            now = datetime.now(UTC)
            headers = {
                "Host": HOST,
                "webhook-id": f"msg_{sender}_{number}",
                "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(SECRET).sign(f"msg_{sender}_{number}", now, body),
            }
            answer = self._proxy.ask("POST", "/webhooks/shops/nl", headers, body.encode())
            self.answers[answer.status_code] += 1


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Path]:
    """The settings of both; Redis is away, because a door needs none."""
    file = tmp_path / "bridge.toml"
    file.write_text(
        f"""
public_url = "https://{HOST}"
database_url = "sqlite:///{tmp_path / "bridge.db"}"
redis_url = "redis://127.0.0.1:1/0"
[console]
password = "long-enough-for-this"
[picqer.main]
base_url = "http://127.0.0.1:1"
api_key = "a-key-for-nobody"
contact = "ops@example.com"
webhook_secret = "0123456789abcdef"
[shops.nl.custom]
url = "http://127.0.0.1:1"
token = "a-token-for-nobody"
secret = "{SECRET}"
"""
    )
    migrate_store(Settings.load({}, file))
    return file


def migrated_by_a_newer_version(settings: Settings) -> None:
    """The store takes a step that these processes do not know."""
    database = open_database(settings)
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.dispose()


def stored(settings: Settings) -> int:
    """How many deliveries the store has."""
    database = open_database(settings)
    with database.begin() as connection:
        count = int(connection.execute(select(func.count()).select_from(deliveries)).scalar_one())
    database.dispose()
    return count


@fault("F25 doors replaced one at a time")
@representative
def test_no_delivery_is_refused_while_doors_are_replaced_and_the_store_is_migrated(
    settings: Path, tmp_path: Path, figures: list[str]
) -> None:
    read = Settings.load({}, settings)
    doors = Doors(tmp_path, settings)
    (tmp_path / "nginx").mkdir()
    with ExitStack() as stack:
        stack.callback(doors.kill)
        for number in (0, 1):
            doors.start(number)
        proxy = stack.enter_context(proxy_before(tmp_path / "nginx", doors.ports))
        senders = stack.enter_context(Senders(proxy))
        until(lambda: senders.answers[200] > 20, START_SECONDS, "deliveries are accepted")
        migrated_by_a_newer_version(read)
        for number in (0, 1) * ROUNDS:
            doors.stop(number)
            doors.start(number)

    figures.append(f"{senders.answers[200]} deliveries accepted, {2 * ROUNDS} doors replaced")
    assert dict(senders.answers) == {200: senders.answers[200]}
    assert stored(read) == senders.answers[200]
