"""A complete installation in a folder of its own: real processes, a real broker, a real store.

The processes are the Procfile's, word for word. Picqer and the shop are the sandboxes, on real
ports in this process, so that a test can read their books.
"""

from __future__ import annotations

import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self, TypeVar

import pytest
import redis
import requests
from celery import Celery
from pydantic import SecretStr
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from standardwebhooks import Webhook

from integration.embedded_broker import EmbeddedBroker, find_free_port
from integration.sandbox.picqer import SandboxPicqer, Tuning, products
from integration.sandbox.shop import SandboxShop
from integration.settings import Settings
from integration.wiring import migrate_store
from tests.acceptance.oracle import Oracle, Witness
from tests.acceptance.processes import LOADED, Processes
from workers.app import celery_settings

ACCOUNT = "main"
SHOP = "nl"
PROCESSES = ("web", "worker", "second", "bulk", "mover", "beat")
"""What runs: the Procfile's processes but Flower, and a second worker beside the first."""
START_SECONDS = 60.0
API_KEY = "canary-api-key-5f1c9a"
HOOK_SECRET = "canary-hook-secret-5f1c9a"
TOKEN = SecretStr("canary-shop-token-5f1c9a")

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Ware:
    """A product that both sides begin with, and the pieces there are."""

    sku: str
    name: str
    amount: int


def until(look: Callable[[], Found], seconds: float, what: str) -> Found:
    """What ``look`` finds, as soon as it finds something."""
    end = time.monotonic() + LOADED * seconds
    while not (found := look()):
        assert time.monotonic() < end, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)
    return found


def until_nothing(look: Callable[[], list[str]], seconds: float) -> None:
    """Return when ``look`` finds nothing to complain of any more."""
    end = time.monotonic() + LOADED * seconds
    while found := look():
        listed = "\n  ".join(found[:20])
        assert time.monotonic() < end, f"after {seconds:.0f} s {len(found)} things:\n  {listed}"
        time.sleep(0.25)


OPEN: list[Running] = []
"""The installations that run at this moment, so that a failure can show their logs."""
TAIL = 4000
"""Characters of each log that a failure shows."""


def with_logs(report: pytest.TestReport) -> pytest.TestReport:
    """The report of a test, and of one that failed the end of every process' log."""
    if report.failed:
        for installation in OPEN:
            for name, log in installation.logs().items():
                title = f"log of {name} in {installation.folder.name}"
                report.sections.append((title, log[-TAIL:]))
    return report


class Running(Processes, ABC):
    """Everything of one installation, started together and always stopped together.

    What kind of shop it has is for the subclasses to say. ``database_url`` None: a SQLite file in
    ``folder``. ``environment`` overrules bridge.toml in every process.
    """

    oracle: Witness

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder, find_free_port(), environment)
        tuning = Tuning(answer_seconds=0.02, hook_retry_factor=0.01)
        self.picqer = SandboxPicqer(api_key=API_KEY, random=Random(1), tuning=tuning)
        self.broker = EmbeddedBroker(folder / "broker")
        self.redis_url = self.broker.url
        self.database_url = database_url or f"sqlite:///{folder / 'bridge.db'}"
        self._console_port = find_free_port()
        self._to_close = ExitStack()

    @abstractmethod
    def _open_shop(self) -> None:
        """Open the shop and have it closed with ``_to_close``."""

    @abstractmethod
    def _shop_table(self) -> str:
        """The tables of the shop in bridge.toml."""

    # --- Life ------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Start everything and return when the door is open."""
        self._to_close.callback(OPEN.remove, self)
        OPEN.append(self)
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop everything that was started, also after a start that failed half way."""
        self._to_close.close()

    def _start(self) -> None:
        self._to_close.callback(self.oracle.close)
        self._to_close.callback(self.picqer.stop)
        self.picqer.start()
        self._open_shop()
        self._to_close.callback(self.broker.stop)
        self.broker.start()
        self._write_settings()
        migrate_store(self.settings)
        self._to_close.callback(self.stop_all)
        for name in PROCESSES:
            self.start(name)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return when the door is open."""
        until(self._is_ready, START_SECONDS, "the door is open")

    def _is_ready(self) -> bool:
        try:
            answer = requests.get(f"{self.door}/health/ready", timeout=2)
        except requests.RequestException:
            return False
        return answer.status_code == 200

    def wait_until_settled(self) -> None:
        """Return when the hooks are made, both sides were read and nothing is left to do."""
        until(lambda: len(self.picqer.books.hooks) == 6, START_SECONDS, "all hooks are made")
        until(self.oracle.shop_was_seen, START_SECONDS, "the shop was seen for the first time")
        until_nothing(self.oracle.unfinished, START_SECONDS)

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """Lock the SQLite file, or let nobody into the PostgreSQL database."""
        url = make_url(self.database_url)
        if url.get_backend_name() == "sqlite":
            with closing(sqlite3.connect(str(url.database), isolation_level=None)) as locker:
                locker.execute("PRAGMA busy_timeout = 10000")
                locker.execute("BEGIN EXCLUSIVE")
                yield
            return
        server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            name = url.database
            connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"))
            leave = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(leave), {"name": name})
            try:
                yield
            finally:
                connection.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"))
        server.dispose()

    def worker_of(self, order_id: str) -> str | None:
        """The name of the worker that runs ``create_order`` of this order; None: nobody."""
        app = Celery("witness", set_as_current=False)
        app.conf.update(celery_settings(self.settings))
        with app.connection_for_write() as connection:
            inspect = app.control.inspect(timeout=1.0, connection=connection)
            active = inspect.active() or {}
        for worker, tasks in active.items():
            if any(task["args"][1:] == [f"{SHOP} {order_id}"] for task in tasks):
                return worker.partition("@")[0]
        return None

    # --- What it consists of ---------------------------------------------------------------------

    @property
    def door(self) -> str:
        """Where the door is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> Settings:
        """The settings as the processes read them."""
        return Settings.load({}, self.folder / "bridge.toml")

    def redis(self) -> redis.Redis:
        """A client of the broker; close it."""
        return redis.Redis.from_url(self.broker.url, socket_timeout=5.0)

    def flush_redis(self) -> None:
        """Empty Redis, as a mistaken administrator would."""
        with self.redis() as client:
            client.flushall()

    def metrics(self) -> str:
        """What /metrics tells people and Prometheus."""
        answer = requests.get(f"http://127.0.0.1:{self._console_port}/metrics", timeout=10)
        answer.raise_for_status()
        return answer.text

    def _write_settings(self) -> None:
        (self.folder / "bridge.toml").write_text(
            f"""
