"""The sandbox on a real port: dropped connections, slowness, hooks over HTTP, stop and start."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests

from integration.sandbox.picqer import Fault, SandboxPicqer, serve
from integration.sandbox.picqer.wire import signature

GUEST: dict[str, Any] = {
    "deliveryname": "A",
    "deliverycountry": "NL",
    "invoicename": "A",
    "invoicecountry": "NL",
    "products": [{"productcode": "MUG-BLUE", "amount": 1}],
}


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxPicqer]:
    with SandboxPicqer(demo=True, limit=100_000) as running:
        yield running


@pytest.fixture
def sandbox(running: SandboxPicqer) -> Iterator[SandboxPicqer]:
    running.reset_log()
    yield running
    running.clear_faults()


@pytest.fixture
def session(sandbox: SandboxPicqer) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.auth = ("sandbox-key", "X")
        yield session


def wait_for(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Let other threads work until something holds."""
    end = time.monotonic() + seconds
    waiting = threading.Event()
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        waiting.wait(0.005)


@pytest.mark.parametrize(
    ("kind", "reference", "orders"),
    [("commit_then_drop", "drop-1", 1), ("drop_before_commit", "drop-2", 0)],
)
def test_a_dropped_connection_gives_no_byte_and_the_books_tell_whether_it_counted(
    sandbox: SandboxPicqer, session: requests.Session, kind: Any, reference: str, orders: int
) -> None:
    sandbox.add_fault(Fault(kind, "POST", "/orders"))
    url = f"{sandbox.url}/api/v1/orders"
    with pytest.raises(requests.ConnectionError):
        session.post(url, json={**GUEST, "reference": reference}, timeout=5)
    assert len(sandbox.orders_of(reference)) == orders
    entry = sandbox.log()[-1]
    assert (entry["status"], entry["fault"], entry["reference"]) == (None, kind, reference)
    assert entry["answered"] is not None
    answer = session.post(url, json={**GUEST, "reference": reference}, timeout=5)
    assert answer.status_code == 201
    assert len(sandbox.orders_of(reference)) == orders + 1


def test_a_late_answer_times_out_although_the_work_was_done(
    sandbox: SandboxPicqer, session: requests.Session
) -> None:
    sandbox.add_fault(Fault("late", "POST", "/orders", seconds=0.4))
    with pytest.raises(requests.ReadTimeout):
        session.post(
            f"{sandbox.url}/api/v1/orders", json={**GUEST, "reference": "late"}, timeout=0.1
        )
    assert len(sandbox.orders_of("late")) == 1


def test_a_late_answer_holds_nobody_else_up(
    sandbox: SandboxPicqer, session: requests.Session
) -> None:
    sandbox.add_fault(Fault("late", "GET", "/users", seconds=0.5))
    url = f"{sandbox.url}/api/v1"
    late = threading.Thread(target=session.get, args=(f"{url}/users",))
    late.start()
    wait_for(lambda: len(sandbox.log()) == 1)
    with requests.Session() as other:
        other.auth = session.auth
        assert other.get(f"{url}/users/me", timeout=5).status_code == 200
    first, second = sandbox.log()
    assert (first["answered"], second["status"]) == (None, 200)
    late.join()
    assert sandbox.log()[0]["seconds"] >= 0.5


def test_a_dripping_answer_outlives_a_time_out_per_read(
    sandbox: SandboxPicqer, session: requests.Session
) -> None:
    sandbox.add_fault(Fault("drip", "GET", "/templates/2", seconds=0.4))
    answer = session.get(f"{sandbox.url}/api/v1/templates/2", timeout=0.2)
    assert answer.json()["name"] == "Default"
    assert sandbox.log()[-1]["seconds"] >= 0.4


def test_every_answer_takes_as_long_as_it_is_told_to(
    sandbox: SandboxPicqer, session: requests.Session
) -> None:
    sandbox.tune(answer_seconds=0.06)
    try:
        session.get(f"{sandbox.url}/api/v1/users/me", timeout=5)
    finally:
        sandbox.tune(answer_seconds=0)
    assert 0.06 <= sandbox.log()[-1]["seconds"] < 1


