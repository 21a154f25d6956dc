"""The oracle is asked about the plain way, which meets the same deaths: it has to complain.

If it did not, its silence about the service would mean nothing.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
from celery import Celery

from integration.crash_points import FIRED
from integration.embedded_broker import EmbeddedBroker
from integration.sandbox.picqer import Fault, SandboxPicqer, Tuning, products
from integration.sandbox.shop import SandboxShop
from integration.store.database import Database
from integration.store.schema import metadata
from tests.acceptance.installation import API_KEY, TOKEN, until
from tests.acceptance.oracle import Oracle
from tests.faults.scenario import fault
from workers.children import Child, Command

pytestmark = [
    pytest.mark.process,
    fault("F01 proof: the plain way dies the same deaths, and the oracle complains"),
]

ROOT = Path(__file__).parents[3]
LIMIT = 60
ORDERS = 40
KILLED_AT = ("runner.after_claim", "create_order.after_booking", "create_order.after_post")
LOST_ANSWER = "lost-answer"
WARE = "MUG-BLUE"
WORKERS = 2


class PlainDoor:
    """Answers 200 once the event is on its way to a worker, and keeps nothing."""

    def __init__(self, broker: str) -> None:
        app = Celery("naive", broker=broker, set_as_current=False)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                app.send_task("create_order", args=[json.loads(body)["data"]["id"]])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, name="plain-door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class PlainWay:
    """Shop, Picqer, broker, the plain door and two plain workers that a supervisor starts again."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.points = folder / "points"
        self.points.mkdir()
        self._stack, self._ended = stack, Event()
        tuning = Tuning(answer_seconds=0.02)
        self.picqer = SandboxPicqer(api_key=API_KEY, limit=LIMIT, random=Random(1), tuning=tuning)
        self.shop = SandboxShop(token=TOKEN, rng=Random(2), duplicate_every=10)
        database = Database(f"sqlite:///{folder / 'empty.db'}")
        metadata.create_all(database.engine)
        database.dispose()
        self.oracle = Oracle(self.picqer, self.shop, f"sqlite:///{folder / 'empty.db'}")
        stack.callback(self.oracle.close)
        self.broker = stack.enter_context(EmbeddedBroker(folder / "broker"))
        stack.enter_context(self.picqer)
        stack.enter_context(self.shop)
        door = PlainDoor(self.broker.url)
        stack.callback(door.close)
        self.shop.webhooks.door_url = door.url
        self._stock_up()
        self._start_workers(folder)

    def _stock_up(self) -> None:
        wanted = {"productcode": WARE, "name": WARE, "price": 8.22, "idvatgroup": 18}
        with self.picqer.books.lock:
            products.create(self.picqer.books, wanted)
        self.picqer.set_stock(WARE, amount=1000)

    def _start_workers(self, folder: Path) -> None:
        places = {
            "broker": self.broker.url,
            "picqer": self.picqer.url,
            "shop": self.shop.url,
            "token": TOKEN.get_secret_value(),
            "api_key": API_KEY,
            "points": str(self.points),
        }
        environment = {**os.environ, "NAIVE": json.dumps(places), "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", "celery", "-A", "tests.faults.naive.worker", "worker"]
        words += ["-P", "threads", "-c", "4", "--without-mingle", "--without-gossip"]
        workers = [
            Child(
                Command(f"plain{number}", [*words, "-n", f"plain{number}@%h"]),
                environment,
                folder / f"plain{number}.log",
            )
            for number in range(WORKERS)
        ]
        for worker in workers:
            worker.start()
            self._stack.callback(worker.kill)
        supervisor = Thread(target=self._supervise, args=(workers,), daemon=True)
        supervisor.start()
        self._stack.callback(supervisor.join)
        self._stack.callback(self._ended.set)

    def _supervise(self, workers: list[Child]) -> None:
        while not self._ended.wait(0.2):
            for worker in workers:
                if worker.pid is None:
                    worker.start()

    def kill_at(self, point: str) -> None:
        """Let a worker die at this point, and trade until one has."""
        (self.points / point).write_text("")
        self.shop.place_order([(WARE, 1)])
        until((self.points / f"{point}{FIRED}").exists, 60, f"a plain worker dies at {point}")

    def at_rest(self) -> bool:
        """Whether nothing moves any more: no call for longer than anybody sleeps."""
        log = self.picqer.log()
        return bool(log) and time.time() - log[-1]["received"] > 25.0


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[PlainWay]:
    """The plain way, running."""
    with ExitStack() as stack:
        yield PlainWay(tmp_path, stack)


def test_the_oracle_complains_of_the_plain_way(plain: PlainWay, figures: list[str]) -> None:
    for point in KILLED_AT:
        plain.kill_at(point)
    lost = Fault("commit_then_drop", method="POST", path="/orders")
    lost.match = {"reference": LOST_ANSWER}
    plain.picqer.add_fault(lost)
    plain.shop.place_order([(WARE, 1)], number=LOST_ANSWER)
    until(lambda: lost.spent, 60, "an answer is lost")
    for _ in range(ORDERS):
        plain.shop.place_order([(WARE, 1)])
    until(lambda: plain.picqer.busiest()["rejected"], 60, "Picqer says 429")
    plain.picqer.set_limit(10 * LIMIT)
    until(plain.at_rest, 60, "nothing moves any more")

    orders = plain.oracle.orders()
    missing = [one for one in orders if "is 0 live orders" in one]
    doubled = [one for one in orders if "is 2 live orders" in one]
    unprocessed = [one for one in orders if one.endswith("is concept at Picqer")]
    figures += [
        f"{len(missing)} lost",
        f"{len(doubled)} doubled",
        f"{len(unprocessed)} unprocessed",
    ]
    assert len(missing) >= 2
    assert f"order {LOST_ANSWER} is 2 live orders at Picqer" in doubled
    assert unprocessed
    assert any("429" in one for one in plain.oracle.rate(LIMIT))
    assert any("events were accepted, 0 are stored" in one for one in plain.oracle.deliveries())