public_url = "{self.door}"
database_url = "{self.database_url}"
redis_url = "{self.redis_url}"
[console]
port = {self._console_port}
[picqer.{ACCOUNT}]
base_url = "{self.picqer.url}"
api_key = "{API_KEY}"
contact = "ops@example.com"
webhook_secret = "{HOOK_SECRET}"
{self._shop_table()}
"""
        )


class Installation(Running):
    """An installation with the sandbox's own webshop; ``wares`` are known to both sides."""

    oracle: Oracle

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        environment: Mapping[str, str] | None = None,
        wares: tuple[Ware, ...] = (),
        duplicate_every: int = 0,
    ) -> None:
        super().__init__(folder, database_url=database_url, environment=environment)
        self.shop = SandboxShop(token=TOKEN, rng=Random(2), duplicate_every=duplicate_every)
        self.oracle = Oracle(self.picqer, self.shop, self.database_url)
        self._wares = wares

    def _open_shop(self) -> None:
        self._to_close.callback(self.shop.stop)
        self.shop.start()
        for ware in self._wares:
            self._put_on_sale(ware)

    def _start(self) -> None:
        super()._start()
        self.shop.webhooks.door_url = f"{self.door}/webhooks/shops/{SHOP}"

    def wait_until_at_rest(self, seconds: float = 30.0) -> None:
        """Return when the orders agree and nobody has work, but for readings of doubt."""
        assert self.shop.webhooks.wait_until_quiet(seconds)
        oracle = self.oracle
        until_nothing(
            lambda: [*oracle.orders(), *oracle.unfinished(reconciling=False)],
            seconds,
        )

    def wait_until_stock_agrees(self, seconds: float = 90.0) -> None:
        """Return when the shop shows what is right: a product in doubt is read once a minute."""
        until_nothing(self.oracle.stock, seconds)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What only the two sides and the bridge may know."""
        signs = self.shop.secret.get_secret_value()
        return (API_KEY, HOOK_SECRET, TOKEN.get_secret_value(), signs, signs.removeprefix("whsec_"))

    def sign(self, body: str, *, age: float = 0.0) -> dict[str, str]:
        """The headers with which the shop would have sent this, ``age`` seconds ago."""
        at = datetime.now(UTC) - timedelta(seconds=age)
        signature = Webhook(self.shop.secret.get_secret_value()).sign("msg_1", at, body)
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }

    def _put_on_sale(self, ware: Ware) -> None:
        self.shop.add_product(sku=ware.sku, name=ware.name, price_net="8.22", sellable=ware.amount)
        wanted = {"productcode": ware.sku, "name": ware.name, "price": 8.22, "idvatgroup": 18}
        with self.picqer.books.lock:
            products.create(self.picqer.books, wanted)
        self.picqer.set_stock(ware.sku, amount=ware.amount)

    def _shop_table(self) -> str:
        return f"""
[shops.{SHOP}]
[shops.{SHOP}.custom]
url = "{self.shop.url}"
token = "{TOKEN.get_secret_value()}"
secret = "{self.shop.secret.get_secret_value()}"
"""