def test_picklists_come_by_themselves_a_moment_after_processing(
    sandbox: SandboxPicqer, session: requests.Session
) -> None:
    url = f"{sandbox.url}/api/v1/orders"
    idorder = session.post(url, json={**GUEST, "reference": "p"}, timeout=5).json()["idorder"]
    assert session.post(f"{url}/{idorder}/process", timeout=5).json()["picklists"] == []
    wait_for(lambda: ("picklists.created", str(len(sandbox.books.picklists))) in sandbox.events())
    assert len(session.get(f"{url}/{idorder}", timeout=5).json()["picklists"]) == 1


@pytest.fixture
def listener() -> Iterator[tuple[str, list[tuple[str | None, bytes]]]]:
    """An address that accepts hooks, and what arrived there."""
    arrived: list[tuple[str | None, bytes]] = []

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            arrived.append((self.headers["X-Picqer-Signature"], body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/webhooks", arrived
        server.shutdown()
        thread.join()


def test_hooks_are_delivered_over_http_with_their_signature(
    sandbox: SandboxPicqer,
    session: requests.Session,
    listener: tuple[str, list[tuple[str | None, bytes]]],
) -> None:
    address, arrived = listener
    hook = {
        "name": "t",
        "event": "products.free_stock_changed",
        "address": address,
        "secret": "s",
    }
    made = session.post(f"{sandbox.url}/api/v1/hooks", json=hook, timeout=5).json()
    sandbox.set_stock("TEAPOT", amount=77)
    wait_for(lambda: len(arrived) == 1)
    signed, raw = arrived[0]
    assert signed == signature("s", raw)
    assert json.loads(raw)["data"]["productcode"] == "TEAPOT"
    session.delete(f"{sandbox.url}/api/v1/hooks/{made['idhook']}", timeout=5)


def test_a_receiver_that_is_not_there_leads_to_a_retry(
    sandbox: SandboxPicqer, session: requests.Session
) -> None:
    hook = {"name": "t", "event": "products.stock_changed", "address": "http://127.0.0.1:9/"}
    made = session.post(f"{sandbox.url}/api/v1/hooks", json=hook, timeout=5).json()
    sandbox.set_stock("TEAPOT", change=1)

    def outcomes() -> list[str]:
        return [row["outcome"] for row in sandbox.deliveries() if row["idhook"] == made["idhook"]]

    wait_for(lambda: outcomes() == ["to be retried"])
    session.delete(f"{sandbox.url}/api/v1/hooks/{made['idhook']}", timeout=5)


def test_a_stopped_sandbox_comes_back_on_its_port_with_its_books() -> None:
    sandbox = SandboxPicqer(demo=True).start()
    url = f"{sandbox.url}/api/v1/products"
    with pytest.raises(RuntimeError, match="running already"):
        sandbox.start()
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(url, auth=("sandbox-key", ""), timeout=5)
    sandbox.stop()
    sandbox.start()
    try:
        assert len(requests.get(url, auth=("sandbox-key", ""), timeout=5).json()) == 4
        with pytest.raises(OSError, match="in use"):
            SandboxPicqer().start(sandbox.port)
    finally:
        sandbox.stop()


def test_a_blocking_sandbox_serves_until_it_is_told_to_stop() -> None:
    sandbox = SandboxPicqer(demo=True)
    addresses: list[str] = []
    thread = threading.Thread(
        target=sandbox.run, args=(0,), kwargs={"host": "127.0.0.1", "on_ready": addresses.append}
    )
    thread.start()
    wait_for(lambda: bool(addresses))
    assert "control" in requests.get(addresses[0], timeout=5).json()["control"]
    sandbox.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_serving_on_a_taken_port_says_so(sandbox: SandboxPicqer) -> None:
    with pytest.raises(OSError, match="in use"):
        serve(port=sandbox.port)
